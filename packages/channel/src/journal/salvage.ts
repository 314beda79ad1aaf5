/** Reads the open events out of a damaged journal, as far as it can be read, into a new one. */
import type { DatabaseSync } from 'node:sqlite'
import { openDatabase } from './sqlite.ts'

const COLUMNS = 'event_id, delivery_id, content, meta, state, reason, stored_at, changed_at'

/** @returns how many were saved; reading stops at the first damage that is met. Never throws. */
export function salvage(damaged: string, into: DatabaseSync): number {
  let saved = 0
  try {
    const from = openDatabase(damaged)
    try {
      const insert = into.prepare(`INSERT OR IGNORE INTO events (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
      into.exec('BEGIN IMMEDIATE')
      // NOT INDEXED: an index may be what is damaged.
      for (const row of from.prepare(`SELECT ${COLUMNS} FROM events NOT INDEXED WHERE closed_at IS NULL`).iterate()) {
        insert.run(...(Object.values(row) as (string | number | null)[]))
        saved += 1
      }
    } finally {
      from.close()
    }
  } catch {
    // What was read before the damage is kept.
  }
  if (into.isTransaction) into.exec('COMMIT')
  return saved
}
