/**
 * `.env` of a channel's state folder, as people write it: with a byte order mark, CRLF, quotes, `export` and comments. One
 * line is changed, the others stay.
 */
import { chmod, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { BackchannelError, toError } from '@backchannel/protocol'
import { holds, writeState } from '../state/atomic-file.ts'
import { ensureDirectory } from '../state/directory.ts'

export function envFile(directory: string): string {
  return join(directory, '.env')
}

/**
 * The variables of the file, which becomes readable for its owner alone; none where there is no file. A variable of the
 * process goes before one of the same name here.
 * @throws BackchannelError `state-unwritable` for a file that can't be read
 */
export async function readEnvFile(directory: string): Promise<ReadonlyMap<string, string>> {
  const file = envFile(directory)
  const bytes = await readBytes(file)
  // A skill of the official plugins writes it with whatever mode its tool has.
  if (bytes !== undefined) await chmod(file, 0o600).catch(() => {})
  return parseEnv(bytes?.toString('utf8') ?? '')
}

/** The first line of a name counts, as for the official servers. */
export function parseEnv(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const line of splitLines(text)) {
    const variable = parseLine(line)
    if (variable && !found.has(variable.name)) found.set(variable.name, variable.value)
  }
  return found
}

/** @param value `undefined` takes the variable out. */
export function changeEnv(text: string, name: string, value: string | undefined): string {
  const lines = splitLines(text)
  const isIt = (line: string) => parseLine(line)?.name === name
  const at = lines.findIndex(isIt)
  const others = lines.filter((line, index) => index === at || !isIt(line))
  const line = value === undefined ? [] : [renderLine(name, value)]
  if (at >= 0) others.splice(at, 1, ...line)
  else if (others.length > 0) others.push(...closeLast(others), ...line)
  else others.push(...line)
  return others.join('')
}

/** Writes one variable, or takes it out. @throws BackchannelError `state-unwritable` */
export async function writeEnvVariable(directory: string, name: string, value: string | undefined): Promise<void> {
  await ensureDirectory(directory)
  const file = envFile(directory)
  // Where it is a link, what it leads to is the file.
  const target = await realpath(file).catch(() => file)
  for (;;) {
    const bytes = await readBytes(target)
    if (bytes === undefined && value === undefined) return
    const text = changeEnv(bytes?.toString('utf8') ?? '', name, value)
    if (await writeState(target, text, () => holds(target, bytes))) return
  }
}

async function readBytes(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new BackchannelError('state-unwritable', `${file} can't be read: ${toError(thrown).message}.`, {
      hint: 'Give yourself read and write access to it.',
      cause: thrown,
    })
  }
}

/** Each with its end. The mark at the start of a file goes: the official servers do not read the line behind it. */
function splitLines(text: string): string[] {
  return text.replace(/^\uFEFF/, '').match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []
}

/** A last line without its end gets one. */
function closeLast(lines: string[]): string[] {
  const last = lines.pop() ?? ''
  return [/[\r\n]$/.test(last) ? last : `${last}\n`]
}

function parseLine(line: string): { readonly name: string; readonly value: string } | undefined {
  const [, name, rest = ''] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*([^\r\n]*?)\s*$/.exec(line) ?? []
  return name === undefined ? undefined : { name, value: parseValue(rest) }
}

function parseValue(text: string): string {
  const [, double] = /^"((?:[^"\\]|\\.)*)"/.exec(text) ?? []
  if (double !== undefined) return double.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one))
  const [, single] = /^'([^']*)'/.exec(text) ?? []
  return single ?? text.replace(/\s+#.*$/, '').trim()
}

/** Without quotes where none are needed: the official servers would take them as part of the value. */
function renderLine(name: string, value: string): string {
  const needsQuotes = /[\s"'\\]|^#|^$/.test(value)
  const quoted = `"${value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`
  return `${name}=${needsQuotes ? quoted : value}\n`
}
