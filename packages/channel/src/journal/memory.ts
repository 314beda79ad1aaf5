/**
 * Small things that a part of a channel has to know again in the next process, such as how far it has read a source that
 * confirms nothing. Beside the events, in the one file that has a lock, is read out when it is damaged, and is taken over.
 *
 * The table is made at its first use, as that of the tasks is.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { damaged, isDamaged, isOtherDatabase, openDatabase } from './sqlite.ts'

export interface Memory {
  /** What was kept under that name, by this process or one before it; undefined where nothing was. @throws as {@link keep} */
  recall(name: string): Promise<unknown>
  /**
   * Resolves once it is stored, as durably as events are; it takes the place of what was kept before.
   * @param value JSON
   * @throws BackchannelError `journal-unavailable`, `not-registered` or `closed`
   */
  keep(name: string, value: unknown): Promise<void>
}

const MEMORY_TABLE = `
CREATE TABLE IF NOT EXISTS memory (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
`
/** Of two journals the value that was kept later counts; a clock that was set back must not make it look older. */
const KEEP = `
INSERT INTO memory (name, value, changed_at) VALUES (?1, ?2, ?3)
ON CONFLICT (name) DO UPDATE SET value = ?2, changed_at = max(?3, changed_at + 1)
`
const TAKE_OVER = `
INSERT INTO memory (name, value, changed_at) VALUES (?1, ?2, ?3)
ON CONFLICT (name) DO UPDATE SET value = ?2, changed_at = ?3 WHERE ?3 > changed_at
`

export interface MemoryOptions {
  readonly database: DatabaseSync
  now(): number
  /** Runs one write, whole or not at all, and resolves once it is as durable as configured. */
  write<Result>(work: () => Result): Promise<Result>
}

export function createMemory({ database, now, write }: MemoryOptions): Memory {
  const statements = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    if (statements.size === 0) database.exec(MEMORY_TABLE)
    const known = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, known)
    return known
  }
  return {
    recall: (name) =>
      write(() => {
        const row = prepare('SELECT value FROM memory WHERE name = ?').get(name) as { value: string } | undefined
        return row && parse(name, row.value)
      }),
    async keep(name, value) {
      await write(() => prepare(KEEP).run(name, JSON.stringify(value), now()))
    },
  }
}

/** Takes over what another journal kept, as far as it can be read; that journal is only read. */
export function copyMemory(from: string, into: DatabaseSync): void {
  const rows = readRows(from)
  if (rows.length === 0) return
  into.exec(MEMORY_TABLE)
  const insert = into.prepare(TAKE_OVER)
  for (const { name, value, changed_at } of rows) insert.run(name, value, changed_at)
}

interface Row {
  readonly name: string
  readonly value: string
  readonly changed_at: number
}

function readRows(file: string): readonly Row[] {
  const database = openDatabase(file, { readOnly: true })
  try {
    const rows = database.prepare('SELECT name, value, changed_at FROM memory').all() as unknown as Row[]
    return rows.filter(isWhole)
  } catch (thrown) {
    if (isDamaged(thrown) || isOtherDatabase(thrown)) return []
    throw thrown
  } finally {
    database.close()
  }
}

/** SQLite has no checksums: what was overwritten within a row comes back as if it belonged there. */
function isWhole({ name, value, changed_at }: Row): boolean {
  try {
    JSON.parse(value)
    return typeof name === 'string' && Number.isSafeInteger(changed_at)
  } catch {
    return false
  }
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw damaged(`what was kept as ${name} can't be read`, cause)
  }
}
