/** Takes a server's events into the queue, or drops them with a reason that is told, counted and sent back. */
import { randomUUID } from 'node:crypto'
import {
  attributeKeys,
  type ChannelEvent,
  type DropReason,
  isRecord,
  METHODS,
  parseEvent,
  type Receipt,
} from '@backchannel/protocol'
import { quote } from '../text/quote.ts'
import type { SessionEvent } from '../ui/events.ts'
import type { DropReport } from './drop-report.ts'
import { createEarlyEvents, type EarlyEvents } from './early-events.ts'
import { createEventLedger } from './event-ledger.ts'
import { createLimiter } from './limiter.ts'
import type { Queue, QueuedEvent } from './queue.ts'

export interface IntakeLimits {
  /** The largest event, content and meta together, in bytes. */
  readonly eventBytes: number
  /** For a channel without receipts; one with receipts keeps to a window. */
  readonly eventsPerSecond: number
  readonly burst: number
}

export interface IntakePorts {
  emit(event: SessionEvent): void
  readonly drops: DropReport
  readonly queue: Queue
  readonly limits: IntakeLimits
}

export interface EventIntake {
  /** The admission of a process is decided, or decided anew: whether its events count, and how to send receipts. */
  connected(options: { registered: boolean; receipt: ((receipt: Receipt) => void) | undefined }): void
  /** The process has ended; what the next one sends before its admission is kept. */
  disconnected(): void
  take(method: string, params: unknown): void
  /** What the channel was told of an event, kept for when it offers that event again. */
  note(receipt: Receipt): void
  garbage(sample: string): void
  tooLong(): void
}

/** Problems of one process that are told one by one; further ones only count. */
const TOLD_PROBLEMS = 5

export function createEventIntake(source: string, ports: IntakePorts): EventIntake {
  const limiter = createLimiter({ perSecond: ports.limits.eventsPerSecond, burst: ports.limits.burst })
  const ledger = createEventLedger()
  const told = new Set<string>()
  let garbageTold = false
  /** Present until admission is decided. */
  let early: EarlyEvents | undefined = createEarlyEvents()
  let registered = false
  let receipt: ((receipt: Receipt) => void) | undefined

  const warn = (message: string) => ports.emit({ type: 'notice', level: 'warning', message: `${source}: ${message}` })
  const explain = (problem: string) => {
    if (told.has(problem) || told.size >= TOLD_PROBLEMS) return
    told.add(problem)
    warn(problem)
    if (told.size === TOLD_PROBLEMS) warn('further problems of its events are counted, and no longer told one by one')
  }
  const drop = (reason: DropReason, eventId: string | undefined) => {
    ports.drops.add(source, reason)
    if (eventId !== undefined) receipt?.({ eventId, state: 'dropped', reason })
  }
  const admit = (event: ChannelEvent, bytes: number): DropReason | undefined => {
    if (!registered) return 'not-registered'
    const known = receipt && event.eventId !== undefined ? ledger.find(event.eventId) : undefined
    if (known) {
      // This session has it already: its channel was started again and offers what it does not know to be finished.
      receipt?.(known)
      return undefined
    }
    if (bytes > ports.limits.eventBytes) return 'too-large'
    if (!receipt && !limiter.take()) return 'rate-limited'
    const queued = toQueued(source, event)
    const offer = ports.queue.offer(queued, bytes)
    if (!offer.accepted) return offer.reason
    const { eventId, content, meta } = queued
    ports.emit({ type: 'event.received', source, event_id: eventId, content, meta })
    if (event.eventId !== undefined) receipt?.({ eventId, state: 'queued' })
    return undefined
  }
  const offer = (event: ChannelEvent, bytes: number) => {
    const reason = admit(event, bytes)
    if (reason !== undefined) drop(reason, event.eventId)
  }
  /** What waits of a channel that is not let in any more does not reach the agent either. */
  const withdraw = () => {
    for (const { eventId } of ports.queue.forget(source)) {
      ledger.forget(eventId)
      drop('not-registered', eventId)
    }
  }

  return {
    connected(options) {
      ;({ registered, receipt } = options)
      const kept = early?.take() ?? []
      early = undefined
      for (const { event, bytes } of kept) offer(event, bytes)
      if (!registered) withdraw()
    },
    disconnected() {
      // It ended before it was admitted.
      for (const { event } of early?.take() ?? []) drop('not-registered', event.eventId)
      registered = false
      receipt = undefined
      early = createEarlyEvents()
      told.clear()
      garbageTold = false
    },
    note(value) {
      if (value.state !== 'dropped') ledger.note(value)
    },
    take(method, params) {
      // Answers belong to questions that this session has opened; it has opened none.
      if (method !== METHODS.event) return
      const read = parseEvent(params)
      if (!read.ok) {
        explain(`an event was dropped: ${read.problem}`)
        drop('invalid', claimedId(params))
        return
      }
      const bytes = sizeOf(read.value)
      if (early === undefined) offer(read.value, bytes)
      else if (!early.keep(read.value, bytes)) drop('overflow', undefined)
    },
    garbage(sample) {
      if (garbageTold) return
      garbageTold = true
      warn(
        `stdout carried something that is no JSON-RPC message, and it was passed over: ${quote(sample)}. ` +
          'Further lines like it are passed over without a word.',
      )
    },
    tooLong() {
      explain('a line of stdout was longer than a session takes, and it was passed over')
      drop('too-large', undefined)
    },
  }
}

/** Keys that are no attribute are dropped here (contract 3), so that the agent and the stream see the same event. */
function toQueued(source: string, { content, meta, eventId }: ChannelEvent): QueuedEvent {
  const kept: Record<string, string> = Object.create(null)
  for (const key of attributeKeys(meta)) kept[key] = meta[key] ?? ''
  return { source, content, meta: kept, eventId: eventId ?? randomUUID(), chat: kept['chat_id'] ?? '' }
}

/** Content, meta and id together, in bytes of UTF-8. */
function sizeOf({ content, meta, eventId = '' }: ChannelEvent): number {
  const base = Buffer.byteLength(content) + Buffer.byteLength(eventId)
  return Object.entries(meta).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    base,
  )
}

/** The id of an event that is otherwise unreadable, so that its channel learns of the drop too. */
function claimedId(params: unknown): string | undefined {
  const id = isRecord(params) ? params['event_id'] : undefined
  return typeof id === 'string' ? id : undefined
}
