/** Takes a server's events into the queue, or drops them with a reason that is told, counted and sent back. */
import { randomUUID } from 'node:crypto'
import { type ChannelEvent, type DropReason, METHODS, parseEvent, type Receipt } from '@backchannel/protocol'
import type { SessionEvent } from '../ui/events.ts'
import type { DropReport } from './drop-report.ts'
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
  /** A new process of the server: whether its events count, and how to send receipts. */
  connected(options: { registered: boolean; receipt: ((receipt: Receipt) => void) | undefined }): void
  disconnected(): void
  take(method: string, params: unknown): void
  garbage(sample: string): void
  tooLong(): void
}

/** Messages kept from the start of a process until its admission is decided; a server may send before that. */
const EARLY_MESSAGES = 1_000
/** Problems of one server that are told one by one; further ones only count. */
const TOLD_PROBLEMS = 5

export function createEventIntake(source: string, ports: IntakePorts): EventIntake {
  const limiter = createLimiter({ perSecond: ports.limits.eventsPerSecond, burst: ports.limits.burst })
  const told = new Set<string>()
  /** Present until admission is decided. */
  let early: { method: string; params: unknown }[] | undefined = []
  let registered = false
  let receipt: ((receipt: Receipt) => void) | undefined

  const explain = (problem: string) => {
    if (told.has(problem) || told.size >= TOLD_PROBLEMS) return
    told.add(problem)
    ports.emit({ type: 'notice', level: 'warning', message: `${source}: ${problem}` })
  }
  const drop = (reason: DropReason, eventId?: string) => {
    ports.drops.add(source, reason)
    if (eventId !== undefined) receipt?.({ eventId, state: 'dropped', reason })
  }
  const admit = (event: ChannelEvent): DropReason | undefined => {
    if (!registered) return 'not-registered'
    if (sizeOf(event) > ports.limits.eventBytes) return 'too-large'
    if (!receipt && !limiter.take()) return 'rate-limited'
    const queued = toQueued(source, event)
    const offer = ports.queue.offer(queued)
    if (!offer.accepted) return offer.reason
    const { eventId, content, meta } = queued
    ports.emit({ type: 'event.received', source, event_id: eventId, content, meta })
    if (event.eventId !== undefined) receipt?.({ eventId, state: 'queued' })
    return undefined
  }
  const take = (method: string, params: unknown) => {
    // Verdicts, answers and control belong to requests that this session has opened; it has opened none.
    if (method !== METHODS.event) return
    const read = parseEvent(params)
    if (!read.ok) {
      explain(`an event was dropped: ${read.problem}`)
      drop('invalid')
      return
    }
    const reason = admit(read.value)
    if (reason !== undefined) drop(reason, read.value.eventId)
  }

  return {
    connected(options) {
      ;({ registered, receipt } = options)
      const kept = early ?? []
      early = undefined
      for (const { method, params } of kept) take(method, params)
    },
    disconnected() {
      registered = false
      receipt = undefined
      early = []
    },
    take(method, params) {
      if (early === undefined) take(method, params)
      else if (early.length < EARLY_MESSAGES) early.push({ method, params })
      else drop('overflow')
    },
    garbage(sample) {
      explain(`stdout carried something that is no JSON-RPC message, and it was passed over: ${sample}`)
    },
    tooLong() {
      drop('too-large')
    },
  }
}

function toQueued(source: string, { content, meta, eventId }: ChannelEvent): QueuedEvent {
  return { source, content, meta, eventId: eventId ?? randomUUID(), chat: meta['chat_id'] ?? '' }
}

function sizeOf({ content, meta }: ChannelEvent): number {
  const entries = Object.entries(meta)
  return entries.reduce((sum, [key, value]) => sum + key.length + Buffer.byteLength(value), Buffer.byteLength(content))
}
