/** Copies the open events of another journal into this one, as far as that one can be read. */
import type { DatabaseSync } from 'node:sqlite'
import { openDatabase } from './sqlite.ts'

const COLUMNS = 'event_id, delivery_id, content, meta, state, reason, stored_at, changed_at'

export interface Copied {
  readonly copied: number
  /** False where reading stopped at damage. */
  readonly complete: boolean
}

/** Never throws for damage in `from`; what was read before it is kept. Events that are known already are left alone. */
export function copyOpenEvents(from: string, into: DatabaseSync): Copied {
  const insert = into.prepare(`INSERT OR IGNORE INTO events (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
  let copied = 0
  let complete = true
  into.exec('BEGIN IMMEDIATE')
  try {
    for (const row of readOpenRows(from)) copied += Number(insert.run(...row).changes)
  } catch {
    complete = false
  }
  into.exec('COMMIT')
  return { copied, complete }
}

function* readOpenRows(file: string): Iterable<(string | number | null)[]> {
  const database = openDatabase(file)
  try {
    // NOT INDEXED: an index may be what is damaged.
    const rows = database.prepare(`SELECT ${COLUMNS} FROM events NOT INDEXED WHERE closed_at IS NULL ORDER BY seq`)
    for (const row of rows.iterate()) yield Object.values(row) as (string | number | null)[]
  } finally {
    database.close()
  }
}
