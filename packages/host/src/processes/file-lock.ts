/** A lock between processes that the kernel frees when its holder dies, however it dies. */
import type { DatabaseSync } from 'node:sqlite'

export interface FileLock {
  close(): void
}

const BUSY = 5

/**
 * The lock is an open transaction on a database of its own.
 * @returns `undefined` where another process holds it
 * @throws whatever keeps the file from being opened
 */
export function lockFile(file: string): FileLock | undefined {
  let database: DatabaseSync | undefined
  try {
    database = open(file)
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return database
  } catch (thrown) {
    database?.close()
    const code = (thrown as { errcode?: unknown }).errcode
    if (typeof code === 'number' && (code & 0xff) === BUSY) return undefined
    throw thrown
  }
}

/** Node 22 warns at the first load that SQLite is new; that would only worry people. */
function open(file: string): DatabaseSync {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite')
    return new Database(file)
  } finally {
    process.emitWarning = emitWarning
  }
}
