/** What an adapter gives is put in order before anything else: no half characters, no times that are none, no endless texts. */
import type { Attachment, InboundMessage } from '../platform/inbound.ts'

/** Platforms take far less; whatever is longer is a fault. */
const MOST_UNITS = 200_000
const MOST_ATTACHMENTS = 20
/** The latest moment that a Date can hold. */
const LAST_MS = 8_640_000_000_000_000

export function putInOrder(message: InboundMessage): InboundMessage {
  return {
    ...message,
    text: message.text.slice(0, MOST_UNITS).toWellFormed(),
    ts: inRange(message.ts),
    attachments: message.attachments.slice(0, MOST_ATTACHMENTS).map(withSize),
  }
}

export function inRange(ts: number): number {
  return Number.isFinite(ts) && Math.abs(ts) <= LAST_MS ? Math.trunc(ts) : Date.now()
}

function withSize(attachment: Attachment): Attachment {
  const { size, ...rest } = attachment
  return size !== undefined && Number.isSafeInteger(size) && size >= 0 ? { ...rest, size } : rest
}
