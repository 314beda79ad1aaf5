/** Opens a journal's database: settings, schema, and what happens to a file that is damaged. */
import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { BackchannelError, toError } from '@backchannel/protocol'
import { type LeftLog, readLeftLog } from './log-check.ts'
import { freeName, putInPlace, salvage } from './salvage.ts'
import { assertKnownVersion, migrate } from './schema.ts'
import { isDamaged, isOtherDatabase, openDatabase } from './sqlite.ts'
import { STATEMENTS } from './statements.ts'
import { createStore, type Store } from './store.ts'

export interface OpenedJournal {
  readonly database: DatabaseSync
  readonly store: Store
  /** Where a damaged journal was put aside, if there was one; what could be read out of it is in the store. */
  readonly setAside: string | undefined
  /** A killed process left a log whose end can't be read: where a copy of it is. */
  readonly damagedLog: string | undefined
}

/** A page cache of 2 MB, and a log that is folded back at 16 MB at the latest: memory stays flat whatever is stored. */
const PRAGMAS = `
PRAGMA busy_timeout = 5000;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -2000;
PRAGMA wal_autocheckpoint = 4000;
`

/**
 * @param file the database's path; its directory exists
 * @param damaged it is known to be: damage that opening alone would not meet
 * @throws BackchannelError `journal-unavailable` for anything but a damaged file, which is put aside whole and replaced
 */
export function openJournalDatabase(file: string, now: () => number, damaged = false): OpenedJournal {
  try {
    // One that was salvaged by a process that was killed before it could put it in place.
    let setAside = putInPlace(file, now)
    const opened = damaged && setAside === undefined ? undefined : openWhole(file, now)
    if (opened !== undefined) return { ...opened, setAside }
    salvage(file)
    setAside = putInPlace(file, now)
    return { ...open(file, now), setAside }
  } catch (thrown) {
    throw unavailable(file, thrown)
  }
}

/** `undefined` for a damaged file, and for a database that is no journal. */
function openWhole(file: string, now: () => number): Omit<OpenedJournal, 'setAside'> | undefined {
  try {
    return open(file, now)
  } catch (thrown) {
    if (isDamaged(thrown) || isOtherDatabase(thrown)) return undefined
    throw thrown
  }
}

function open(file: string, now: () => number): Omit<OpenedJournal, 'setAside'> {
  if (existsSync(file)) assertJournal(file)
  const left = readLeftLog(`${file}-wal`)
  const database = openDatabase(file)
  try {
    database.exec(PRAGMAS)
    const damagedLog = left && checkLog(database, file, left, now)
    const { journal_mode: mode } = database.prepare('PRAGMA journal_mode').get() as { journal_mode: string }
    if (mode !== 'wal') database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = NORMAL')
    migrate(database)
    return { database, store: createStore(database, now), damagedLog }
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

/** Folds what a killed process left, and copies the log before it is written over if it goes on behind what could be read. */
function checkLog(database: DatabaseSync, file: string, left: LeftLog, now: () => number): string | undefined {
  const { log } = database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get() as { log: number }
  if (log >= left.lastCommit) return undefined
  const copy = freeName(`${file}.damaged-log-${now()}`)
  copyFileSync(`${file}-wal`, copy)
  return copy
}

/** Read-only: opening one that may be written changes the file, and what is not ours to write is to stay as it is. */
function assertJournal(file: string): void {
  const database = openDatabase(file, { readOnly: true })
  try {
    if (assertKnownVersion(database, file) > 0) database.prepare(STATEMENTS.byId)
  } finally {
    database.close()
  }
}

export function unavailable(file: string, thrown: unknown): BackchannelError {
  if (BackchannelError.is(thrown)) return thrown
  return new BackchannelError(
    'journal-unavailable',
    `The journal ${file} can't be written: ${toError(thrown).message}.`,
    {
      hint: 'Check the disk and the rights of the folder; it is tried again with the next event.',
      cause: thrown,
    },
  )
}

export function journalPath(directory: string, name: string): string {
  return join(directory, `${name}.db`)
}
