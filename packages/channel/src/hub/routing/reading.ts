/**
 * The journal, as the hub reads it: what is stored is placed in its order, and goes out while sessions have room for it. What
 * the one session of a hub gets need not be read back.
 */
import { toError } from '@backchannel/protocol'
import type { Delivery } from '../../events/delivery.ts'
import type { Journal } from '../../journal/journal.ts'
import type { StoredEvent } from '../../journal/store.ts'
import { type Entry, insertInOrder, toEntry } from './entry.ts'
import type { Placing } from './placing.ts'
import type { Place } from './router.ts'
import { roomOf, type Seat, type Seats, type SessionPort } from './seats.ts'

/** Events known here at a time; the journal has the others. */
const MOST_KNOWN = 50_000
const SCAN_EVENTS = 256
/** Read back from the journal for a session at a time: each may be of the largest size. */
const BATCH_EVENTS = 64
const RETRY_MS = 1_000

export interface ReadingPorts {
  readonly seats: Seats
  readonly placing: Placing
  wanted?(meta: StoredEvent['meta']): string | undefined
  /** Somebody wrote there. */
  noteSeen(place: Place): void
  /** Whether a session has it already, and then it is that one's. */
  isClaimed(entry: Entry): boolean
  warn(message: string): void
}

export interface Reading extends Pick<Delivery, 'claim' | 'offer' | 'start' | 'look' | 'pause'> {
  readonly journal: Journal | undefined
  isKnown(eventId: string): boolean
  /** Its number in this journal; unknown of one that is in hand since an earlier journal. */
  numberOf(entry: Entry): number | undefined
  /** It is done with. */
  forget(eventId: string): void
  /** Soon: what is new is placed, and whoever has room gets what is theirs. */
  schedule(): void
  close(): void
}

export function createReading({ seats, placing, ...ports }: ReadingPorts): Reading {
  const known = new Set<string>()
  /** In hand since an earlier journal, in which they had other numbers. */
  const renumbered = new Set<string>()
  let journal: Journal | undefined
  let cursor = 0
  /** Everything that is in the journal was looked at. */
  let caughtUp = false
  let failing = false
  let retry: NodeJS.Timeout | undefined
  let scheduled: NodeJS.Immediate | undefined

  const forget = (eventId: string) => {
    known.delete(eventId)
    renumbered.delete(eventId)
    placing.forget(eventId)
  }
  const note = (event: StoredEvent): Entry => {
    cursor = event.seq
    known.add(event.eventId)
    const entry = toEntry(event, ports.wanted)
    ports.noteSeen(entry.place)
    return entry
  }
  /** With one session there is nothing to find behind what it has no room for: the journal keeps it. */
  const isFull = () => {
    const [seat, second] = seats.all()
    return seat !== undefined && !second && roomOf(seat) <= 0
  }
  const scan = (opened: Journal) => {
    while (!caughtUp && known.size < MOST_KNOWN && !isFull()) {
      const events = opened.look(cursor, SCAN_EVENTS)
      for (const event of events) {
        if (known.has(event.eventId)) cursor = event.seq
        else {
          const entry = note(event)
          if (!ports.isClaimed(entry)) placing.place(entry)
        }
      }
      caughtUp = events.length < SCAN_EVENTS
    }
  }
  /** The one session, where nothing is in the way of an event to it: then it need not be read back from the journal. */
  const alone = (): Seat | undefined => {
    const [seat, second] = seats.all()
    if (!caughtUp || !seat?.port?.writable || second || seat.expected) return undefined
    return seat.queue.length > 0 || !placing.isEmpty() || journal === undefined ? undefined : seat
  }
  const hand = (seat: Seat, port: SessionPort, entry: Entry, event: StoredEvent, redelivered: boolean) => {
    seat.unfinished.set(entry.eventId, entry)
    const { eventId, content, meta } = event
    port.offer({ eventId, content, meta, redelivered })
  }
  const inGroup = (port: SessionPort | undefined, work: () => void) => (port?.group ? port.group(work) : work())
  const handOut = (opened: Journal) => {
    const picked = seats.all().flatMap((seat) => {
      const { port, queue } = seat
      if (!port?.writable) return []
      const count = Math.min(BATCH_EVENTS, Math.max(0, roomOf(seat) + queue.length))
      return queue.splice(0, count).map((entry) => ({ seat, port, entry }))
    })
    if (picked.length === 0) return
    let events: ReadonlyMap<string, StoredEvent>
    try {
      events = opened.take(picked.map(({ entry }) => entry.eventId))
    } catch (thrown) {
      for (const { seat, entry } of picked) insertInOrder(seat.queue, entry)
      throw thrown
    }
    for (const [port, its] of Map.groupBy(picked, (one) => one.port)) {
      inGroup(port, () => {
        for (const { seat, entry } of its) {
          const event = events.get(entry.eventId)
          if (!event) forget(entry.eventId)
          else hand(seat, port, entry, event, event.state !== 'stored')
        }
      })
    }
    // The rest once the pipe has shown whether it takes more.
    if (picked.length >= BATCH_EVENTS) schedule()
  }
  const pump = () => {
    scheduled = undefined
    if (journal === undefined) return
    try {
      scan(journal)
      handOut(journal)
      failing = false
    } catch (thrown) {
      if (!failing) ports.warn(`the journal can't be used just now: ${toError(thrown).message}`)
      failing = true
      retry ??= setTimeout(() => {
        retry = undefined
        pump()
      }, RETRY_MS).unref()
    }
  }
  const schedule = () => {
    scheduled ??= setImmediate(pump)
  }
  return {
    get journal() {
      return journal
    },
    isKnown: (eventId) => known.has(eventId),
    numberOf: ({ eventId, seq }) => (renumbered.has(eventId) ? undefined : seq),
    forget,
    schedule,
    claim(count) {
      const seat = alone()
      const free = seat ? Math.min(count, Math.max(0, roomOf(seat))) : 0
      if (free < count) {
        caughtUp = false
        schedule()
      }
      return free
    },
    offer(events) {
      const [seat] = seats.all()
      inGroup(seat?.port, () => {
        for (const event of events) {
          const entry = note(event)
          placing.place(entry)
          // Almost always: only an answer, or a topic, of a session that is gone is for another one.
          if (seat?.port && seat.queue.at(-1) === entry) {
            seat.queue.pop()
            hand(seat, seat.port, entry, event, false)
          }
        }
      })
    },
    start(opened) {
      // A journal that was replaced counts anew; what sessions have in hand they still have.
      journal = opened
      cursor = 0
      caughtUp = false
      for (const { queue } of seats.all()) queue.length = 0
      placing.clear()
      known.clear()
      renumbered.clear()
      for (const eventId of seats.all().flatMap(({ unfinished }) => [...unfinished.keys()])) {
        known.add(eventId)
        renumbered.add(eventId)
      }
      // Once those are there that come in the same moment.
      schedule()
    },
    look() {
      caughtUp = false
      schedule()
    },
    pause() {
      clearTimeout(retry)
      retry = undefined
      journal = undefined
    },
    close() {
      clearTimeout(retry)
      clearImmediate(scheduled)
      journal = undefined
    },
  }
}
