/** How much one sender may write: a bucket of so many messages that fills again within a minute. */

export interface SenderLimits {
  /** False where this message is more than the sender may send now. */
  take(sender: string): boolean
}

/** For a person far more than they type; a script that goes round in circles is stopped. */
export const DEFAULT_PER_MINUTE = 60
/** Whoever has not written for longest is forgotten first, with a full bucket anyway in most cases. */
const MOST_SENDERS = 10_000
const MINUTE_MS = 60_000

interface Bucket {
  readonly left: number
  readonly at: number
}

export function createSenderLimits(perMinute: number, now: () => number): SenderLimits {
  /** In the order of their last message. */
  const buckets = new Map<string, Bucket>()
  return {
    take(sender) {
      const at = now()
      const before = buckets.get(sender) ?? { left: perMinute, at }
      // A clock that was set back fills nothing.
      const filled = (Math.max(0, at - before.at) / MINUTE_MS) * perMinute
      const left = Math.min(perMinute, before.left + filled)
      const taken = left >= 1
      buckets.delete(sender)
      buckets.set(sender, { left: taken ? left - 1 : left, at })
      for (const oldest of buckets.keys()) {
        if (buckets.size <= MOST_SENDERS) break
        buckets.delete(oldest)
      }
      return taken
    },
  }
}
