/**
 * Events of one journal on their way to several sessions: each to one of them, in the order in which they were stored, never
 * more than a window of a session unfinished; what a session leaves goes to another, labelled.
 */
import { toError } from '@backchannel/protocol'
import type { Delivery } from '../../events/delivery.ts'
import { WINDOW_EVENTS } from '../../events/event-line.ts'
import type { Journal } from '../../journal/journal.ts'
import { isAlive } from '../../journal/owner.ts'
import type { StoredEvent } from '../../journal/store.ts'
import type { Outcome } from '../session-end.ts'
import { createClaims } from './claims.ts'
import { type Entry, insertInOrder, toEntry } from './entry.ts'
import { type Memory, type Place, route, type Target } from './router.ts'
import { type Belongings, createSeats, type Seat, type SessionInfo, type SessionPort } from './seats.ts'

/** Events known here at a time; the journal has the others. */
const MOST_KNOWN = 50_000
const SCAN_EVENTS = 256
/** A session whose channel was killed comes back within this time, or is gone. */
const BACK_MS = 3_000
const RETRY_MS = 1_000

export interface DispatchPorts {
  readonly memory: Memory & { setCurrent(chat: string, name: string): void; noteSeen(chat: string): void }
  wanted?(meta: StoredEvent['meta']): string | undefined
  warn(message: string): void
  /** What the host of a session says of an event. */
  outcome(outcome: Outcome): void
  /** An event waits, and did not for this reason before; `fresh` where somebody wrote it just now. */
  waits(place: Place, target: Extract<Target, { kind: 'wait' }>, fresh: boolean): void
  /** A chat has another session, since its own is gone. */
  moved(chat: string, from: string, to: string): void
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
  /** What is remembered of chats has changed. */
  reroute(): void
  pump(): void
  sessions(): readonly Seat[]
  /** Events that wait for a session, of one chat or of all. */
  waiting(chat?: string): number
  close(): void
}

