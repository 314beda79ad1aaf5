/**
 * The queue of updates, as Telegram keeps it: what a higher offset confirms is forgotten, a request waits while there is
 * nothing, and a second waiting request ends the first with 409. Whoever asks for a type of update gets those made later.
 */
import type { Update } from 'grammy/types'
import { ApiFailure } from '../wire/failure.ts'

export type UpdateType = Exclude<keyof Update, 'update_id'>

/** Types that come only to a bot that names them. */
const SPECIAL: ReadonlySet<UpdateType> = new Set(['chat_member', 'message_reaction', 'message_reaction_count'])
const MOST_UPDATES = 100
const MOST_SECONDS = 50
/** An offset further ahead than this is taken for one of another time: the queue answers from its start. */
const FUTURE = 10

export interface PollOptions {
  readonly offset: number
  readonly limit: number
  /** Seconds. */
  readonly timeout: number
  readonly allowed: readonly string[] | undefined
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal
}

/** Who asks for updates, and how often. */
export interface PollCount {
  /** Requests with a timeout that are open now. Two are a conflict; one without a timeout only looks, and ends nobody's. */
  readonly active: number
  /** The most that were ever open at the same time. */
  readonly most: number
  readonly total: number
  /** How many were ended by another, with 409. */
  readonly conflicts: number
}

export interface UpdateQueue {
  readonly polls: PollCount
  /** All there ever were, oldest first. */
  readonly all: readonly Update[]
  /** Not confirmed yet, oldest first. */
  readonly waiting: readonly Update[]
  /** Ids of what was handed out, as often as it was. */
  readonly handed: readonly number[]
  /** Whether an update of that id was handed out and confirmed by a higher offset. */
  isConfirmed(id: number): boolean
  /** Undefined where the bot does not get that type. */
  push<T extends UpdateType>(type: T, body: NonNullable<Update[T]>): Update | undefined
  /** @throws ApiFailure 409 when another request takes over. */
  poll(options: PollOptions): Promise<readonly Update[]>
  /** Forgets what waits. */
  drop(): void
}

export function createUpdateQueue(): UpdateQueue {
  const waiting: Update[] = []
  const all: Update[] = []
  const handed: number[] = []
  const known = new Set<number>()
  const polls = { active: 0, most: 0, total: 0, conflicts: 0 }
  // Update ids start somewhere: a client that takes 0 or 1 for granted is wrong.
  let nextId = 100_000_001
  let allowed: ReadonlySet<string> | undefined
  let parked: { readonly wake: () => void; readonly conflict: () => void } | undefined

  const take = (from: number, limit: number): readonly Update[] => {
    const confirmed = waiting.findIndex(({ update_id }) => update_id >= from)
    waiting.splice(0, confirmed === -1 ? waiting.length : confirmed)
    const found = waiting.slice(0, limit)
    for (const { update_id } of found) {
      handed.push(update_id)
      known.add(update_id)
    }
    return found
  }

  /** The id that an offset means. */
  const resolveOffset = (offset: number): number => {
    const head = waiting[0]?.update_id ?? nextId
    if (offset < 0) return Math.max(head, nextId + offset)
    return offset === 0 || offset > nextId + FUTURE ? head : offset
  }

  const wait = (ms: number, signal: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    parked?.conflict()
    const mine = {
      wake: resolve,
      conflict: () => {
        polls.conflicts += 1
        const words = 'terminated by other getUpdates request; make sure that only one bot instance is running'
        reject(new ApiFailure(409, words))
      },
    }
    parked = mine
    const timer = setTimeout(resolve, ms)
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
    return promise.finally(() => {
      clearTimeout(timer)
      if (parked === mine) parked = undefined
    })
  }

  return {
    polls,
    all,
    waiting,
    handed,
    isConfirmed: (id) => known.has(id) && id < (waiting[0]?.update_id ?? nextId),
    push(type, body) {
      if (allowed === undefined ? SPECIAL.has(type) : !allowed.has(type)) return undefined
      // What is handed out is a picture of that moment, whatever becomes of the message.
      const update: Update = structuredClone({ update_id: nextId, [type]: body })
      nextId += 1
      all.push(update)
      waiting.push(update)
      parked?.wake()
      return update
    },
    async poll({ offset, limit, timeout, allowed: types, signal }) {
      polls.total += 1
      const isLong = timeout > 0
      if (isLong) polls.active += 1
      polls.most = Math.max(polls.most, polls.active)
      try {
        if (types) allowed = types.length === 0 ? undefined : new Set(types)
        const from = resolveOffset(offset)
        const bounded = Math.min(Math.max(limit, 1), MOST_UPDATES)
        const found = take(from, bounded)
        const seconds = Math.min(Math.max(timeout, 0), MOST_SECONDS)
        if (found.length > 0 || seconds === 0) return found
        await wait(seconds * 1000, signal)
        // Nobody is there to take them: they stay.
        return signal.aborted ? [] : take(from, bounded)
      } finally {
        if (isLong) polls.active -= 1
      }
    },
    drop: () => void waiting.splice(0),
  }
}
