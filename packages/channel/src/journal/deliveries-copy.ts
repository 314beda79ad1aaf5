/**
 * Takes over which deliveries another journal has seen lately: their source may hand them out again to whoever goes on in
 * its place. Their contents are done with and stay behind.
 */
import type { DatabaseSync } from 'node:sqlite'
import { isDamaged, isOtherDatabase, openDatabase } from './sqlite.ts'

/** A source that was not told for longer than this gives its events to nobody who remembers them. */
const LATELY_MS = 24 * 60 * 60 * 1000
const MOST = 2_000

interface Row {
  readonly event_id: string
  readonly delivery_id: string
  readonly state: number
  readonly stored_at: number
  readonly closed_at: number
}

/** What can't be read is left out. @throws Error where `into` can't be written; nothing was then */
export function copyDeliveries(from: string, into: DatabaseSync, now: () => number): void {
  const rows = readRows(from, now() - LATELY_MS)
  if (rows.length === 0) return
  const insert = into.prepare(
    "INSERT OR IGNORE INTO events (event_id, delivery_id, content, meta, state, stored_at, changed_at, closed_at) VALUES (?1, ?2, '', '{}', ?3, ?4, ?5, ?5)",
  )
  into.exec('BEGIN IMMEDIATE')
  try {
    for (const row of rows) insert.run(row.event_id, row.delivery_id, row.state, row.stored_at, row.closed_at)
    into.exec('COMMIT')
  } catch (thrown) {
    if (into.isTransaction) into.exec('ROLLBACK')
    throw thrown
  }
}

function readRows(file: string, since: number): readonly Row[] {
  const database = openDatabase(file, { readOnly: true })
  try {
    const rows = database
      .prepare(
        'SELECT event_id, delivery_id, state, stored_at, closed_at FROM events WHERE closed_at > ? AND delivery_id IS NOT NULL ORDER BY seq DESC LIMIT ?',
      )
      .all(since, MOST) as unknown as Row[]
    return rows.reverse()
  } catch (thrown) {
    if (isDamaged(thrown) || isOtherDatabase(thrown)) return []
    throw thrown
  } finally {
    database.close()
  }
}
