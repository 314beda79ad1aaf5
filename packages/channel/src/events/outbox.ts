/**
 * Events on their way to the host: in order, bounded, and towards a host with receipts never more than a window of
 * them unfinished, so that the host has no reason to drop one.
 */
import { randomUUID } from 'node:crypto'
import {
  BackchannelError,
  isRecord,
  META_KEY_PATTERN,
  METHODS,
  type Receipt,
  renderEvent,
  toError,
} from '@backchannel/protocol'
import type { OutgoingEvent } from '../define.ts'
import { renderNotification } from '../rpc/messages.ts'
import type { Output } from '../stdio/output.ts'

/** Events that may wait here; past it {@link Outbox.emit} rejects with `outbox-full`. */
export const WAITING_EVENTS = 1024
/** The same in UTF-16 units of their lines. */
export const WAITING_UNITS: number = 16 * 1024 * 1024
/** Events a host with receipts may have unfinished. */
export const WINDOW_EVENTS = 256
/** The largest event, content and meta together, in bytes of UTF-8: what our host takes by default. */
export const EVENT_BYTES: number = 1024 * 1024 + 64 * 1024

export interface Outbox {
  emit(event: OutgoingEvent): Promise<string>
  /** Opens the outbox; until then `emit` rejects with `not-registered`. */
  open(options: { receipts: boolean }): void
  /** A receipt that ends an event makes room in the window. */
  settle(receipt: Receipt): void
  /** Everything that waits, and all that follows, rejects with `closed`. */
  close(): void
  /** Whether `thrown` is a rejection of {@link emit}, as the same object. */
  rejected(thrown: unknown): thrown is BackchannelError
}

interface Waiting {
  readonly id: string
  readonly line: string
  readonly resolve: (id: string) => void
  readonly reject: (error: BackchannelError) => void
}

export function createOutbox(output: Output): Outbox {
  const waiting: Waiting[] = []
  const waitingIds = new Set<string>()
  /** Sent, and not yet completed, failed or dropped; only towards a host with receipts. */
  const unfinished = new Set<string>()
  const rejections = new WeakSet<object>()
  let waitingUnits = 0
  let state: 'unregistered' | 'open' | 'closed' = 'unregistered'
  let receipts = false

  const pump = () => {
    while (state === 'open' && !output.blocked && unfinished.size < WINDOW_EVENTS) {
      const next = waiting.shift()
      if (!next) return
      waitingIds.delete(next.id)
      waitingUnits -= next.line.length
      if (receipts) unfinished.add(next.id)
      output.send(next.line)
      next.resolve(next.id)
    }
  }
  output.onWritable(pump)

  const add = (event: OutgoingEvent, resolve: Waiting['resolve'], reject: Waiting['reject']) => {
    assertOpen(state)
    assertEvent(event)
    const { eventId: id = randomUUID(), ...rest } = event
    if (waitingIds.has(id) || unfinished.has(id)) {
      throw invalid(`the event id "${id}" is in use`, 'Give each event an id of its own.')
    }
    if (waiting.length >= WAITING_EVENTS || waitingUnits >= WAITING_UNITS) throw full(waiting.length)
    const line = renderNotification(METHODS.event, renderEvent(receipts ? { ...rest, eventId: id } : rest))
    waiting.push({ id, line, resolve, reject })
    waitingIds.add(id)
    waitingUnits += line.length
    pump()
  }

  return {
    emit: (event) =>
      new Promise((resolve, reject) => {
        try {
          add(event, resolve, (error) => {
            rejections.add(error)
            reject(error)
          })
        } catch (error) {
          rejections.add(toError(error))
          reject(error)
        }
      }),
    open(options) {
      if (state !== 'unregistered') return
      receipts = options.receipts
      state = 'open'
    },
    settle({ eventId, state: receiptState }) {
      if (receiptState === 'queued' || receiptState === 'started') return
      if (unfinished.delete(eventId)) pump()
    },
    close() {
      state = 'closed'
      waitingIds.clear()
      unfinished.clear()
      for (const { reject } of waiting.splice(0)) reject(ended())
      waitingUnits = 0
    },
    rejected: (thrown): thrown is BackchannelError =>
      typeof thrown === 'object' && thrown !== null && rejections.has(thrown),
  }
}

function assertOpen(state: 'unregistered' | 'open' | 'closed'): void {
  if (state === 'closed') throw ended()
  if (state === 'unregistered') {
    throw new BackchannelError('not-registered', 'No session has registered this channel, so its events go nowhere.', {
      hint: 'Name the channel after --channels (or the development flag) when the session starts.',
    })
  }
}

function assertEvent(event: OutgoingEvent): void {
  if (!isRecord(event)) throw invalid('it is no object', 'Give an object with "content".')
  const { content, meta = {}, eventId = 'none' } = event as OutgoingEvent
  if (typeof content !== 'string') throw invalid(`"content" is a ${typeof content}`, 'Give a string.')
  if (typeof eventId !== 'string' || eventId === '')
    throw invalid('"eventId" is no text', 'Leave it out for a random one.')
  let bytes = Buffer.byteLength(content)
  for (const [key, value] of Object.entries(meta)) {
    if (!META_KEY_PATTERN.test(key)) {
      throw invalid(`the meta key "${key}" would be dropped by the host`, 'Keys have letters, digits and "_" only.')
    }
    if (key.toLowerCase() === 'source') {
      throw invalid(`the meta key "${key}" would be dropped by the host`, 'The source of an event is the host to say.')
    }
    if (typeof value !== 'string') throw invalid(`"meta.${key}" is a ${typeof value}`, 'Values are strings.')
    bytes += key.length + Buffer.byteLength(value)
  }
  if (bytes <= EVENT_BYTES) return
  throw new BackchannelError('event-too-large', `The event has ${bytes} bytes; ${EVENT_BYTES} is the most.`, {
    hint: 'Shorten it, or write the rest to a file and name the file.',
  })
}

function invalid(problem: string, hint: string): BackchannelError {
  return new BackchannelError('arguments-invalid', `The event can't be sent: ${problem}.`, { hint })
}

function full(count: number): BackchannelError {
  return new BackchannelError('outbox-full', `${count} events wait already because the session reads slowly.`, {
    hint: 'Try again later.',
  })
}

function ended(): BackchannelError {
  return new BackchannelError('closed', 'The session has ended; the event was not sent.')
}
