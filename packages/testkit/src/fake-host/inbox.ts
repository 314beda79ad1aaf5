/** What a channel sent, in order, and a way to wait for the next thing of a kind without taking it twice. */
import { type Deferred, deferred, type WaitOptions, withDeadline } from '../wait.ts'

export interface Inbox<T> {
  /** Everything that came, taken or not. */
  readonly items: readonly T[]
  push(item: T): void
  /** The first item that matches and that no earlier call has taken; waits for it if it has not come yet. */
  next(matches: ((item: T) => boolean) | undefined, options: WaitOptions & { readonly what: string }): Promise<T>
  /** Nothing more will come: what is waited for now, or later and not here yet, rejects with this. */
  end(reason: Error): void
}

interface Waiter<T> extends Deferred<T> {
  readonly matches: (item: T) => boolean
}

/** @param seen what to show, after a deadline has passed, of what the process said. */
export function createInbox<T>(seen: () => string): Inbox<T> {
  const items: T[] = []
  const waiting = new Set<Waiter<T>>()
  const untaken: T[] = []
  let ended: Error | undefined

  return {
    items,
    push(item) {
      items.push(item)
      for (const waiter of waiting) {
        if (!waiter.matches(item)) continue
        waiting.delete(waiter)
        waiter.resolve(item)
        return
      }
      untaken.push(item)
    },
    async next(matches = () => true, options) {
      const at = untaken.findIndex(matches)
      if (at !== -1) return untaken.splice(at, 1)[0] as T
      if (ended) throw ended
      const waiter: Waiter<T> = { ...deferred<T>(), matches }
      waiting.add(waiter)
      try {
        return await withDeadline(waiter.promise, { ...options, seen })
      } finally {
        waiting.delete(waiter)
      }
    },
    end(reason) {
      ended = reason
      for (const waiter of waiting) waiter.reject(reason)
      waiting.clear()
    },
  }
}
