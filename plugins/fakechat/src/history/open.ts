/**
 * Opens a history's file. The first channel on a state directory gets `history.db`; a second one at the same time gets
 * one of its own, and whoever comes later takes over what the channels that are gone have left.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { isDamaged, openDatabase, putAside, SQLITE, sqliteCode } from '@backchannel/channel/database'
import { copyMessages } from './copy.ts'
import { migrate } from './schema.ts'

export interface OpenedHistory {
  readonly database: DatabaseSync
  readonly file: string
  /** Where a damaged file was put, and how many messages could be read out of it. */
  readonly damage?: { readonly aside: string; readonly salvaged: number }
}

/** Channels that may keep a history in one directory at a time. */
const SLOTS = 16
const NAME = /^history(?:-\d+)?\.db$/

/**
 * Exclusive: the kernel frees the lock when the process dies, however it dies. The log is folded outside of the event
 * loop; SQLite does it by itself only where that failed.
 */
const PRAGMAS = `
PRAGMA busy_timeout = 0;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -1000;
PRAGMA wal_autocheckpoint = 4000;
`

/** Whether there is anything to read: if not, nothing needs to be opened before something is written. */
export function hasHistory(directory: string): boolean {
  return listFiles(directory).length > 0
}

/**
 * @param damaged the file that an earlier use met damage in
 * @throws what the system or SQLite says, where nothing can be written
 */
export function openHistoryDatabase(directory: string, damaged?: string): OpenedHistory {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  for (let number = 1; number <= SLOTS; number += 1) {
    const file = join(directory, number === 1 ? 'history.db' : `history-${number}.db`)
    const opened = openFile(file, file === damaged)
    if (!opened) continue
    adoptOthers(directory, opened)
    return opened
  }
  throw new Error(`${SLOTS} other channels keep a history there`)
}

/** Nothing where another process has it. */
function openFile(file: string, damaged: boolean): OpenedHistory | undefined {
  try {
    if (!damaged) return { file, database: openWritable(file) }
  } catch (thrown) {
    if (sqliteCode(thrown) === SQLITE.busy) return undefined
    if (!isDamaged(thrown)) throw thrown
  }
  const aside = putAside(file, () => Date.now())
  const database = openWritable(file)
  return { file, database, damage: { aside, salvaged: salvage(aside, database) } }
}

function openWritable(file: string): DatabaseSync {
  // For its owner alone; the log takes the mode of its database.
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600))
  const database = openDatabase(file)
  try {
    database.exec(PRAGMAS)
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE; COMMIT')
    migrate(database)
    return database
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

function adoptOthers(directory: string, { file, database }: OpenedHistory): void {
  for (const other of listFiles(directory)) if (other !== file) adopt(other, database)
}

/** One that another channel holds, or that can't be read whole, stays where it is. */
function adopt(file: string, into: DatabaseSync): void {
  let from: DatabaseSync | undefined
  try {
    from = openDatabase(file)
    from.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT')
    if (!copyMessages(from, into).complete) return
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
  } catch {
  } finally {
    from?.close()
  }
}

function salvage(file: string, into: DatabaseSync): number {
  let from: DatabaseSync | undefined
  try {
    from = openDatabase(file)
    return copyMessages(from, into).copied
  } catch {
    return 0
  } finally {
    from?.close()
  }
}

function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => NAME.test(name))
      .map((name) => join(directory, name))
  } catch {
    return []
  }
}
