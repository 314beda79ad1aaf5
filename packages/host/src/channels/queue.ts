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

export interface QueueLimits {
  /** How many events of one source may wait. */
  readonly eventsPerChannel: number
  /** How many bytes of one source may wait. Default {@link WAITING_BYTES}. */
  readonly bytesPerChannel?: number
}

export interface Queue {
  /**
   * Takes an event, or says why not.
   * @param bytes its size, by which it counts while it waits
   */
  offer(
    event: QueuedEvent,
    bytes: number,
  ): { readonly accepted: true } | { readonly accepted: false; readonly reason: DropReason }
  /** Takes a prompt of the operator, in order of arrival with everything else. */
  prompt(text: string): void
  /** The oldest chat with everything of it that waits, or the oldest prompt; `undefined` when nothing waits. */
  take(): QueuedTurn | undefined
  /** Resolves when something waits or the signal has aborted. One caller at a time. */
  ready(signal: AbortSignal): Promise<void>
  /** True when nothing waits, no prompt either. */
  readonly empty: boolean
  /** Prompts of the operator that wait. */
  readonly prompts: number
  /** Events waiting, of one source or of all. */
  waiting(source?: string): number
  /** Takes out everything of one source; what waited is returned. */
  forget(source: string): readonly QueuedEvent[]
  /** Empties the queue; what waited is returned, so that nothing ends without a word. */
  clear(): readonly QueuedEvent[]
}

/** With the largest events, the default number of them would fill the memory; this is what one channel can take of it. */
export const WAITING_BYTES: number = 64 * 1024 * 1024

type Waiting =
  | { readonly kind: 'prompt'; readonly text: string }
  | { kind: 'events'; events: QueuedEvent[]; bytes: number }

interface Load {
  events: number
  bytes: number
}

export function createQueue({ eventsPerChannel, bytesPerChannel = WAITING_BYTES }: QueueLimits): Queue {
  /** Insertion order is the order of arrival of each chat's oldest event. */
  const turns = new Map<string, Waiting>()
  const loads = new Map<string, Load>()
  let prompts = 0
  let wake: (() => void) | undefined

  const add = (key: string, value: Waiting) => {
    turns.set(key, value)
    wake?.()
  }
  const loadOf = (source: string): Load => {
    const known = loads.get(source)
    if (known) return known
    const fresh = { events: 0, bytes: 0 }
    loads.set(source, fresh)
    return fresh
  }

  return {
    offer(event, bytes) {
      const load = loadOf(event.source)
      if (load.events >= eventsPerChannel || load.bytes + bytes > bytesPerChannel) {
        return { accepted: false, reason: 'overflow' }
      }
      load.events += 1
      load.bytes += bytes
      const key = JSON.stringify([event.source, event.chat])
      const waiting = turns.get(key)
      if (waiting?.kind === 'events') {
        waiting.events.push(event)
        waiting.bytes += bytes
      } else {
        add(key, { kind: 'events', events: [event], bytes })
      }
      return { accepted: true }
    },
    prompt(text) {
      prompts += 1
      add(`prompt ${prompts}`, { kind: 'prompt', text })
    },
    take() {
      for (const [key, value] of turns) {
        turns.delete(key)
        if (value.kind === 'prompt') return value
        const load = loadOf(value.events[0]?.source ?? '')
        load.events -= value.events.length
        load.bytes -= value.bytes
        return { kind: 'events', events: value.events }
      }
      return undefined
    },
    async ready(signal) {
      if (turns.size > 0 || signal.aborted) return
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      signal.addEventListener('abort', wake, { once: true })
      await promise
      // The signal lives as long as the session: a listener left behind at each turn would pile up.
      signal.removeEventListener('abort', wake)
      wake = undefined
    },
    get empty() {
      return turns.size === 0
    },
    get prompts() {
      return [...turns.values()].filter(({ kind }) => kind === 'prompt').length
    },
    waiting(source) {
      if (source !== undefined) return loads.get(source)?.events ?? 0
      return [...loads.values()].reduce((sum, { events }) => sum + events, 0)
    },
    forget(source) {
      const forgotten: QueuedEvent[] = []
      for (const [key, value] of turns) {
        if (value.kind !== 'events' || value.events[0]?.source !== source) continue
        turns.delete(key)
        forgotten.push(...value.events)
      }
      loads.delete(source)
      return forgotten
    },
    clear() {
      const events = [...turns.values()].flatMap((value) => (value.kind === 'events' ? value.events : []))
      turns.clear()
      loads.clear()
      return events
    },
  }
}
