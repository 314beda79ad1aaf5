/** Events that no session has: each goes into the queue of the session that it is for, or waits, and why is told once. */
import { type Entry, insertInOrder } from './entry.ts'
import { chatOf, type Memory, type Place, route, type Target } from './router.ts'
import type { Seat, Seats } from './seats.ts'

export interface PlacingPorts {
  readonly memory: Memory & { setCurrent(chat: string, name: string): void }
  /** An event waits, and did not for this reason before; `fresh` where somebody wrote it just now. */
  waits(place: Place, target: Extract<Target, { kind: 'wait' }>, fresh: boolean): void
  /** A chat has another session, since its own is gone. */
  moved(chat: string, from: string, to: string): void
}

export interface Placing {
  place(entry: Entry): void
  /** Several, in the order in which they were stored. */
  placeAll(entries: readonly Entry[]): void
  /** Somebody came: what waits may be for them, and nobody may be expected any more. */
  arrived(isNew: boolean): void
  /** Somebody who was expected is known to be gone, or back. */
  settle(): void
  /** What is remembered of chats has changed. */
  reroute(): void
  /** Takes these out, wherever they wait or are queued. */
  remove(eventIds: ReadonlySet<string>): readonly Entry[]
  /** It is done with: the reason why it waited need not be known. */
  forget(eventId: string): void
  clear(): void
  isEmpty(): boolean
  /** How many wait for a session, of one chat or of all. */
  waiting(chat?: string): number
}

export function createPlacing(seats: Seats, { memory, waits, moved }: PlacingPorts): Placing {
  const waiting: Entry[] = []
  /** While sessions are expected: nobody knows which of them has what. */
  const doubt: Entry[] = []
  const reasons = new Map<string, string>()
  const startedAt = Date.now()

  const isExpecting = () => seats.all().some(({ expected }) => expected)
  const wait = (entry: Entry, target: Extract<Target, { kind: 'wait' }>) => {
    insertInOrder(waiting, entry)
    const reason = `${target.why} ${target.name ?? ''}`
    if (reasons.get(entry.eventId) === reason) return
    reasons.set(entry.eventId, reason)
    waits(entry.place, target, entry.storedAt >= startedAt)
  }
  const place = (entry: Entry) => {
    if (isExpecting()) return insertInOrder(doubt, entry)
    const target = route(entry.place, seats.taking(), memory)
    if (target.kind === 'wait') return wait(entry, target)
    reasons.delete(entry.eventId)
    const chat = chatOf(entry.place)
    if (target.because === 'only' && chat !== undefined) {
      const before = memory.current(chat)
      memory.setCurrent(chat, target.name)
      if (before !== undefined) moved(chat, before, target.name)
    }
    insertInOrder((seats.named(target.name) as Seat).queue, entry)
  }
  const placeAll = (entries: readonly Entry[]) => {
    for (const entry of [...entries].sort((one, other) => one.seq - other.seq)) place(entry)
  }
  const settle = () => {
    if (!isExpecting()) placeAll(doubt.splice(0))
  }
  return {
    place,
    placeAll,
    settle,
    arrived(isNew) {
      if (isNew) {
        const shutOut = seats.all().flatMap(({ takes, queue }) => (takes ? [] : queue.splice(0)))
        placeAll([...waiting.splice(0), ...shutOut])
      }
      settle()
    },
    reroute() {
      // What a session that is away has not seen yet need not wait for it.
      const away = seats.all().flatMap(({ port, queue }) => (port === undefined ? queue.splice(0) : []))
      placeAll([...waiting.splice(0), ...away])
    },
    remove(eventIds) {
      const removed: Entry[] = []
      for (const list of [waiting, doubt, ...seats.all().map(({ queue }) => queue)]) {
        for (const entry of list.filter(({ eventId }) => eventIds.has(eventId))) {
          list.splice(list.indexOf(entry), 1)
          removed.push(entry)
        }
      }
      for (const { eventId } of removed) reasons.delete(eventId)
      return removed
    },
    forget: (eventId) => void reasons.delete(eventId),
    clear() {
      waiting.length = 0
      doubt.length = 0
      reasons.clear()
    },
    isEmpty: () => waiting.length + doubt.length === 0,
    waiting: (chat) => (chat === undefined ? waiting : waiting.filter((one) => one.place.chat === chat)).length,
  }
}
