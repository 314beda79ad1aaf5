/** A real file system of a few hundred kilobytes: to fill up, to make read-only, and to give space back on. Linux, as root. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createTempDirectory } from './temp.ts'

export interface TinyDisk extends AsyncDisposable {
  readonly path: string
  /** Takes all the space that is left. May be called again. */
  fill(): void
  /** Gives it back. */
  empty(): void
  /** Fails while a file on it is open for writing. */
  setReadOnly(readOnly: boolean): void
}

/** Why there can be no tiny disk here, for a test that is skipped; `undefined` where there can. */
export async function tinyDiskProblem(): Promise<string | undefined> {
  try {
    await using _disk = await createTinyDisk(16)
    return undefined
  } catch {
    return 'a file system can only be mounted by root, on Linux'
  }
}

/** @throws Error where mounting is not permitted */
export async function createTinyDisk(kilobytes: number): Promise<TinyDisk> {
  const folder = await createTempDirectory()
  const mount = (...args: readonly string[]) => execFileSync('mount', [...args, folder.path], { stdio: 'pipe' })
  try {
    mount('-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs')
  } catch (thrown) {
    await folder.remove()
    throw thrown
  }
  const filler = join(folder.path, 'filler')
  return {
    path: folder.path,
    fill() {
      const page = Buffer.alloc(4096)
      try {
        for (;;) appendFileSync(filler, page)
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown
      }
    },
    empty: () => rmSync(filler, { force: true }),
    setReadOnly: (readOnly) => void mount('-o', `remount,${readOnly ? 'ro' : 'rw'}`),
    async [Symbol.asyncDispose]() {
      // Lazily: a channel that is just ending may still have a file open.
      execFileSync('umount', ['-l', folder.path], { stdio: 'pipe' })
      await folder.remove()
    },
  }
}