export function createDispatch(ports: DispatchPorts): Dispatch {
  const { memory, backMs = BACK_MS } = ports
  const seats = createSeats()
  const known = new Set<string>()
  const waiting: Entry[] = []
  const reasons = new Map<string, string>()
  /** While sessions are expected: nobody knows which of them has what. */
  const doubt: Entry[] = []
  const claims = createClaims()
  const startedAt = Date.now()
  let journal: Journal | undefined
  let cursor = 0
  /** Everything that is in the journal was looked at. */
  let caughtUp = false
  let failing = false
  let retry: NodeJS.Timeout | undefined
  let scheduled: NodeJS.Immediate | undefined

  const isExpecting = () => seats.all().some(({ expected }) => expected)
  const forget = ({ eventId }: Entry) => {
    known.delete(eventId)
    reasons.delete(eventId)
  }
  /** An entry that no session has goes where it belongs now. */
  const place = (entry: Entry) => {
    if (isExpecting()) return insertInOrder(doubt, entry)
    const target = route(entry.place, seats.all(), memory)
    const { chat } = entry.place
    if (target.kind === 'wait') {
      insertInOrder(waiting, entry)
      const reason = `${target.why} ${target.name ?? ''}`
      if (reasons.get(entry.eventId) === reason) return
      reasons.set(entry.eventId, reason)
      return ports.waits(entry.place, target, entry.storedAt >= startedAt)
    }
    reasons.delete(entry.eventId)
    if (target.because === 'only' && chat !== undefined) {
      const before = memory.current(chat)
      memory.setCurrent(chat, target.name)
      if (before !== undefined) ports.moved(chat, before, target.name)
    }
    insertInOrder((seats.named(target.name) as Seat).queue, entry)
  }
  const placeAll = (entries: readonly Entry[]) => {
    for (const entry of [...entries].sort((one, other) => one.seq - other.seq)) place(entry)
    schedule()
  }
  const settleDoubt = () => {
    if (!isExpecting()) placeAll(doubt.splice(0))
  }
  /** With one session there is nothing to find behind what it has no room for: the journal keeps it. */
  const isFull = () => {
    const [seat, second] = seats.all()
    return seat !== undefined && !second && seat.queue.length + seat.unfinished.size >= WINDOW_EVENTS
  }
  const isClaimed = (entry: Entry): boolean => {
    const claim = claims.take(entry.eventId)
    const seat = claim && seats.get(claim.sessionId)
    seat?.unfinished.set(entry.eventId, entry)
    if (seat) outcome(seat, claim.outcome)
    return seat !== undefined
  }
  const scan = (opened: Journal) => {
    while (known.size < MOST_KNOWN && !isFull()) {
      const events = opened.look(cursor, SCAN_EVENTS)
      for (const event of events) {
        cursor = event.seq
        if (known.has(event.eventId)) continue
        known.add(event.eventId)
        const entry = toEntry(event, ports.wanted)
        if (entry.place.chat !== undefined) memory.noteSeen(entry.place.chat)
        if (!isClaimed(entry)) place(entry)
      }
      caughtUp = events.length < SCAN_EVENTS
      if (caughtUp) return
    }
  }
  /** The one session, where nothing is in the way of an event to it: then it need not be read back from the journal. */
  const alone = (): { readonly seat: Seat; readonly port: SessionPort } | undefined => {
    const [seat, second] = seats.all()
    if (!caughtUp || !seat?.port?.writable || second || seat.expected || seat.queue.length > 0) return undefined
    return waiting.length + doubt.length > 0 || journal === undefined ? undefined : { seat, port: seat.port }
  }
  const hand = (seat: Seat, port: SessionPort, entry: Entry, event: StoredEvent, redelivered: boolean) => {
    seat.unfinished.set(entry.eventId, entry)
    const { eventId, content, meta } = event
    port.offer({ eventId, content, meta, redelivered })
  }
  const offer = (opened: Journal) => {
    const picked = seats.all().flatMap((seat) => {
      const { port, queue, unfinished } = seat
      if (!port?.writable) return []
      return queue.splice(0, WINDOW_EVENTS - unfinished.size).map((entry) => ({ seat, port, entry }))
    })
    if (picked.length === 0) return
    let events: ReadonlyMap<string, StoredEvent>
    try {
      events = opened.take(picked.map(({ entry }) => entry.eventId))
    } catch (thrown) {
      for (const { seat, entry } of picked) insertInOrder(seat.queue, entry)
      throw thrown
    }
    for (const { seat, port, entry } of picked) {
      const event = events.get(entry.eventId)
      if (!event) forget(entry)
      else hand(seat, port, entry, event, event.state !== 'stored')
    }
  }
  const pump = () => {
    scheduled = undefined
    if (journal === undefined) return
    try {
      scan(journal)
      offer(journal)
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
  /** Wherever it is: it is done with. */
  const close = (eventId: string) => {
    for (const list of [waiting, doubt, ...seats.all().map(({ queue }) => queue)]) {
      const at = list.findIndex((entry) => entry.eventId === eventId)
      if (at !== -1) list.splice(at, 1)
    }
    for (const { unfinished } of seats.all()) unfinished.delete(eventId)
    known.delete(eventId)
    reasons.delete(eventId)
  }
  const outcome = (seat: Seat, one: Outcome) => {
    const { eventId, state, reason } = one
    const why = reason === undefined ? {} : { reason }
    if (!known.has(eventId)) return
    if (state === 'queued') journal?.mark(eventId, 'read')
    else if (state === 'started') journal?.mark(eventId, 'started')
    else if (state === 'failed' && reason === 'session-ended') return
    else {
      journal?.mark(eventId, state, { close: true, ...why })
      if (seat.unfinished.delete(eventId)) forget({ eventId } as Entry)
      else close(eventId)
      schedule()
    }
    ports.outcome(one)
  }
  const claimBelongings = (seat: Seat, { unfinished, finished }: Belongings) => {
    for (const one of [...finished, ...unfinished]) if (!known.has(one.eventId)) claims.note(seat.id, one)
    for (const one of finished) outcome(seat, one)
    const has = new Set(unfinished.map(({ eventId }) => eventId))
    for (const list of [doubt, waiting, ...seats.all().map(({ queue }) => queue)]) {
      for (const entry of list.filter(({ eventId }) => has.has(eventId))) {
        list.splice(list.indexOf(entry), 1)
        reasons.delete(entry.eventId)
        seat.unfinished.set(entry.eventId, entry)
      }
    }
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
    placeAll(empty(seat))
    settleDoubt()
    ports.changed()
    ports.left(seat.name)
  }
  const expectBack = (seat: Seat) => {
    clearTimeout(seat.timer)
    seat.timer = setTimeout(() => end(seat), backMs).unref()
  }

  return {
    claim(count) {
      const one = alone()
      const free = one ? Math.min(count, WINDOW_EVENTS - one.seat.unfinished.size) : 0
      if (free < count) {
        caughtUp = false
        schedule()
      }
      return free
    },
    offer(events) {
      for (const event of events) {
        cursor = event.seq
        known.add(event.eventId)
        const entry = toEntry(event, ports.wanted)
        if (entry.place.chat !== undefined) memory.noteSeen(entry.place.chat)
        place(entry)
        const [seat] = seats.all()
        // Almost always: only an answer, or a topic, of a session that is gone is for another one.
        if (seat?.port && seat.queue.at(-1) === entry) {
          seat.queue.pop()
          hand(seat, seat.port, entry, event, false)
        }
      }
    },
    start(opened) {
      // A journal that was replaced counts anew; what sessions have in hand they still have.
      journal = opened
      cursor = 0
      caughtUp = false
      for (const { queue } of seats.all()) queue.length = 0
      waiting.length = 0
      doubt.length = 0
      reasons.clear()
      known.clear()
      for (const { unfinished } of seats.all()) for (const eventId of unfinished.keys()) known.add(eventId)
      // Once those are there that come in the same moment.
      schedule()
    },
    look() {
      caughtUp = false
      schedule()
    },
    settle() {},
    answered() {},
    sent: () => ({ events: [], left: 0 }),
    pause() {
      clearTimeout(retry)
      retry = undefined
      journal = undefined
    },
    attach(info, port, has) {
      const before = seats.get(info.id)
      if (before) clearTimeout(before.timer)
      // One that was killed and is started anew is the same one, for everybody but the system.
      const left = before ? undefined : seats.named(info.name)
      const inherited = left && left.port === undefined && !isAlive(left.pid) ? empty(left) : []
      const seat = before ?? seats.add(info, port)
      seat.port = port
      seat.expected = false
      claimBelongings(seat, has)
      placeAll(inherited)
      if (before === undefined) placeAll(waiting.splice(0))
      settleDoubt()
      schedule()
      ports.changed()
      return seat.name
    },
    leave(id, port, how) {
      const seat = seats.get(id)
      // Another connection of the same session may be there already.
      if (!seat || seat.port !== port) return
      seat.port = undefined
      if (how === 'ended') end(seat)
      else {
        expectBack(seat)
        ports.changed()
      }
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
    reroute() {
      // What a session that is away has not seen yet need not wait for it.
      const away = seats.all().flatMap(({ port, queue }) => (port === undefined ? queue.splice(0) : []))
      placeAll([...waiting.splice(0), ...away])
    },
    pump: schedule,
    sessions: () => seats.all(),
    waiting: (chat) => (chat === undefined ? waiting : waiting.filter((one) => one.place.chat === chat)).length,
    close() {
      clearTimeout(retry)
      clearImmediate(scheduled)
      for (const { timer } of seats.all()) clearTimeout(timer)
      journal = undefined
    },
  }
}
