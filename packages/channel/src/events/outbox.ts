/**
 * Events on their way to the host: in order, bounded, and towards a host with receipts never more than a window of
 * them unfinished, so that the host has no reason to drop one.
 */
import { randomUUID } from 'node:crypto'
import { BackchannelError } from '@backchannel/protocol'
import type { Emitted, OutgoingEvent } from '../define.ts'
import type { Output } from '../stdio/output.ts'
import { assertEvent, invalidEvent, renderEventLine, WINDOW_EVENTS } from './event-line.ts'
import { type EventPath, ended, notRegistered } from './path.ts'

/** Events that may wait here; past it {@link Outbox.emit} rejects with `outbox-full`. */
export const WAITING_EVENTS = 1024
/** The same in UTF-16 units of their lines. */
export const WAITING_UNITS: number = 16 * 1024 * 1024

interface Waiting {
  readonly id: string
  readonly line: string
  readonly resolve: (emitted: Emitted) => void
  readonly reject: (error: BackchannelError) => void
}

export function createOutbox(output: Output): EventPath {
  const waiting: Waiting[] = []
  const waitingIds = new Set<string>()
  /** Sent, and not yet completed, failed or dropped; only towards a host with receipts. */
  const unfinished = new Set<string>()
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
      next.resolve({ eventId: next.id, duplicate: false })
    }
  }
  output.onWritable(pump)

  const add = (event: OutgoingEvent, resolve: Waiting['resolve'], reject: Waiting['reject']) => {
    if (state === 'closed') throw ended()
    if (state === 'unregistered') throw notRegistered()
    assertEvent(event)
    const { eventId: id = randomUUID(), ...rest } = event
    if (waitingIds.has(id) || unfinished.has(id)) {
      throw invalidEvent(`the event id "${id}" is in use`, 'Give each event an id of its own.')
    }
    if (waiting.length >= WAITING_EVENTS || waitingUnits >= WAITING_UNITS) throw full(waiting.length)
    const line = renderEventLine({ ...rest, eventId: id }, { withId: receipts, redelivered: false })
    waiting.push({ id, line, resolve, reject })
    waitingIds.add(id)
    waitingUnits += line.length
    pump()
  }

  return {
    emit: (event) =>
      new Promise((resolve, reject) => {
        add(event, resolve, reject)
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
    answered() {},
    called() {},
    async close() {
      state = 'closed'
      waitingIds.clear()
      unfinished.clear()
      for (const { reject } of waiting.splice(0)) reject(ended())
      waitingUnits = 0
    },
  }
}

function full(count: number): BackchannelError {
  return new BackchannelError('outbox-full', `${count} events wait already because the session reads slowly.`, {
    hint: 'Try again later.',
  })
}
