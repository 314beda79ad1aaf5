/** Folders in the making: whole before they get their place, and gone when something fails. */
import { randomUUID } from 'node:crypto'
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorCode } from '../../json/read.ts'
import { isRunning } from '../../processes/running.ts'
import { unwritable } from './record-file.ts'

/** Those of this process that are still worked on. */
const active = new Set<string>()

export interface Staging extends AsyncDisposable {
  readonly path: string
}

/** A new empty folder. @throws BackchannelError `state-unwritable` */
export async function createStaging(staging: string): Promise<Staging> {
  const path = join(staging, `${process.pid}-${randomUUID()}`)
  try {
    active.add(path)
    await mkdir(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    active.delete(path)
    throw unwritable(path, cause)
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true }).catch(() => {})
      active.delete(path)
    },
  }
}

/**
 * Gives a whole folder its place in one step. What is there already is the same content under the same name, and stays.
 * @throws BackchannelError `state-unwritable`
 */
export async function putInPlace(from: string, to: string): Promise<void> {
  try {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 })
    if (await exists(to)) return
    await rename(from, to)
  } catch (cause) {
    throw unwritable(to, cause)
  }
}

/** Removes a folder so that nobody ever sees half of it in its place. */
export async function discard(folder: string, staging: string): Promise<void> {
  await using aside = await createStaging(staging)
  await rename(folder, join(aside.path, 'discarded')).catch((cause: unknown) => {
    if (errorCode(cause) !== 'ENOENT') throw unwritable(folder, cause)
  })
}

/** What processes that were killed have left half-made. */
export async function clearStaging(staging: string): Promise<void> {
  for (const name of await readdir(staging).catch(() => [])) {
    const path = join(staging, name)
    const pid = Number(/^(\d+)-/.exec(name)?.[1] ?? Number.NaN)
    const isOthers = pid !== process.pid && isRunning(pid)
    // A git that has outlived its killed parent may still write there; then the next sweep gets it.
    if (!active.has(path) && !isOthers) await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  )
}
