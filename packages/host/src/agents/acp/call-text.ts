/**
 * A tool call of an agent in the words of this host: a name that its rules know, arguments under the names they know, what it
 * answered. An agent that names its tools itself is taken at its word; of the others, the kind of the call says it.
 */
import { isRecord } from '@backchannel/protocol'

export interface ToolCallText {
  readonly name: string
  readonly title: string
  readonly kind: string
  readonly input: Readonly<Record<string, unknown>>
  /** What it answered, as far as the agent tells. */
  readonly result: string
}

/** By the kinds of the protocol; `other`, `think` and `switch_mode` are in the title alone. */
const NAMES: Readonly<Record<string, string>> = {
  read: 'Read',
  edit: 'Edit',
  delete: 'Edit',
  move: 'Edit',
  search: 'Grep',
  execute: 'Bash',
  fetch: 'WebFetch',
}
const PATH_KEYS = ['file_path', 'path', 'abs_path', 'absolute_path', 'filePath', 'filename']
const RESULT_UNITS = 4_000

export function describeCall(call: Readonly<Record<string, unknown>>): ToolCallText {
  const title = typeof call['title'] === 'string' ? call['title'] : ''
  const kind = typeof call['kind'] === 'string' ? call['kind'] : 'other'
  const raw = isRecord(call['rawInput']) ? call['rawInput'] : {}
  const own = ownName(call)
  const name = own ?? (Object.hasOwn(NAMES, kind) ? (NAMES[kind] ?? '') : title.slice(0, 60) || 'Tool')
  return {
    name,
    title,
    kind,
    input: own === undefined ? readInput(name, title, raw, call) : raw,
    result: readResult(call),
  }
}

function ownName({ name, _meta }: Readonly<Record<string, unknown>>): string | undefined {
  const claude = isRecord(_meta) ? _meta['claudeCode'] : undefined
  const named = isRecord(claude) ? claude['toolName'] : undefined
  return [name, named].find((text): text is string => typeof text === 'string' && text !== '')
}

/** The rules look for a command and for a path; where there is none, they see what the agent shows people. */
function readInput(
  name: string,
  title: string,
  raw: Readonly<Record<string, unknown>>,
  call: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (name === 'Bash') return { ...raw, command: readCommand(raw) ?? title }
  if (name !== 'Read' && name !== 'Edit') return Object.keys(raw).length > 0 ? raw : { title }
  const path = PATH_KEYS.map((key) => raw[key]).find((value) => typeof value === 'string') ?? readLocation(call)
  // A tool of files without one is asked about by its title.
  return path === undefined ? { ...raw, title } : { ...raw, file_path: path }
}

function readCommand({ command, cmd, script }: Readonly<Record<string, unknown>>): string | undefined {
  const given = command ?? cmd ?? script
  if (typeof given === 'string' && given !== '') return given
  return Array.isArray(given) && given.length > 0 ? given.map((word) => quoteWord(String(word))).join(' ') : undefined
}

function quoteWord(word: string): string {
  return /^[\w@%+:,./=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

function readLocation({ locations }: Readonly<Record<string, unknown>>): string | undefined {
  const path = Array.isArray(locations) && isRecord(locations[0]) ? locations[0]['path'] : undefined
  return typeof path === 'string' ? path : undefined
}

function readResult({ content, rawOutput }: Readonly<Record<string, unknown>>): string {
  const texts = (Array.isArray(content) ? content : []).flatMap((part) => {
    if (!isRecord(part)) return []
    if (part['type'] === 'diff') return `changed ${String(part['path'])}`
    const text = isRecord(part['content']) ? part['content']['text'] : undefined
    return typeof text === 'string' ? text : []
  })
  const shown = texts.join('\n') || (typeof rawOutput === 'string' ? rawOutput : '')
  return shown.slice(0, RESULT_UNITS)
}
