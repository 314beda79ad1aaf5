/** How many deliveries a source takes: a bucket that refills evenly, so that a minute's worth may come at once. */

export interface RateLimit {
  /** Takes one; else the whole seconds until the next one may come. */
  take(): { readonly retryAfter: number } | undefined
}

/** @param now milliseconds; a clock that jumps back never gives more than a full bucket, and never takes any away. */
export function createRateLimit(perMinute: number, now: () => number): RateLimit {
  let left = perMinute
  let last = now()
  return {
    take() {
      const time = now()
      left = Math.min(perMinute, left + (Math.max(0, time - last) * perMinute) / 60_000)
      last = time
      if (left >= 1) {
        left -= 1
        return undefined
      }
      return { retryAfter: Math.ceil(((1 - left) * 60) / perMinute) }
    },
  }
}
