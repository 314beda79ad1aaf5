/** `node:sqlite`, loaded when a journal is opened: a channel that keeps none pays nothing for it. */
import type { DatabaseSync } from 'node:sqlite'

/** Node 22 warns at the first load that SQLite is new; on a channel's stderr that would only worry people. */
export function openDatabase(path: string, options: { readonly readOnly?: boolean } = {}): DatabaseSync {
  const emitWarning = process.emitWarning
  process.emitWarning = () => {}
  try {
    const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite')
    return new Database(path, options)
  } finally {
    process.emitWarning = emitWarning
  }
}

/** The result code of SQLite behind an error, without its extended part; `undefined` for another error. */
export function sqliteCode(thrown: unknown): number | undefined {
  const code = (thrown as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

/** Whether an error says that the file's content can't be right. */
export function isDamaged(thrown: unknown): boolean {
  const code = sqliteCode(thrown)
  return code === SQLITE.corrupt || code === SQLITE.notADatabase
}

/** Whether it says that a table is missing, or in the way: the file is sound, and not what it should be. */
export function isOtherDatabase(thrown: unknown): boolean {
  return sqliteCode(thrown) === SQLITE.error
}

/** For content of which only we can tell that it is damaged. */
export function damaged(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { errcode: SQLITE.corrupt })
}

export const SQLITE = {
  error: 1,
  busy: 5,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const
