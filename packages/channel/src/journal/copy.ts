/** Copies events of another journal into this one, as far as that one can be read, around what is damaged in it. */
import type { DatabaseSync } from 'node:sqlite'
import { isRecord } from '@backchannel/protocol'
import { STATES } from './schema.ts'
import { isDamaged, isOtherDatabase, openDatabase } from './sqlite.ts'

const COLUMNS = 'event_id, delivery_id, content, meta, state, reason, stored_at, changed_at, closed_at'
const NAMES = COLUMNS.split(', ')

export interface Copied {
  readonly copied: number
  /** False where something could not be read. */
  readonly complete: boolean
}

/**
 * Everything or nothing: what can't be read is left out, what can't be written undoes it all. Events that are known
 * already are left alone. The other file is only read, so it stays as it was found.
 * @param which only the open ones, or the closed ones too, by which repeated deliveries are recognised
 * @throws Error where `into` can't be written, or `from` can't be read for another reason than damage
 */
export function copyEvents(from: string, into: DatabaseSync, which: 'open' | 'all'): Copied {
  const insert = into.prepare(`INSERT OR IGNORE INTO events (${COLUMNS}) VALUES (${NAMES.map(() => '?').join(', ')})`)
  const reading = { complete: true }
  let copied = 0
  into.exec('BEGIN IMMEDIATE')
  try {
    for (const row of readRows(from, which, reading)) copied += Number(insert.run(...row).changes)
    into.exec('COMMIT')
  } catch (thrown) {
    if (into.isTransaction) into.exec('ROLLBACK')
    throw thrown
  }
  return { copied, complete: reading.complete }
}

type Row = (string | number | null)[]

/** After this many numbers in a row that can't be read, the steps get longer: a whole file of damage ends in a moment. */
const SINGLE_STEPS = 1_000

function* readRows(file: string, which: 'open' | 'all', reading: { complete: boolean }): Iterable<Row> {
  const database = openDatabase(file, { readOnly: true })
  try {
    const last = tryToRead(
      () => (database.prepare('SELECT max(seq) AS last FROM events').get() as { last: number }).last,
    )
    // NOT INDEXED: an index may be what is damaged.
    const select = tryToRead(() =>
      database.prepare(
        `SELECT seq, ${COLUMNS} FROM events NOT INDEXED WHERE seq >= ? ${which === 'open' ? 'AND closed_at IS NULL' : ''} ORDER BY seq`,
      ),
    )
    reading.complete = last !== undefined && select !== undefined
    let from = Number.MIN_SAFE_INTEGER
    let failures = 0
    while (select !== undefined) {
      try {
        for (const row of select.iterate(from)) {
          from = Number(row['seq']) + 1
          failures = 0
          if (isWhole(row)) yield NAMES.map((name) => row[name] as string | number | null)
          else reading.complete = false
        }
        return
      } catch (thrown) {
        if (!isDamaged(thrown)) throw thrown
        reading.complete = false
        failures += 1
        from = Math.max(from, 0) + Math.max(1, failures - SINGLE_STEPS)
        if (last === undefined || from > last) return
      }
    }
  } finally {
    database.close()
  }
}

function tryToRead<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch (thrown) {
    if (isDamaged(thrown) || isOtherDatabase(thrown)) return undefined
    throw thrown
  }
}

/** SQLite has no checksums: bytes that were overwritten within a row come back as if they belonged there. */
function isWhole(row: Readonly<Record<string, unknown>>): boolean {
  const text = (name: string) => typeof row[name] === 'string'
  const time = (name: string) => Number.isSafeInteger(row[name])
  const orNull = (name: string, is: (name: string) => boolean) => row[name] === null || is(name)
  return (
    ['event_id', 'content'].every(text) &&
    ['delivery_id', 'reason'].every((name) => orNull(name, text)) &&
    ['stored_at', 'changed_at'].every(time) &&
    orNull('closed_at', time) &&
    STATES[row['state'] as number] !== undefined &&
    isMeta(row['meta'])
  )
}

function isMeta(text: unknown): boolean {
  try {
    const meta: unknown = typeof text === 'string' ? JSON.parse(text) : undefined
    return isRecord(meta) && Object.values(meta).every((value) => typeof value === 'string')
  } catch {
    return false
  }
}
