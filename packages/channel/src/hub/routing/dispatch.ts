/**
 * Events of one journal on their way to several sessions: each to one of them, in the order in which they were stored, never
 * more than a window of a session unfinished; what a session leaves goes to another, labelled.
 */
import type { Delivery } from '../../events/delivery.ts'
import { isAlive } from '../../journal/owner.ts'
import type { StoredEvent } from '../../journal/store.ts'
import type { Outcome } from '../session-end.ts'
import { createClaims } from './claims.ts'
import { type Entry, insertInOrder } from './entry.ts'
import { createPlacing, type PlacingPorts } from './placing.ts'
import { createReading } from './reading.ts'
import { type Belongings, createSeats, type Seat, type SessionInfo, type SessionPort } from './seats.ts'

/** A session whose channel was killed comes back within this time, or is gone. */
const BACK_MS = 3_000

export interface DispatchPorts extends PlacingPorts {
  readonly memory: PlacingPorts['memory'] & { noteSeen(chat: string): void }
  wanted?(meta: StoredEvent['meta']): string | undefined
  warn(message: string): void
  /** What the host of a session says of an event. */
  outcome(outcome: Outcome): void
  /** Somebody came or left. */
  changed(): void
  /** A session has ended. */
  left(name: string): void
  readonly backMs?: number
}

export interface Dispatch extends Delivery {
  /** @returns the name that the session has from now on */
  attach(info: SessionInfo, port: SessionPort, has: Belongings): string
  /** `ended`: what it had goes to others at once; `lost`: it may come back. */
  leave(id: string, port: SessionPort, how: 'ended' | 'lost'): void
  /** Sessions that the holder before had: what was offered waits until they have said what they have. */
  expect(sessions: readonly SessionInfo[]): void
  outcome(sessionId: string, outcome: Outcome): void
  /** Whether the host of a session lets events in, which may change; while it does not, others get what it has not begun. */
  takes(sessionId: string, takes: boolean): void
  /** What is remembered of chats has changed. */
  reroute(): void
  pump(): void
  sessions(): readonly Seat[]
  /** Those that events can go to. */
  taking(): readonly Seat[]
  /** Events that wait for a session, of one chat or of all. */
  waiting(chat?: string): number
  close(): void
}

