/** Ids of signed requests that were used: somebody who recorded one can't send it again while its time still counts. */

export interface Replays {
  /** @returns false for an id that was used already */
  take(id: string): boolean
}

/** More in the window than people answer; past it the oldest is forgotten, and its time has run out soon. */
const MOST = 10_000

/** @param windowMs how long a signed time counts, in either direction together */
export function createReplays(windowMs: number, now: () => number): Replays {
  /** When each was used, oldest first. */
  const used = new Map<string, number>()
  return {
    take(id) {
      for (const [old, at] of used) {
        if (used.size <= MOST && now() - at <= windowMs) break
        used.delete(old)
      }
      if (used.has(id)) return false
      used.set(id, now())
      return true
    },
  }
}
