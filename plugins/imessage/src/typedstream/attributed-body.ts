/** The body of a message out of its `attributedBody`: the text, and what is said of its parts. */
import { ArchiveError, type ArchiveProblem } from './cursor.ts'
import { type ArchivedObject, type ArchivedValue, unarchive } from './unarchive.ts'

/** A string, number or link as it is; NSData as bytes. */
export type AttributeValue = string | number | Uint8Array

export interface AttributedRun {
  /** UTF-16 units from the start of the text. */
  readonly start: number
  readonly text: string
  /** By the names that Messages gives them, such as `__kIMMessagePartAttributeName`. */
  readonly attributes: ReadonlyMap<string, AttributeValue>
}

export interface AttributedBody {
  readonly text: string
  /** In order and without gaps; none where only the text could be read. */
  readonly runs: readonly AttributedRun[]
  /** What kept the attributes from being read, where the text could be. */
  readonly damage?: ArchiveProblem
}

export type ParsedBody =
  | { readonly ok: true; readonly body: AttributedBody }
  | { readonly ok: false; readonly problem: ArchiveProblem | 'no-text' }

/** A hundred times the longest body that Messages writes. */
const MOST_BYTES = 8_000_000

/** A byte order mark counts in the lengths of runs, so it stays. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** Never throws: whatever the bytes are, the answer is a body or a reason. */
export function parseAttributedBody(bytes: Uint8Array): ParsedBody {
  if (bytes.length > MOST_BYTES) return { ok: false, problem: 'too-large' }
  let root: ArchivedObject | undefined
  let problem: ArchiveProblem | undefined
  try {
    unarchive(bytes, (object) => {
      root ??= object
    })
  } catch (thrown) {
    // Even a mistake of this reader may not keep the messages behind this one from being read.
    problem = thrown instanceof ArchiveError ? thrown.problem : 'malformed'
  }
  const text = root && readText(root)
  if (!root || text === undefined) return { ok: false, problem: problem ?? 'no-text' }
  // Half of the attributes would be worse than none: a file without its name, a mention of the wrong word.
  return { ok: true, body: problem ? { text, runs: [], damage: problem } : { text, runs: readRuns(root, text) } }
}

/** An NSAttributedString begins with its string; a plain NSString is one. */
function readText(object: ArchivedObject): string | undefined {
  const [first] = object.contents
  if (object.names.includes('NSString')) return readString(object)
  return object.names.includes('NSAttributedString') && isObject(first) ? readString(first) : undefined
}

function readString({ names, contents: [first] }: ArchivedObject): string | undefined {
  if (!names.includes('NSString') || !(first instanceof Uint8Array)) return undefined
  return utf8.decode(first)
}

/** After the string: a number and a length for each run, and where the number is new, a dictionary. */
function readRuns({ contents }: ArchivedObject, text: string): AttributedRun[] {
  const runs: AttributedRun[] = []
  const known = new Map<number, ReadonlyMap<string, AttributeValue>>()
  let start = 0
  for (let at = 1; at + 1 < contents.length && start < text.length; ) {
    const [number, length, dictionary] = contents.slice(at, at + 3)
    if (typeof number !== 'number' || typeof length !== 'number') break
    at += isObject(dictionary) ? 3 : 2
    if (isObject(dictionary)) known.set(number, readDictionary(dictionary))
    const part = text.slice(start, start + Math.max(length, 0))
    if (part !== '') runs.push({ start, text: part, attributes: known.get(number) ?? new Map() })
    start += part.length
  }
  if (start < text.length) runs.push({ start, text: text.slice(start), attributes: new Map() })
  return runs
}

function readDictionary({ names, contents }: ArchivedObject): ReadonlyMap<string, AttributeValue> {
  const entries = new Map<string, AttributeValue>()
  if (!names.includes('NSDictionary')) return entries
  for (let at = 1; at + 1 < contents.length; at += 2) {
    const [key, value] = [readAttribute(contents[at]), readAttribute(contents[at + 1])]
    if (typeof key === 'string' && value !== undefined) entries.set(key, value)
  }
  return entries
}

function readAttribute(value: ArchivedValue): AttributeValue | undefined {
  if (!isObject(value)) return undefined
  const { names, contents } = value
  const last = contents.at(-1)
  if (names.includes('NSString')) return readString(value)
  if (names.includes('NSValue') || names.includes('NSDate')) return typeof last === 'number' ? last : undefined
  if (names.includes('NSData')) return last instanceof Uint8Array ? last : undefined
  // The address stands last, after that of a base if there is one.
  return names.includes('NSURL') && isObject(last) ? readString(last) : undefined
}

function isObject(value: ArchivedValue): value is ArchivedObject {
  return typeof value === 'object' && 'kind' in value && value.kind === 'object'
}
