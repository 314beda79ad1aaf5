/**
 * Which of what the gateway has told is settled: each chat keeps its order and holds up no other, and the session is resumed
 * from the last event that is settled with all before it, whatever came after.
 */
import { createLanes, PlatformError, pause } from '@backchannel/channel/chat'

export interface Intake {
  /** The last event of the session that is settled with all before it. */
  settled(): number
  /** A session begins, or goes on, after this event. */
  begin(sequence: number): void
  /**
   * Takes an event in, where it is `new`; one that was given again is `known`, and left. `full`: so many wait that this
   * one, and all after it, have to be given again later. `key`: what has to keep its order with it.
   */
  take(sequence: number, key: string | undefined, work: Work): 'new' | 'known' | 'full'
  /** Does something else in its turn. Rejects with what `work` throws. */
  inTurn(key: string, work: () => Promise<void>): Promise<void>
}

/** @returns milliseconds after which it is to be done again; undefined once it is settled. @throws PlatformError: later */
export type Work = () => Promise<number | undefined>

export interface IntakeOptions {
  readonly signal: AbortSignal
  /** Something is settled. */
  moved(): void
  /** What can't be read is left out: given again, it would be read no better, and hold up all that comes after it. */
  failed(thrown: unknown): void
  /** For tests. */
  readonly most?: number
}

/** Events that wait to be settled. Where nothing can be stored, more of them would only fill the memory. */
const MOST_PENDING = 5_000

const AGAIN_MS = 1_000
const LONGEST_AGAIN_MS = 60_000

export function createIntake({ signal, moved, failed, most = MOST_PENDING }: IntakeOptions): Intake {
  const lanes = createLanes()
  /** By their number in the session; another session begins to count again. */
  const pending = new Map<number, object>()
  /** Settled ones after the first that is not. */
  const done = new Set<number>()
  let received = 0

  const settled = (): number => {
    return Math.min(received + 1, ...firstOf(pending.keys())) - 1
  }
  const settle = (sequence: number): void => {
    pending.delete(sequence)
    done.add(sequence)
    const until = settled()
    for (const one of done) if (one <= until) done.delete(one)
    moved()
  }
  const untilSettled = async (work: Work): Promise<void> => {
    while (!signal.aborted) {
      const wait = await work().catch((thrown: unknown) => {
        if (PlatformError.is(thrown) && thrown.kind !== 'refused' && thrown.kind !== 'unauthorized') {
          return Math.min(thrown.retryAfterMs ?? AGAIN_MS, LONGEST_AGAIN_MS)
        }
        if (!signal.aborted) failed(thrown)
        return undefined
      })
      if (wait === undefined) return
      await pause(wait, signal)
    }
    throw signal.reason
  }
  return {
    settled,
    begin(sequence) {
      pending.clear()
      done.clear()
      received = sequence
    },
    take(sequence, key, work) {
      if (sequence <= settled() || pending.has(sequence) || done.has(sequence)) return 'known'
      if (pending.size >= most) return 'full'
      const mark = {}
      pending.set(sequence, mark)
      received = Math.max(received, sequence)
      const settledNow = () => {
        if (pending.get(sequence) === mark) settle(sequence)
      }
      const run = key === undefined ? untilSettled(work) : lanes.run(key, () => untilSettled(work))
      // What the end of the session cut off is not settled.
      run.then(settledNow, () => {})
      return 'new'
    },
    inTurn: (key, work) => lanes.run(key, work),
  }
}

/** Events come in order, but for a few that overtake each other. */
function firstOf(pending: Iterable<number>): readonly number[] {
  let first: number | undefined
  for (const one of pending) if (first === undefined || one < first) first = one
  return first === undefined ? [] : [first]
}
