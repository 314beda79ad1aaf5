/** The statements of a journal, each prepared once; everything here is synchronous and inside somebody's transaction. */
import type { DatabaseSync } from 'node:sqlite'
import { type EventState, STATES, stateNumber } from './schema.ts'
import { damaged } from './sqlite.ts'
import { STATEMENTS, type StatementName } from './statements.ts'

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
  /** Closes every open event from one number to another, both included, as read. */
  read(from: number, to: number): void
  /** Notes that something happened just now, for the doctor. */
  fact(name: string): void
  openAfter(seq: number, limit: number): readonly StoredEvent[]
  openCount(): number
  openCountAfter(seq: number): number
  /** The events after one and up to another that nothing more than `read` is known of, as a stock host leaves them. */
  sentBetween(after: number, upTo: number, limit: number): readonly StoredEvent[]
  sentCount(after: number, upTo: number): number
  find(eventId: string): StoredEvent | undefined
  /** The same, unless something became of it already. */
  findOpen(eventId: string): StoredEvent | undefined
  /** The event that keeps this one from being stored, if it is known already. */
  known(event: NewEvent): StoredEvent | undefined
  /** Counts the open ones anew, after events were copied in. */
  recount(): void
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
  closed_at: number | null
}

export function createStore(database: DatabaseSync, now: () => number): Store {
  const prepare = (name: StatementName) => database.prepare(STATEMENTS[name])
  const insert = prepare('insert')
  const byDelivery = prepare('byDelivery')
  const byId = prepare('byId')
  const update = prepare('update')
  const read = prepare('read')
  const fact = prepare('fact')
  const openAfter = prepare('openAfter')
  const openCount = prepare('openCount')
  const bounds = prepare('bounds')
  const remove = prepare('remove')
  const begin = prepare('begin')
  const commit = prepare('commit')
  let sweptTo = 0
  let roundTo = 0
  /** The one that keeps a new event from being stored. */
  const findKnown = ({ eventId, deliveryId }: NewEvent): Row | undefined => {
    const row = deliveryId === undefined ? undefined : byDelivery.get(deliveryId)
    return (row ?? byId.get(eventId)) as Row | undefined
  }
  const countOpen = () => (openCount.get() as { count: number }).count
  let open = countOpen()

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
      if (changes === 0) return { stored: toEvent(findKnown(event) as Row), duplicate: true }
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
    read(from, to) {
      open -= Number(read.run(from, to, stateNumber('read'), now()).changes)
    },
    fact: (name) => void fact.run(name, now()),
    openAfter: (seq, limit) => (openAfter.all(seq, limit) as unknown as Row[]).map(toEvent),
    openCount: () => open,
    // Asked by a person now and then: a channel that starts does not prepare them.
    openCountAfter: (seq) => (prepare('openCountAfter').get(seq) as { count: number }).count,
    sentBetween: (after, upTo, limit) =>
      (prepare('sentBetween').all(after, upTo, limit) as unknown as Row[]).map(toEvent),
    sentCount: (after, upTo) => (prepare('sentCount').get(after, upTo) as { count: number }).count,
    find(eventId) {
      const row = byId.get(eventId) as Row | undefined
      return row && toEvent(row)
    },
    findOpen(eventId) {
      const row = byId.get(eventId) as Row | undefined
      return row && row.closed_at === null ? toEvent(row) : undefined
    },
    known(event) {
      const row = findKnown(event)
      return row && toEvent(row)
    },
    recount() {
      open = countOpen()
    },
    deleteClosed(keep, limit) {
      const { first, last } = bounds.get(sweptTo) as { first: number | null; last: number | null }
      // The end of a round is that of its beginning: events that keep coming must not keep it from the next one.
      if (sweptTo === 0) roundTo = (last ?? 0) - keep
      if (first === null || first > roundTo) {
        // The next round begins with the oldest again: what was open then may be closed now.
        sweptTo = 0
        return false
      }
      sweptTo = Math.min(roundTo, first + limit - 1)
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
    meta: parseMeta(row),
    state: STATES[row.state] ?? 'stored',
    reason: row.reason ?? undefined,
    storedAt: row.stored_at,
    changedAt: row.changed_at,
  }
}

/** @throws Error of a damaged database: SQLite can't tell that bytes within a row are wrong. */
function parseMeta({ seq, meta }: Row): Record<string, string> {
  try {
    return JSON.parse(meta) as Record<string, string>
  } catch (cause) {
    throw damaged(`event number ${seq} can't be read`, cause)
  }
}
