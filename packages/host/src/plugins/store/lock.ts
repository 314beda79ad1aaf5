/** One process at a time changes the records: a lock that the kernel frees when its holder dies, however it dies. */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BackchannelError } from '@backchannel/protocol'
import { type FileLock, lockFile } from '../../processes/file-lock.ts'
import { unwritable } from './record-file.ts'

/** Changes take milliseconds; whoever holds it longer than this hangs. */
const WAIT_MS = 20_000
const RETRY_MS = 25

/** Runs `change` alone among all processes. @throws BackchannelError `plugins-busy`, `state-unwritable` */
export async function withLock<Result>(
  file: string,
  signal: AbortSignal,
  change: () => Promise<Result>,
): Promise<Result> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw unwritable(dirname(file), cause)
  })
  const held = await take(file, signal)
  try {
    return await change()
  } finally {
    held.close()
  }
}

/** As {@link withLock}, or `undefined` at once where another process is at it. */
export async function tryLock<Result>(file: string, change: () => Promise<Result>): Promise<Result | undefined> {
  const held = lockOnce(file)
  if (held === undefined) return undefined
  try {
    return await change()
  } finally {
    held.close()
  }
}

async function take(file: string, signal: AbortSignal): Promise<FileLock> {
  const until = performance.now() + WAIT_MS
  for (;;) {
    signal.throwIfAborted()
    const held = lockOnce(file)
    if (held !== undefined) return held
    if (performance.now() > until)
      throw new BackchannelError('plugins-busy', 'Another process has been changing the plugins for 20 seconds.', {
        hint: 'Wait until it has ended, then repeat the command.',
      })
    await sleep(RETRY_MS, undefined, { signal })
  }
}

function lockOnce(file: string): FileLock | undefined {
  try {
    return lockFile(file)
  } catch (thrown) {
    throw unwritable(file, thrown)
  }
}
