/** What `message_summary_info` says of a message: what its parts were before each edit, and which of them were unsent. */
import { parseAttributedBody } from '../typedstream/attributed-body.ts'
import { type PropertyDictionary, type PropertyValue, readPropertyList } from './property-list.ts'

export interface EditedVersion {
  /** Milliseconds since 1970. */
  readonly date: number | undefined
  /** Undefined where it could not be read. */
  readonly text: string | undefined
}

export interface MessageSummary {
  /** By the number of the part: what it was at first, after the first edit, and so on; the last is what it is now. */
  readonly edits: ReadonlyMap<number, readonly EditedVersion[]>
  /** The numbers of the parts that were unsent. */
  readonly unsentParts: ReadonlySet<number>
  /** Whether nothing is left: every part that the message had was unsent. */
  readonly isUnsent: boolean
}

const APPLE_EPOCH_MS = 978_307_200_000

/** Never throws. @returns undefined where the bytes are no such summary */
export function parseSummary(bytes: Uint8Array): MessageSummary | undefined {
  const root = readPropertyList(bytes)
  if (!isDictionary(root)) return undefined
  const edits = new Map<number, readonly EditedVersion[]>()
  for (const [part, versions] of entriesOf(root.entries.get('ec'))) {
    if (/^\d+$/.test(part) && Array.isArray(versions)) edits.set(Number(part), versions.map(readVersion))
  }
  const unsent = root.entries.get('rp')
  const unsentParts = new Set(Array.isArray(unsent) ? unsent.filter((part) => typeof part === 'number') : [])
  const parts = [...entriesOf(root.entries.get('otr'))].map(([part]) => Number(part))
  // Without a list of the parts there was one.
  const isUnsent = unsentParts.size > 0 && (parts.length > 0 ? parts : [0]).every((part) => unsentParts.has(part))
  return { edits, unsentParts, isUnsent }
}

function readVersion(value: PropertyValue): EditedVersion {
  const [seconds, body] = isDictionary(value) ? [value.entries.get('d'), value.entries.get('t')] : []
  const parsed = body instanceof Uint8Array ? parseAttributedBody(body) : undefined
  return {
    date: typeof seconds === 'number' ? APPLE_EPOCH_MS + seconds * 1000 : undefined,
    text: parsed?.ok ? parsed.body.text : undefined,
  }
}

function entriesOf(value: PropertyValue | undefined): Iterable<[string, PropertyValue]> {
  return isDictionary(value) ? value.entries : []
}

function isDictionary(value: PropertyValue | undefined): value is PropertyDictionary {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'dictionary'
}
