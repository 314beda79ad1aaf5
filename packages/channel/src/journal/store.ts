/** The statements of a journal, each prepared once; everything here is synchronous and inside somebody's transaction. */
import type { DatabaseSync } from 'node:sqlite'
import { type EventState, STATES, stateNumber } from './schema.ts'

export interface NewEvent {
  readonly eventId: string
  /** The source's own id of this delivery: the same one again is the same event. */
  readonly deliveryId?: string
  readonly content: string
  readonly meta: Readonly<Record<string, string>>
}

export interface StoredEvent extends NewEvent {
  readonly seq: number
  readonly state: EventState
  readonly reason: string | undefined
  /** Milliseconds since 1970. */
  readonly storedAt: number
  readonly changedAt: number
}

export interface Appended {
  /** The event as it is stored; of a duplicate, the first one. */
  readonly stored: StoredEvent
  readonly duplicate: boolean
}

export interface Store {
  /** Runs `work` in one write transaction; everything or nothing. */
  transaction<Result>(work: () => Result): Result
  insert(event: NewEvent, state: 'stored' | 'offered'): Appended
  /** Only ever forward; a closed event stays as it is. */
  mark(eventId: string, state: EventState, reason: string | undefined, close: boolean): void
  /** Notes that something happened just now, for the doctor. */
  fact(name: string): void
  openAfter(seq: number, limit: number): readonly StoredEvent[]
  openCount(): number
  find(eventId: string): StoredEvent | undefined
  /** The newest events of a state, for the doctor. */
  newest(state: EventState, limit: number): readonly StoredEvent[]
  /** How many events are in each state. */
  counts(): ReadonlyMap<EventState, number>
  /**
   * Deletes closed events beyond the newest `keep`, as far as they are among the next `limit` numbers; goes through all
   * of them from the oldest on, call by call. @returns whether there is more to look at now
   */
  deleteClosed(keep: number, limit: number): boolean
  close(): void
}

interface Row {
  seq: number
  event_id: string
  delivery_id: string | null
  content: string
  meta: string
  state: number
  reason: string | null
  stored_at: number
  changed_at: number
}

export function createStore(database: DatabaseSync, now: () => number): Store {
  const insert = database.prepare(
    'INSERT INTO events (event_id, delivery_id, content, meta, state, stored_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const byDelivery = database.prepare('SELECT * FROM events WHERE delivery_id = ?')
  const byId = database.prepare('SELECT * FROM events WHERE event_id = ?')
  const update = database.prepare(
    'UPDATE events SET state = ?1, reason = ?2, changed_at = ?3, closed_at = CASE WHEN ?4 THEN ?3 END WHERE event_id = ?5 AND closed_at IS NULL AND (state < ?1 OR ?4)',
  )
  const fact = database.prepare('INSERT INTO facts VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET at = ?2')
  const openAfter = database.prepare('SELECT * FROM events WHERE closed_at IS NULL AND seq > ? ORDER BY seq LIMIT ?')
  const counted = database.prepare('SELECT count(*) AS count FROM events WHERE closed_at IS NULL')
  const newest = database.prepare('SELECT * FROM events WHERE state = ? ORDER BY seq DESC LIMIT ?')
  const counts = database.prepare('SELECT state, count(*) AS count FROM events GROUP BY state')
  const bounds = database.prepare(
    'SELECT (SELECT seq FROM events WHERE seq > ? ORDER BY seq LIMIT 1) AS first, (SELECT max(seq) FROM events) AS last',
  )
  const remove = database.prepare('DELETE FROM events WHERE seq BETWEEN ? AND ? AND closed_at IS NOT NULL')
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  let sweptTo = 0
  /** The one that keeps a new event from being stored. */
  const findKnown = ({ eventId, deliveryId }: NewEvent): Row => {
    const row = deliveryId === undefined ? undefined : byDelivery.get(deliveryId)
    return (row ?? byId.get(eventId)) as unknown as Row
  }
  let open = (counted.get() as { count: number }).count

  return {
    transaction(work) {
      const before = open
      begin.run()
      try {
        const result = work()
        commit.run()
        return result
      } catch (thrown) {
        open = before
        if (database.isTransaction) database.exec('ROLLBACK')
        throw thrown
      }
    },
    insert(event, state) {
      const { eventId, deliveryId, content, meta } = event
      const time = now()
      const { changes, lastInsertRowid } = insert.run(
        eventId,
        deliveryId ?? null,
        content,
        JSON.stringify(meta),
        stateNumber(state),
        time,
        time,
      )
      if (changes === 0) return { stored: toEvent(findKnown(event)), duplicate: true }
      open += 1
      const stored = {
        ...event,
        seq: Number(lastInsertRowid),
        state,
        reason: undefined,
        storedAt: time,
        changedAt: time,
      }
      return { stored, duplicate: false }
    },
    mark(eventId, state, reason, close) {
      const { changes } = update.run(stateNumber(state), reason ?? null, now(), close ? 1 : 0, eventId)
      if (close) open -= Number(changes)
    },
    fact: (name) => void fact.run(name, now()),
    openAfter: (seq, limit) => (openAfter.all(seq, limit) as unknown as Row[]).map(toEvent),
    openCount: () => open,
    find(eventId) {
      const row = byId.get(eventId) as Row | undefined
      return row && toEvent(row)
    },
    newest: (state, limit) => (newest.all(stateNumber(state), limit) as unknown as Row[]).map(toEvent),
    counts() {
      const rows = counts.all() as { state: number; count: number }[]
      return new Map(rows.map(({ state, count }) => [STATES[state] ?? 'stored', count]))
    },
    deleteClosed(keep, limit) {
      const { first, last } = bounds.get(sweptTo) as { first: number | null; last: number | null }
      const newest = (last ?? 0) - keep
      if (first === null || first > newest) {
        // The next round begins with the oldest again: what was open then may be closed now.
        sweptTo = 0
        return false
      }
      sweptTo = Math.min(newest, first + limit - 1)
      remove.run(first, sweptTo)
      return true
    },
    close: () => database.close(),
  }
}

function toEvent(row: Row): StoredEvent {
  return {
    seq: row.seq,
    eventId: row.event_id,
    ...(row.delivery_id === null ? {} : { deliveryId: row.delivery_id }),
    content: row.content,
    meta: JSON.parse(row.meta) as Record<string, string>,
    state: STATES[row.state] ?? 'stored',
    reason: row.reason ?? undefined,
    storedAt: row.stored_at,
    changedAt: row.changed_at,
  }
}
