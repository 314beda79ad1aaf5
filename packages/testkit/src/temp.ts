/** Temporary directories that go away with the test, so that nothing is ever written to a real home. */
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TempDirectory extends AsyncDisposable {
  /** Absolute, free of symbolic links. */
  readonly path: string
  /** Deletes the directory and what is in it; may be called again. */
  remove(): Promise<void>
}

/** Creates an empty directory below the system's temporary folder: `await using folder = await createTempDirectory()`. */
export async function createTempDirectory(prefix = 'backchannel-'): Promise<TempDirectory> {
  const path = await realpath(await mkdtemp(join(tmpdir(), prefix)))
  // A process that is just ending may still write below the directory, hence the retries.
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  return { path, remove, [Symbol.asyncDispose]: remove }
}
