/** Opens a journal's database: settings, schema, and what happens to a file that is damaged. */
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { BackchannelError, toError } from '@backchannel/protocol'
import { copyOpenEvents } from './copy.ts'
import { migrate } from './schema.ts'
import { openDatabase, SQLITE, sqliteCode } from './sqlite.ts'

export interface OpenedJournal {
  readonly database: DatabaseSync
  readonly path: string
  /** Where a damaged journal was put aside, if there was one. */
  readonly setAside: string | undefined
  /** How many open events could be read out of the damaged one. */
  readonly salvaged: number
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
    if (damaged) throw Object.assign(new Error('damage was found in it'), { errcode: SQLITE.corrupt })
    return { database: open(file), path: file, setAside: undefined, salvaged: 0 }
  } catch (thrown) {
    if (!isDamaged(thrown)) throw unavailable(file, thrown)
  }
  const setAside = putAside(file, now)
  try {
    const database = open(file)
    return { database, path: file, setAside, salvaged: copyOpenEvents(setAside, database).copied }
  } catch (thrown) {
    throw unavailable(file, thrown)
  }
}

function open(file: string): DatabaseSync {
  const database = openDatabase(file)
  try {
    database.exec(PRAGMAS)
    const { journal_mode: mode } = database.prepare('PRAGMA journal_mode').get() as { journal_mode: string }
    if (mode !== 'wal') database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = NORMAL')
    migrate(database)
    return database
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

export function isDamaged(thrown: unknown): boolean {
  const code = sqliteCode(thrown)
  return code === SQLITE.corrupt || code === SQLITE.notADatabase
}

function putAside(file: string, now: () => number): string {
  try {
    return moveAside(file, now)
  } catch (thrown) {
    throw unavailable(file, thrown)
  }
}

/** With its log and index, so that whoever looks at it later has everything there was. @returns the new path */
export function moveAside(file: string, now: () => number): string {
  const aside = `${file}.damaged-${now()}`
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${aside}${suffix}`)
  }
  return aside
}

export function unavailable(file: string, thrown: unknown): BackchannelError {
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
