/** Senders on the chat's WebSocket, as its page is one: many messages under way, sent again after a lost connection. */
import { setTimeout as delay } from 'node:timers/promises'
import { type Outgoing, RETRY_MS, type Send, type SenderOptions } from './sender.ts'

/** Messages sent and not yet answered. */
const UNDER_WAY = 32
const GREETING_LIMIT_MS = 5_000

export const sendMessages: Send = async (options) => {
  let left = options.events
  while (left.length > 0) {
    options.signal.throwIfAborted()
    left = await connectOnce(left, options)
    if (left.length > 0) await delay(RETRY_MS, undefined, { signal: options.signal })
  }
}

/** One connection from its start to its end. @returns what was not acknowledged */
function connectOnce(events: readonly Outgoing[], options: SenderOptions): Promise<readonly Outgoing[]> {
  const { target, record, name, signal } = options
  const { promise, resolve, reject } = Promise.withResolvers<readonly Outgoing[]>()
  const waiting = new Map(events.map((event) => [event.id, event]))
  const queue = [...events]
  let underWay = 0
  const socket = new WebSocket(`ws://127.0.0.1:${target.port}/ws`)
  const abort = () => socket.close()
  const greeting = setTimeout(abort, GREETING_LIMIT_MS)
  signal.addEventListener('abort', abort, { once: true })

  const push = () => {
    while (underWay < UNDER_WAY && socket.readyState === WebSocket.OPEN) {
      const next = queue.shift()
      if (!next) return
      underWay += 1
      socket.send(JSON.stringify({ id: next.id, text: next.content }))
    }
  }
  const take = (frame: Frame) => {
    if (frame.type === 'hello') {
      clearTimeout(greeting)
      push()
    } else if (frame.type === 'sent' && waiting.delete(frame.id ?? '')) {
      underWay -= 1
      record.acknowledged(name, frame.id ?? '')
      if (waiting.size === 0) socket.close()
      push()
    } else if (frame.type === 'error') {
      // What was sent behind it may be stored before it is tried again; that would be another order.
      if (!RETRIED.has(frame.error ?? '')) reject(new TypeError(`${frame.id} was answered with ${frame.message}`))
      socket.close()
    }
  }
  socket.addEventListener('message', ({ data }) => take(JSON.parse(String(data)) as Frame))
  socket.addEventListener('error', () => {})
  socket.addEventListener('close', () => {
    clearTimeout(greeting)
    signal.removeEventListener('abort', abort)
    resolve([...waiting.values()])
  })
  return promise
}

interface Frame {
  readonly type: string
  readonly id?: string
  readonly error?: string
  readonly message?: string
}

/** Told to try again: the session is ending, or the journal can't be written. */
const RETRIED = new Set(['closed', 'journal-unavailable', 'journal-full'])
