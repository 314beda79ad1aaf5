/** The sessions of a hub: who is attached under which name, who is expected back, and what each has in hand. */

import { WINDOW_EVENTS } from '../../events/event-line.ts'
import type { OfferedEvent, Outcome } from '../session-end.ts'
import { sameName, uniqueName } from '../session-name.ts'
import type { Entry } from './entry.ts'

export interface SessionInfo {
  /** The same for as long as the session lives. */
  readonly id: string
  /** What it would like to be called. */
  readonly name: string
  readonly pid: number
  readonly cwd: string
}

/** The way to a session. */
export interface SessionPort {
  readonly writable: boolean
  /** How many events may be unfinished there; default: {@link WINDOW_EVENTS}. */
  readonly window?: number
  offer(event: OfferedEvent): void
  /** Runs `work`, and sends all that it offers in as few writes as can be. */
  group?(work: () => void): void
}

export interface Seat extends SessionInfo {
  /** Absent while it is expected back. */
  port: SessionPort | undefined
  /** ISO 8601. */
  readonly since: string
  readonly queue: Entry[]
  readonly unfinished: Map<string, Entry>
  timer: NodeJS.Timeout | undefined
  /** Known from the holder before, and not seen yet. */
  expected: boolean
  /** False while its host does not let events in: it gets none that another session can have. */
  takes: boolean
}

export interface Seats {
  /** In the order in which they came. */
  all(): readonly Seat[]
  /** Of these, those whose host lets events in; all where none does, whose hosts drop them and say why. */
  taking(): readonly Seat[]
  get(id: string): Seat | undefined
  named(name: string): Seat | undefined
  /** Takes a seat, under a name that nobody else has. */
  add(info: SessionInfo, port: SessionPort | undefined, expected?: boolean): Seat
  remove(id: string): void
}

/** What a session said of itself when it came. */
export interface Belongings {
  readonly unfinished: readonly Outcome[]
  readonly finished: readonly Outcome[]
  /** Whether its host lets events in. */
  readonly takes: boolean
}

/** How many more events a session takes. */
export function roomOf({ port, queue, unfinished }: Seat): number {
  return (port?.window ?? WINDOW_EVENTS) - queue.length - unfinished.size
}

export function createSeats(now: () => number = Date.now): Seats {
  const seats = new Map<string, Seat>()
  return {
    all: () => [...seats.values()],
    taking() {
      const all = [...seats.values()]
      const taking = all.filter(({ takes }) => takes)
      return taking.length === 0 ? all : taking
    },
    get: (id) => seats.get(id),
    named: (name) => [...seats.values()].find((seat) => sameName(seat.name, name)),
    add(info, port, expected = false) {
      const taken = new Set([...seats.values()].filter(({ id }) => id !== info.id).map(({ name }) => name))
      const seat: Seat = {
        ...info,
        name: uniqueName(info.name, taken),
        port,
        since: new Date(now()).toISOString(),
        queue: [],
        unfinished: new Map(),
        timer: undefined,
        expected,
        takes: true,
      }
      seats.set(info.id, seat)
      return seat
    },
    remove(id) {
      clearTimeout(seats.get(id)?.timer)
      seats.delete(id)
    },
  }
}
