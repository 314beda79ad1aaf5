/** The sources file on disk: whether it changed, whether it is safe to trust, and its JSON. */
import { type Stats, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BackchannelError, stateDirectory } from '@backchannel/channel'
import type { Environment } from '../config.ts'

const MOST_BYTES = 1_048_576
/** Rather once too often than a template without its engine. */
const TEMPLATES = /"(?:template|coalesce)"|\{[{%]|\\u00/i

export interface SourcesText {
  readonly value: unknown
  /** Whether a template may be in it, so that the engine is needed. */
  readonly hasTemplates: boolean
  readonly warnings: readonly string[]
}

/** `sources.json` in the channel's state directory. */
export function sourcesFile(env: Environment): string {
  return join(stateDirectory('webhook', { ...env }), 'sources.json')
}

/** Changes with every save; `missing` without a file. Takes microseconds, so every request may ask. */
export function stampOf(file: string): string {
  try {
    const stats = statSync(file, { throwIfNoEntry: false })
    return stats === undefined
      ? 'missing'
      : `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.mode}`
  } catch (thrown) {
    return `unreadable ${String(thrown)}`
  }
}

/** @throws BackchannelError `settings-invalid`, which says where */
export async function readSourcesText(file: string): Promise<SourcesText> {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return { value: {}, hasTemplates: false, warnings: [] }
  const warnings = checkMode(file, stats)
  if (stats.size > MOST_BYTES) throw unusable(file, `it has ${stats.size} bytes, and ${MOST_BYTES} are the most`)
  const text = decode(file, await readFile(file))
  return { value: parseJson(file, text), hasTemplates: TEMPLATES.test(text), warnings }
}

/** Who can write the file decides who is let in; who can read it knows the secrets. */
function checkMode(file: string, { mode, uid }: Stats): readonly string[] {
  const own = process.getuid?.()
  if (own === undefined) return []
  const octal = (mode & 0o777).toString(8).padStart(3, '0')
  if (uid !== own && uid !== 0)
    throw unusable(file, 'it belongs to another user', `Make it yours: chown ${own} "${file}".`)
  if (mode & 0o022) throw unusable(file, `others can write it (mode ${octal})`, `Close it: chmod 600 "${file}".`)
  return mode & 0o044 ? [`${file} can be read by others (mode ${octal}). Close it: chmod 600 "${file}".`] : []
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw unusable(file, 'it is not UTF-8 text')
  }
}

/** The engine's own message quotes the text around the fault, and there may be a secret in it. */
function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    const position = /position (\d+)/.exec(String(thrown))?.[1]
    throw unusable(file, `it is not valid JSON${position === undefined ? '' : locate(text, Number(position))}`)
  }
}

function locate(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n')
  return `: look at line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
}

function unusable(file: string, problem: string, hint?: string): BackchannelError {
  return new BackchannelError('settings-invalid', `${file} can't be used: ${problem}.`, {
    hint: hint ?? 'Correct it and save; the channel reads the file again by itself.',
  })
}
