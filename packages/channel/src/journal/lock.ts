/** One process writes a journal: a lock that the kernel frees when its holder dies, however it dies. */
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { openDatabase, SQLITE, sqliteCode } from './sqlite.ts'

/**
 * Held locks. A handle that nothing refers to would be collected, and its lock with it; and reading the lock file with
 * `fs` in this process would drop the lock too, so nothing ever does.
 */
const held = new Map<string, DatabaseSync>()

/**
 * Takes `NAME.lock` in `directory`, or says that another process has it. The lock is an open transaction.
 * @param waitMs how long it is tried, default not at all: without a moment of that, of two that try at once neither may get it
 */
export function takeLock(directory: string, name: string, waitMs = 0): boolean {
  const path = join(directory, `${name}.lock`)
  if (held.has(path)) return false
  const database = openDatabase(path)
  try {
    database.exec(`PRAGMA busy_timeout = ${waitMs}; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE`)
  } catch (thrown) {
    database.close()
    if (sqliteCode(thrown) === SQLITE.busy) return false
    throw thrown
  }
  held.set(path, database)
  return true
}

/** Gives it back; for a lock that this process does not hold, nothing. */
export function releaseLock(directory: string, name: string): void {
  const path = join(directory, `${name}.lock`)
  held.get(path)?.close()
  held.delete(path)
}
