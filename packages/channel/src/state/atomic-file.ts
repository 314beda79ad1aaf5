/** Changes a small JSON file of the state directory: one writer at a time, switched in whole, for its owner alone. */
import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BackchannelError, toError } from '@backchannel/protocol'
import { releaseLock, takeLock } from '../journal/lock.ts'
import { ensureDirectory } from './directory.ts'

/** Who waits longer for another writer gives up: a change takes milliseconds. */
const WAIT_MS = 5_000
const RETRY_MS = 20
/** A state file that is larger was not written by a channel. */
const MOST_BYTES = 4 * 1024 * 1024

/** Of this process, by file: a lock of the kernel does not keep a process from itself. */
const turns = new Map<string, Promise<unknown>>()

/**
 * @returns the parsed content, or `undefined` where there is no such file.
 * @throws BackchannelError `state-invalid` for what is no JSON or too large, `state-unwritable` for what can't be read
 */
export async function readJsonState(file: string): Promise<unknown> {
  let bytes: Buffer
  try {
    const found = await stat(file)
    if (!found.isFile()) throw new Error('it is no ordinary file')
    if (found.size > MOST_BYTES) throw invalid(file, `it has ${found.size} bytes`)
    bytes = await readFile(file)
  } catch (thrown) {
    if (BackchannelError.is(thrown)) throw thrown
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new BackchannelError('state-unwritable', `${file} can't be read: ${toError(thrown).message}.`, {
      hint: 'Give yourself read and write access to it.',
      cause: thrown,
    })
  }
  try {
    // The engine's own message would quote the text around the fault.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw invalid(file, 'it is not valid JSON')
  }
}

export interface ChangeOptions {
  /** Ends the wait for another writer. */
  readonly signal?: AbortSignal
  /** Called once the new content is in place, before the next change reads it. */
  written?(): void
}

/**
 * Reads the file, lets `change` make the new content, and switches that in; nothing is written where it throws or
 * returns `undefined`: a file that is not understood stays as it is. Other processes that use this function wait for
 * their turn.
 * @throws what `change` throws, what {@link readJsonState} throws, or BackchannelError `state-unwritable`
 */
export async function changeJsonState(
  file: string,
  change: (value: unknown) => unknown,
  options: ChangeOptions = {},
): Promise<void> {
  const last = turns.get(file) ?? Promise.resolve()
  const turn = last.catch(() => {}).then(() => changeAlone(file, change, options))
  turns.set(file, turn)
  try {
    await turn
  } finally {
    if (turns.get(file) === turn) turns.delete(file)
  }
}

async function changeAlone(
  file: string,
  change: (value: unknown) => unknown,
  { signal, written }: ChangeOptions,
): Promise<void> {
  const directory = dirname(file)
  const lock = basename(file)
  await ensureDirectory(directory)
  const deadline = performance.now() + WAIT_MS
  while (!takeLock(directory, lock)) {
    if (performance.now() > deadline) throw busy(file)
    await sleep(RETRY_MS, undefined, signal && { signal })
  }
  try {
    const changed = await change(await readJsonState(file))
    if (changed === undefined) return
    await writeWhole(file, `${JSON.stringify(changed, null, 2)}\n`)
    written?.()
  } finally {
    releaseLock(directory, lock)
  }
}

/** Through a file beside it, flushed first: after a crash there is the old content or the new, never half of one. */
async function writeWhole(file: string, text: string): Promise<void> {
  const aside = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`)
  try {
    const handle = await open(aside, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(aside, file)
  } catch (thrown) {
    await rm(aside, { force: true }).catch(() => {})
    throw new BackchannelError('state-unwritable', `${file} can't be written: ${toError(thrown).message}.`, {
      hint: 'Make room on the disk, or give yourself write access to the folder.',
      cause: thrown,
    })
  }
}

function busy(file: string): BackchannelError {
  return new BackchannelError('state-unwritable', `${file} is being changed by another process for ${WAIT_MS} ms.`, {
    hint: 'Try again; end the process that holds it if that does not help.',
  })
}

function invalid(file: string, problem: string): BackchannelError {
  return new BackchannelError('state-invalid', `${file} can't be used: ${problem}.`, {
    hint: 'Correct it, or move it away to begin with an empty one. Until then nobody is let in by it.',
  })
}
