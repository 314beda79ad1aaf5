/** Changes a small JSON file of the state directory: one writer at a time, switched in whole, for its owner alone. */
import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync } from 'node:fs'
import { open, readFile, rm, stat } from 'node:fs/promises'
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
  return parse(await readBytes(file), file)
}

async function readBytes(file: string): Promise<Buffer | undefined> {
  try {
    const found = await stat(file)
    if (!found.isFile()) throw new Error('it is no ordinary file')
    if (found.size > MOST_BYTES) throw invalid(file, `it has ${found.size} bytes`)
    return await readFile(file)
  } catch (thrown) {
    if (BackchannelError.is(thrown)) throw thrown
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new BackchannelError('state-unwritable', `${file} can't be read: ${toError(thrown).message}.`, {
      hint: 'Give yourself read and write access to it.',
      cause: thrown,
    })
  }
}

function parse(bytes: Buffer | undefined, file: string): unknown {
  if (bytes === undefined) return undefined
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
 * their turn; where one that does not has written meanwhile, `change` is called again with what that one wrote.
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
    for (;;) {
      signal?.throwIfAborted()
      const before = await readBytes(file)
      const changed = await change(parse(before, file))
      if (changed === undefined) return
      if (await writeState(file, renderState(changed), () => holds(file, before))) break
    }
    written?.()
  } finally {
    releaseLock(directory, lock)
  }
}

/** A state as it stands in its file. */
export function renderState(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/**
 * Through a file beside it, flushed first: after a crash there is the old content or the new, never half of one.
 * @param mayReplace asked at the last moment
 * @returns false where it said no, and nothing was written
 * @throws BackchannelError `state-unwritable`
 */
export async function writeState(
  file: string,
  content: string | Uint8Array,
  mayReplace: () => boolean = () => true,
): Promise<boolean> {
  const aside = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`)
  try {
    const handle = await open(aside, 'wx', 0o600)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    // In one breath: an editor or an official server, which take no lock, have no time to write in between.
    if (!mayReplace()) {
      await rm(aside, { force: true })
      return false
    }
    renameSync(aside, file)
    return true
  } catch (thrown) {
    await rm(aside, { force: true }).catch(() => {})
    throw new BackchannelError('state-unwritable', `${file} can't be written: ${toError(thrown).message}.`, {
      hint: 'Make room on the disk, or give yourself write access to the folder.',
      cause: thrown,
    })
  }
}

/** Whether the file still has these bytes, or is still not there. */
export function holds(file: string, before: Buffer | undefined): boolean {
  try {
    const now = readFileSync(file)
    return before !== undefined && now.equals(before)
  } catch (thrown) {
    return before === undefined && (thrown as NodeJS.ErrnoException).code === 'ENOENT'
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
