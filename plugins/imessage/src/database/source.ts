/**
 * The Messages database, read-only: opened when it is needed, opened anew when another file lies in its place or reading
 * fails. Each read is short, so nothing of Messages ever waits for us.
 */

import { statSync } from 'node:fs'
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { openDatabase, sqliteCode } from '@backchannel/channel/database'
import { DatabaseProblem, readability, toProblem } from './problem.ts'

export type Row = Readonly<Record<string, unknown>>

export interface Reader {
  all(sql: string, ...values: SQLInputValue[]): readonly Row[]
  /** The columns that a table has here: older systems lack some. */
  columns(table: string): ReadonlySet<string>
  /** Changes whenever another file is read. */
  readonly file: string
}

export interface Source {
  readonly path: string
  /** @throws DatabaseProblem */
  read<Result>(work: (reader: Reader) => Result): Result
  close(): void
}

/** A reader in WAL mode is blocked by next to nothing; whatever blocks it longer is waited for elsewhere, and not in SQLite. */
const BUSY_MS = 100

interface Opened extends Reader {
  readonly database: DatabaseSync
}

export function createSource(path: string): Source {
  let opened: Opened | undefined

  const close = () => {
    const before = opened
    opened = undefined
    try {
      before?.database.close()
    } catch {
      // A connection to a file that is gone may fail to close; nothing of ours is in it.
    }
  }
  const current = (): Opened => {
    const file = identify(path)
    if (opened && opened.file !== file) close()
    opened ??= open(path, file)
    return opened
  }
  return {
    path,
    read(work) {
      try {
        return work(current())
      } catch (thrown) {
        // Whatever else fails in between has nothing to do with this file.
        if (!(thrown instanceof DatabaseProblem) && sqliteCode(thrown) === undefined) throw thrown
        const problem = toProblem(path, thrown)
        // Locked is no reason to think that the file is another one, but a new connection costs nothing either.
        close()
        throw problem
      }
    },
    close,
  }
}

/** @throws DatabaseProblem where it is not there, may not be read, or is empty */
function identify(path: string): string {
  try {
    const { dev, ino, size } = statSync(path)
    if (size === 0) throw new DatabaseProblem('unusable', `${path} is empty now; it is tried again`)
    return `${dev}:${ino}`
  } catch (thrown) {
    if (thrown instanceof DatabaseProblem) throw thrown
    throw readability(path) ?? toProblem(path, thrown)
  }
}

function open(path: string, file: string): Opened {
  const database = openDatabase(path, { readOnly: true })
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA query_only = ON`)
    const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>()
    const columns = new Map<string, ReadonlySet<string>>()
    const all = (sql: string, ...values: SQLInputValue[]): readonly Row[] => {
      const statement = statements.get(sql) ?? database.prepare(sql)
      statements.set(sql, statement)
      return statement.all(...values) as Row[]
    }
    return {
      database,
      file,
      all,
      columns(table) {
        const known = columns.get(table)
        if (known) return known
        const found = new Set(all(`SELECT name FROM pragma_table_info('${table}')`).map(({ name }) => String(name)))
        columns.set(table, found)
        return found
      },
    }
  } catch (thrown) {
    database.close()
    throw thrown
  }
}
