/** The database file as Messages.app holds it: in WAL mode, open all the time, and what can happen to it while others read. */
import { closeSync, copyFileSync, ftruncateSync, openSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { SCHEMA } from './schema.ts'

export type Row = Readonly<Record<string, SQLInputValue>>

export interface MessagesDatabase {
  readonly path: string
  /** Of an open transaction, more than one row at a time; otherwise each insert is one transaction. */
  transaction<T>(work: () => T): T
  /** @returns the new row's id */
  insert(table: string, row: Row): number
  run(sql: string, ...values: SQLInputValue[]): void
  all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[]
  /**
   * Nobody can read until the function that is returned is called. In WAL mode a writer stops no reader; what does is a connection in
   * exclusive mode, as a migration uses, and only where nobody else is connected. Where somebody is, the locked file is a new one in its
   * place, which they meet once they look at the path again.
   */
  lock(): () => void
  /** Moves what is in the WAL into the file. */
  checkpoint(): void
  /** Another file in its place (another inode) with the same content, as a restored backup; `isEmpty`: with the tables only. */
  replace(options?: { readonly isEmpty?: boolean }): void
  /** Cuts the file to so many bytes, default 0: it is damaged until `repair`. */
  truncate(bytes?: number): void
  /** Puts back what was there before `truncate` or `deny`. */
  repair(): void
  /** Nobody can open it any more, as without Full Disk Access, until `repair`. Connections that are open stay. */
  deny(): void
  /** Deletes it, its WAL too; an empty one comes with `replace`. */
  remove(): void
  close(): void
}

/** @param onEmpty is called when what was in it is gone for good */
export function createDatabase(path: string, onEmpty: () => void): MessagesDatabase {
  let database = open(path)
  database.exec(SCHEMA)
  let statements = new Map<string, StatementSync>()
  let repair: (() => void) | undefined

  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql)
    if (known) return known
    const statement = database.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  const close = () => {
    statements = new Map()
    if (database.isOpen) database.close()
  }
  const replaceBy = (copy: string) => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
    renameSync(copy, path)
  }
  const settle = () => {
    repair?.()
    repair = undefined
  }
  const backup = (): string => {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    const copy = `${path}.backup`
    copyFileSync(path, copy)
    return copy
  }

  return {
    path,
    transaction(work) {
      if (database.isTransaction) return work()
      database.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        database.exec('COMMIT')
        return result
      } catch (thrown) {
        database.exec('ROLLBACK')
        throw thrown
      }
    },
    insert(table, row) {
      const names = Object.keys(row)
      const places = '?, '.repeat(names.length).slice(0, -2)
      const statement = prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${places})`)
      return Number(statement.run(...Object.values(row)).lastInsertRowid)
    },
    run: (sql, ...values) => void prepare(sql).run(...values),
    all: (sql, ...values) => prepare(sql).all(...values),
    lock() {
      const copy = backup()
      close()
      let exclusive = lockFile(path)
      if (!exclusive) {
        replaceBy(copy)
        exclusive = lockFile(path)
      }
      rmSync(copy, { force: true })
      return () => {
        if (!exclusive?.isOpen) return
        exclusive.close()
        database = open(path)
      }
    },
    checkpoint: () => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'),
    replace({ isEmpty = !database.isOpen } = {}) {
      const copy = database.isOpen ? backup() : undefined
      close()
      if (copy !== undefined) replaceBy(copy)
      if (isEmpty) rmSync(path, { force: true })
      database = open(path)
      if (!isEmpty) return
      database.exec(SCHEMA)
      onEmpty()
    },
    truncate(bytes = 0) {
      settle()
      const copy = backup()
      close()
      const file = openSync(path, 'r+')
      ftruncateSync(file, bytes)
      closeSync(file)
      repair = () => {
        replaceBy(copy)
        database = open(path)
      }
    },
    repair: settle,
    deny() {
      settle()
      const hidden = `${path}.hidden`
      renameSync(path, hidden)
      // A link to itself can't be opened, even by root, whom no mode of a file stops.
      symlinkSync(path, path)
      repair = () => {
        rmSync(path)
        renameSync(hidden, path)
      }
    },
    remove() {
      close()
      for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
    },
    close,
  }
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path)
  // The foreign keys and the journal mode are the real ones; the rest saves time that a test would wait for the disk.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 2000')
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -65536')
  return database
}

/** @returns undefined where others are connected */
function lockFile(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return database
  } catch {
    database.close()
    return undefined
  }
}
