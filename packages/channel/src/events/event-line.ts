/** One event as a line of the wire: what an author may give, and how it is written. */
import { BackchannelError, isRecord, META_KEY_PATTERN, METHODS, renderEvent } from '@backchannel/protocol'
import type { OutgoingEvent } from '../define.ts'
import { renderNotification } from '../rpc/messages.ts'

/** Events a host with receipts may have unfinished. */
export const WINDOW_EVENTS = 256
/** Events that a host without receipts may have unread: it drops none for their number, and proves now and then how far it read. */
export const UNREAD_EVENTS = 1_024
/** The largest event, content and meta together, in bytes of UTF-8: what our host takes by default. */
export const EVENT_BYTES: number = 1024 * 1024 + 64 * 1024

/** `redelivered` adds the label of contract-following repeats: this event may have reached a session before. */
export function renderEventLine(
  event: { readonly content: string; readonly meta?: Readonly<Record<string, string>>; readonly eventId: string },
  options: { readonly withId: boolean; readonly redelivered: boolean },
): string {
  const { content, meta, eventId } = event
  const labelled = options.redelivered ? labelRedelivered(meta) : meta
  return renderNotification(
    METHODS.event,
    renderEvent({
      content,
      ...(labelled === undefined ? {} : { meta: labelled }),
      ...(options.withId ? { eventId } : {}),
    }),
  )
}

/** The attribute of an event that may have reached a session before. */
export function labelRedelivered(meta: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { ...meta, redelivered: 'true' }
}

/** @throws BackchannelError `arguments-invalid` or `event-too-large` */
export function assertEvent(event: OutgoingEvent): void {
  if (!isRecord(event)) throw invalidEvent('it is no object', 'Give an object with "content".')
  const { content, meta = {}, eventId, deliveryId } = event as OutgoingEvent
  if (typeof content !== 'string') throw invalidEvent(`"content" is of type ${typeof content}`, 'Give a string.')
  assertId('eventId', eventId)
  assertId('deliveryId', deliveryId)
  if (!isRecord(meta)) throw invalidEvent('"meta" is no object', 'Give an object of texts, or leave it out.')
  let bytes = Buffer.byteLength(content)
  for (const [key, value] of Object.entries(meta)) {
    assertMeta(key, value)
    bytes += key.length + Buffer.byteLength(value)
  }
  if (bytes <= EVENT_BYTES) return
  throw new BackchannelError('event-too-large', `The event has ${bytes} bytes; ${EVENT_BYTES} is the most.`, {
    hint: 'Shorten it, or write the rest to a file and name the file.',
  })
}

function assertId(name: string, value: unknown): void {
  if (value === undefined || (typeof value === 'string' && value !== '')) return
  throw invalidEvent(`"${name}" is no text`, 'Leave it out, or give a text that is not empty.')
}

function assertMeta(key: string, value: unknown): void {
  if (!META_KEY_PATTERN.test(key)) {
    throw invalidEvent(`the meta key "${key}" would be dropped by the host`, 'Keys have letters, digits and "_" only.')
  }
  if (key.toLowerCase() === 'source') {
    throw invalidEvent(
      `the meta key "${key}" would be dropped by the host`,
      'The source of an event is the host to say.',
    )
  }
  if (typeof value !== 'string') throw invalidEvent(`"meta.${key}" is of type ${typeof value}`, 'Values are strings.')
}

export function invalidEvent(problem: string, hint: string): BackchannelError {
  return new BackchannelError('arguments-invalid', `The event can't be sent: ${problem}.`, { hint })
}
