/** Durability against power loss: one flush of the write-ahead log at a time, shared by all that wait for one. */
import { close, fdatasync, open } from 'node:fs'
import { promisify } from 'node:util'

export interface DiskSync {
  /** Resolves when everything written before the call is on the disk. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** @param file the `-wal` file: SQLite takes no locks on it, so a second descriptor in this process is harmless */
export function createDiskSync(file: string): DiskSync {
  let descriptor: Promise<number> | undefined
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  const start = async (): Promise<void> => {
    descriptor ??= promisify(open)(file, 'r+').catch((thrown) => {
      // Tried again with the next call: what was missing then, a file or a free descriptor, may be there.
      descriptor = undefined
      throw thrown
    })
    await promisify(fdatasync)(await descriptor)
  }
  return {
    sync() {
      if (running === undefined) {
        running = start().finally(() => {
          running = undefined
        })
        return running
      }
      // What runs may have begun before our write; the one after it covers it, and all that come until it starts.
      next ??= running
        .catch(() => {})
        .then(() => {
          next = undefined
          return this.sync()
        })
      return next
    },
    async close() {
      await Promise.allSettled([running, next])
      const opened = await descriptor?.catch(() => undefined)
      if (opened !== undefined) await promisify(close)(opened)
    },
  }
}
