/** Reads a JSON file that people write by hand: bounded, tolerant of a byte order mark, exact about what is wrong. */
import { lstat, readFile, stat } from 'node:fs/promises'
import { BackchannelError, type ErrorCode, isRecord } from '@backchannel/protocol'
import { findJsonError } from './syntax.ts'

/** Bytes; no file of settings or servers comes near it. */
export const LARGEST_JSON_FILE = 1_048_576

/** Which file is read and under which code it is refused. */
export interface JsonSource {
  readonly file: string
  readonly code: ErrorCode
}

/**
 * @returns the value, or `undefined` if there is no such file. A link that leads nowhere is not "no such file".
 * @throws BackchannelError with the code of `source`, naming file, line and column.
 */
export async function readJsonFile(source: JsonSource): Promise<{ readonly value: unknown } | undefined> {
  const bytes = await readBytes(source)
  return bytes === undefined ? undefined : { value: parseJson(decode(bytes, source), source) }
}

/** `JSON.parse` that says where a text goes wrong. A leading byte order mark is passed over. */
export function parseJson(text: string, source: JsonSource): unknown {
  const plain = text.startsWith('\ufeff') ? text.slice(1) : text
  try {
    return JSON.parse(plain)
  } catch (cause) {
    const error = findJsonError(plain)
    if (error === undefined) throw refuse(source, 'is not valid JSON', undefined, cause)
    throw refuse(
      source,
      `is not valid JSON: line ${error.line}, column ${error.column}: expected ${error.expected}, got ${error.got}`,
      error.hint ?? 'Correct that place and start again.',
      cause,
    )
  }
}

async function readBytes(source: JsonSource): Promise<Uint8Array | undefined> {
  try {
    const facts = await stat(source.file)
    // Asked before opening: opening a pipe would wait for a writer.
    if (!facts.isFile()) throw refuse(source, facts.isDirectory() ? 'is a folder, not a file' : 'is not a plain file')
    if (facts.size > LARGEST_JSON_FILE) throw tooLarge(source, facts.size)
    const bytes = await readFile(source.file)
    if (bytes.byteLength > LARGEST_JSON_FILE) throw tooLarge(source, bytes.byteLength)
    return bytes
  } catch (cause) {
    if (BackchannelError.is(cause)) throw cause
    const errno = errorCode(cause)
    if (errno !== 'ENOENT')
      throw refuse(source, `cannot be read (${errno})`, 'Give this user read permission, or move the file away.', cause)
    if (await isDanglingLink(source.file)) throw refuse(source, 'is a link to a file that does not exist')
    return undefined
  }
}

function decode(bytes: Uint8Array, source: JsonSource): string {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw refuse(source, 'is written in UTF-16', 'Save it as UTF-8.')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw refuse(source, 'is not valid UTF-8', 'Save it as UTF-8.', cause)
  }
}

async function isDanglingLink(file: string): Promise<boolean> {
  return await lstat(file).then(
    (facts) => facts.isSymbolicLink(),
    () => false,
  )
}

function tooLarge(source: JsonSource, bytes: number): BackchannelError {
  return refuse(source, `is too large: ${bytes} bytes, where at most ${LARGEST_JSON_FILE} are taken`)
}

function refuse(source: JsonSource, what: string, hint?: string, cause?: unknown): BackchannelError {
  return new BackchannelError(source.code, `${source.file} ${what}.`, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  })
}

/** `ENOENT`, `EACCES` …; for anything else its message. */
export function errorCode(thrown: unknown): string {
  if (isRecord(thrown) && typeof thrown['code'] === 'string') return thrown['code']
  return thrown instanceof Error ? thrown.message : String(thrown)
}