export function createDispatch(ports: DispatchPorts): Dispatch {
  const { memory, backMs = BACK_MS } = ports
  const seats = createSeats()
  const placing = createPlacing(seats, ports)
  const claims = createClaims()
  const reading = createReading({
    seats,
    placing,
    ...(ports.wanted ? { wanted: ports.wanted } : {}),
    noteSeen(place) {
      for (const chat of [place.chat, place.parent]) if (chat !== undefined) memory.noteSeen(chat)
    },
    isClaimed(entry) {
      const claim = claims.take(entry.eventId)
      const seat = claim && seats.get(claim.sessionId)
      seat?.unfinished.set(entry.eventId, entry)
      if (seat) outcome(seat, claim.outcome)
      return seat !== undefined
    },
    warn: ports.warn,
  })
  const { schedule } = reading

  const outcome = (seat: Seat, one: Outcome) => {
    const { eventId, state, reason } = one
    if (!reading.isKnown(eventId)) return
    if (state === 'queued') reading.journal?.mark(eventId, 'read')
    else if (state === 'started') reading.journal?.mark(eventId, 'started')
    else if (state === 'failed' && reason === 'session-ended') return
    else if (isForOthers(seat, one)) return giveBack(seat, eventId)
    else {
      const entry = state === 'read' ? seat.unfinished.get(eventId) : undefined
      const seq = entry && reading.numberOf(entry)
      if (seq !== undefined) reading.journal?.read(seq)
      else reading.journal?.mark(eventId, state, { close: true, ...(reason === undefined ? {} : { reason }) })
      // Wherever it is: it is done with.
      if (!seat.unfinished.delete(eventId)) {
        placing.remove(new Set([eventId]))
        for (const { unfinished } of seats.all()) unfinished.delete(eventId)
      }
      reading.forget(eventId)
      schedule()
    }
    ports.outcome(one)
  }
  /** A host that lets no events in any more says so of those that waited there. */
  const isForOthers = (seat: Seat, { state, reason }: Outcome) =>
    state === 'dropped' && reason === 'not-registered' && !seats.taking().includes(seat)
  const giveBack = (seat: Seat, eventId: string) => {
    const entry = seat.unfinished.get(eventId)
    seat.unfinished.delete(eventId)
    if (entry) placing.place(entry)
    schedule()
  }
  const claimBelongings = (seat: Seat, { unfinished, finished }: Belongings) => {
    for (const one of [...finished, ...unfinished]) if (!reading.isKnown(one.eventId)) claims.note(seat.id, one)
    for (const one of finished) outcome(seat, one)
    const has = new Set(unfinished.map(({ eventId }) => eventId))
    for (const entry of placing.remove(has)) seat.unfinished.set(entry.eventId, entry)
    for (const one of unfinished) outcome(seat, one)
    // What was offered to it and did not arrive, or was forgotten by a channel that was started again.
    const missing = [...seat.unfinished.values()].filter(({ eventId }) => !has.has(eventId))
    for (const entry of missing) {
      seat.unfinished.delete(entry.eventId)
      insertInOrder(seat.queue, entry)
    }
  }
  /** Takes the seat away. @returns what it leaves */
  const empty = (seat: Seat): readonly Entry[] => {
    seats.remove(seat.id)
    claims.forget(seat.id)
    for (const eventId of seat.unfinished.keys()) ports.outcome({ eventId, state: 'failed', reason: 'session-ended' })
    return [...seat.unfinished.values(), ...seat.queue]
  }
  const end = (seat: Seat) => {
    placing.placeAll(empty(seat))
    placing.settle()
    schedule()
    ports.changed()
    ports.left(seat.name)
  }
  const expectBack = (seat: Seat) => {
    clearTimeout(seat.timer)
    seat.timer = setTimeout(() => end(seat), backMs).unref()
  }

  return {
    claim: reading.claim,
    offer: reading.offer,
    start: reading.start,
    look: reading.look,
    pause: reading.pause,
    settle() {},
    answered() {},
    sent: () => ({ events: [], left: 0 }),
    attach(info, port, has) {
      const before = seats.get(info.id)
      if (before) clearTimeout(before.timer)
      // One that was killed and is started anew is the same one, for everybody but the system.
      const left = before ? undefined : seats.named(info.name)
      const inherited = left && left.port === undefined && !isAlive(left.pid) ? empty(left) : []
      const seat = before ?? seats.add(info, port)
      seat.port = port
      const isNews = before === undefined || (has.takes && !seat.takes)
      seat.expected = false
      seat.takes = has.takes
      claimBelongings(seat, has)
      if (!seat.takes) placing.placeAll(seat.queue.splice(0))
      placing.placeAll(inherited)
      placing.arrived(isNews)
      schedule()
      ports.changed()
      return seat.name
    },
    leave(id, port, how) {
      const seat = seats.get(id)
      // Another connection of the same session may be there already.
      if (!seat || seat.port !== port) return
      seat.port = undefined
      if (how === 'ended') return end(seat)
      expectBack(seat)
      ports.changed()
    },
    expect(sessions) {
      for (const info of sessions) {
        if (seats.get(info.id) === undefined) expectBack(seats.add(info, undefined, true))
      }
    },
    outcome(sessionId, one) {
      const seat = seats.get(sessionId)
      if (seat) outcome(seat, one)
    },
    takes(sessionId, takes) {
      const seat = seats.get(sessionId)
      if (!seat || seat.takes === takes) return
      seat.takes = takes
      if (!takes) placing.placeAll(seat.queue.splice(0))
      placing.arrived(takes)
      schedule()
      ports.changed()
    },
    reroute() {
      placing.reroute()
      schedule()
    },
    pump: schedule,
    sessions: () => seats.all(),
    taking: seats.taking,
    waiting: (chat) => placing.waiting(chat),
    close() {
      reading.close()
      for (const { timer } of seats.all()) clearTimeout(timer)
    },
  }
}
