/** Changes the sources file whole: one writer at a time, checked before it is written, readable by its owner only. */
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BackchannelError, ensureDirectory } from '@backchannel/channel'
import type { Environment } from '../config.ts'
import { loadTemplateEngine } from '../rules/template.ts'
import { readSourcesText } from './file.ts'
import { parseSources } from './parse.ts'

/** A source as it is written. */
export type WrittenSource = Readonly<Record<string, unknown>>

export interface WrittenFile {
  readonly sources?: readonly WrittenSource[]
  readonly [key: string]: unknown
}

/** A temporary file this old was left by a process that is gone. */
const STALE_MS = 10_000

/**
 * Reads the file, lets `change` make a new one of it, and switches that in at once.
 * @throws BackchannelError `settings-invalid` when the file, or the changed one, can't be used; nothing is written then
 */
export async function editSources(
  file: string,
  env: Environment,
  change: (written: WrittenFile) => WrittenFile,
): Promise<void> {
  await ensureDirectory(dirname(file))
  const aside = `${file}.new`
  const handle = await openAside(aside)
  try {
    const { value } = await readSourcesText(file)
    const engine = await loadTemplateEngine()
    parseSources(value, { file, env, engine })
    const changed = change(value as WrittenFile)
    parseSources(changed, { file, env, engine })
    await handle.writeFile(`${JSON.stringify(changed, null, 2)}\n`)
    await handle.sync()
    await rename(aside, file)
  } catch (thrown) {
    await rm(aside, { force: true })
    throw thrown
  } finally {
    await handle.close()
  }
}

async function openAside(aside: string): ReturnType<typeof open> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await open(aside, 'wx', 0o600)
    } catch (thrown) {
      const age = await stat(aside).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => Number.POSITIVE_INFINITY,
      )
      if (!isExisting(thrown)) throw unwritable(aside, thrown)
      if (tries === 0 && age > STALE_MS) await rm(aside, { force: true })
      else throw busy(aside)
    }
  }
}

function isExisting(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST'
}

function busy(aside: string): BackchannelError {
  return new BackchannelError('settings-invalid', `Another command is changing the sources: ${aside} is there.`, {
    hint: 'Try again in a few seconds.',
  })
}

function unwritable(aside: string, thrown: unknown): BackchannelError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new BackchannelError('state-unwritable', `${aside} can't be written: ${reason}.`, { cause: thrown })
}
