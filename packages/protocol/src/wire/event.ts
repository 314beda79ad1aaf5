/** `notifications/claude/channel`: one event (contract 3), with the `event_id` of the receipts extension (contract 8). */
import { clip } from '../quote.ts'
import { isRecord } from '../record.ts'
import type { Read } from './read.ts'

export interface ChannelEvent {
  readonly content: string
  /** String to string, in the channel's order; free of prototype keys' magic. */
  readonly meta: Readonly<Record<string, string>>
  /** Only towards a peer with the `receipts` feature. */
  readonly eventId?: string
}

export interface EventParams {
  content: string
  meta?: Record<string, string>
  event_id?: string
}

/** Loose: unknown keys pass. `meta` is copied to an object without prototype, so `__proto__` is a key like any other. */
export function parseEvent(params: unknown): Read<ChannelEvent> {
  if (!isRecord(params))
    return {
      ok: false,
      problem: `expected params with "content", got ${describe(params)}`,
    }
  const { content, meta, event_id: eventId } = params
  if (typeof content !== 'string')
    return {
      ok: false,
      problem: `"content": expected a string, got ${describe(content)}`,
    }
  if (meta !== undefined && meta !== null && !isRecord(meta)) {
    return {
      ok: false,
      problem: `"meta": expected an object of strings, got ${describe(meta)}`,
    }
  }
  const copy: Record<string, string> = Object.create(null)
  for (const [key, value] of Object.entries(meta ?? {})) {
    if (typeof value !== 'string') {
      return {
        ok: false,
        problem: `"meta.${clip(key)}": expected a string, got ${describe(value)}`,
      }
    }
    copy[key] = value
  }
  return {
    ok: true,
    value: typeof eventId === 'string' ? { content, meta: copy, eventId } : { content, meta: copy },
  }
}

/** Strict: writes nothing but the contract's fields. */
export function renderEvent(event: {
  content: string
  meta?: Readonly<Record<string, string>>
  eventId?: string
}): EventParams {
  return {
    content: event.content,
    ...(event.meta === undefined ? {} : { meta: { ...event.meta } }),
    ...(event.eventId === undefined ? {} : { event_id: event.eventId }),
  }
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}
