/** How long to wait before a server is started again. */
import { setTimeout as sleep } from 'node:timers/promises'

export const FIRST_MS: number = 500
const LONGEST_MS = 30_000
/** A server that lived this long starts over with the shortest wait. */
const STABLE_MS = 10_000

export interface BackOff {
  /** The next wait in milliseconds: 0.5 s, doubled up to 30 s, from the start again after a stable life. */
  next(livedMs: number): number
  /** Rejects when the signal aborts. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>
}

export function createBackOff(): BackOff {
  let failures = 0
  return {
    next(livedMs) {
      if (livedMs >= STABLE_MS) failures = 0
      failures += 1
      return Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1))
    },
    async wait(milliseconds, signal) {
      await sleep(milliseconds, undefined, { signal })
    },
  }
}
