/**
 * Which rows are new messages and which are old ones that a sync brings in under new numbers: by their dates, against the
 * time up to which somebody was listening.
 */

const DAY_MS = 86_400_000
/** No look for this long: the machine slept, or nobody was there. */
const GAP_MS = 10 * 60_000
/** What came meanwhile is brought in within this time, in any order. */
const SETTLED_MS = 60 * 60_000

export interface Age {
  /** A row with an earlier date is an old one; milliseconds since 1970. Call it at each look. */
  limit(now: number): number
}

/** @param lastSeen when an earlier process looked for the last time */
export function createAge(lastSeen: number): Age {
  let base = lastSeen
  let last = lastSeen
  let settledAt = 0
  return {
    limit(now) {
      if (now - last > GAP_MS) {
        // Still settling from the gap before: what came during that one may come in yet.
        if (now >= settledAt) base = last
        settledAt = now + SETTLED_MS
      } else if (now >= settledAt) {
        base = now
      }
      last = Math.max(last, now)
      return base - DAY_MS
    },
  }
}
