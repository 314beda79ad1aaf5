/**
 * What waits for the agent: events in order per chat, prompts of the terminal, one origin a turn (contract 3). Bounded
 * per source; what does not fit is refused with a reason.
 */
import type { DropReason, TaggedEvent } from '@backchannel/protocol'

export interface QueuedEvent extends TaggedEvent {
  readonly meta: Readonly<Record<string, string>>
  readonly eventId: string
  /** Events of one chat share a turn; for a one-way channel the source is the chat. */
  readonly chat: string
}

export type QueuedTurn =
  | { readonly kind: 'events'; readonly events: readonly QueuedEvent[] }
  | { readonly kind: 'prompt'; readonly text: string }

export interface Queue {
  /** Takes an event, or says why not. */
  offer(event: QueuedEvent): { readonly accepted: true } | { readonly accepted: false; readonly reason: DropReason }
  /** Takes a prompt of the operator, in order of arrival with everything else. */
  prompt(text: string): void
  /** The oldest chat with everything of it that waits, or the oldest prompt; waits for one. Rejects on abort. */
  next(signal: AbortSignal): Promise<QueuedTurn>
  /** True when nothing waits, no prompt either. */
  readonly empty: boolean
  /** Events waiting, of one source or of all. */
  waiting(source?: string): number
  /** Empties the queue; what waited is returned, so that nothing ends without a word. */
  clear(): readonly QueuedEvent[]
}

/** @param eventsPerChannel how many events of one source may wait. */
export function createQueue({ eventsPerChannel }: { eventsPerChannel: number }): Queue {
  /** Insertion order is the order of arrival of each chat's oldest event. */
  const turns = new Map<string, QueuedEvent[] | string>()
  const counts = new Map<string, number>()
  let prompts = 0
  let wake: (() => void) | undefined

  const add = (key: string, value: QueuedEvent[] | string) => {
    turns.set(key, value)
    wake?.()
  }
  const take = (): QueuedTurn | undefined => {
    for (const [key, value] of turns) {
      turns.delete(key)
      if (typeof value === 'string') return { kind: 'prompt', text: value }
      for (const { source } of value) counts.set(source, (counts.get(source) ?? 1) - 1)
      return { kind: 'events', events: value }
    }
    return undefined
  }

  return {
    offer(event) {
      const count = counts.get(event.source) ?? 0
      if (count >= eventsPerChannel) return { accepted: false, reason: 'overflow' }
      counts.set(event.source, count + 1)
      const key = JSON.stringify([event.source, event.chat])
      const waiting = turns.get(key)
      if (Array.isArray(waiting)) waiting.push(event)
      else add(key, [event])
      return { accepted: true }
    },
    prompt(text) {
      prompts += 1
      add(`prompt ${prompts}`, text)
    },
    async next(signal) {
      for (;;) {
        signal.throwIfAborted()
        const turn = take()
        if (turn) return turn
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
        await promise
        wake = undefined
      }
    },
    get empty() {
      return turns.size === 0
    },
    waiting(source) {
      if (source !== undefined) return counts.get(source) ?? 0
      return [...counts.values()].reduce((sum, count) => sum + count, 0)
    },
    clear() {
      const events = [...turns.values()].flatMap((value) => (typeof value === 'string' ? [] : value))
      turns.clear()
      counts.clear()
      return events
    },
  }
}
