/** How fast a channel without receipts may send: a bucket that refills. */

export interface Limiter {
  /** True while there is room; takes one. */
  take(): boolean
}

/** @param now milliseconds that never run backwards. */
export function createLimiter(
  { perSecond, burst }: { perSecond: number; burst: number },
  now: () => number = () => performance.now(),
): Limiter {
  let tokens = burst
  let at = now()
  return {
    take() {
      const time = now()
      tokens = Math.min(burst, tokens + ((time - at) / 1000) * perSecond)
      at = time
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
