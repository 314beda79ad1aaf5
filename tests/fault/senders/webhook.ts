/** Senders of webhooks: one request at a time on a connection of their own, the same idempotency key on each attempt. */
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { type Outgoing, RETRY_MS, type Send, type Target } from './sender.ts'

/** A request that is answered neither way by then is a bug; it shows as a run that does not get on. */
const REQUEST_LIMIT_MS = 10_000
const BUSY_MS = 20

export const sendWebhooks: Send = async ({ name, events, target, record, signal }) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    for (const event of events) {
      while (!(await isStored(event, target, agent, signal))) signal.throwIfAborted()
      record.acknowledged(name, event.id)
    }
  } finally {
    agent.destroy()
  }
}

async function isStored(event: Outgoing, target: Target, agent: Agent, signal: AbortSignal): Promise<boolean> {
  try {
    const { status, body } = await post(event, target.port, agent, signal)
    if (status === 202) return true
    // The session is ending, or the journal can't be written: told to try again.
    if (status !== 503) throw new TypeError(`${event.id} was answered with ${status}: ${body}`)
    await delay(BUSY_MS, undefined, { signal })
  } catch (thrown) {
    if (thrown instanceof TypeError) throw thrown
    await delay(RETRY_MS, undefined, { signal })
  }
  return false
}

async function post(event: Outgoing, port: number, agent: Agent, signal: AbortSignal) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const sent = request({
    host: '127.0.0.1',
    port,
    path: '/fault',
    method: 'POST',
    agent,
    signal,
    timeout: REQUEST_LIMIT_MS,
    headers: { 'content-length': Buffer.byteLength(event.content), 'idempotency-key': event.id },
  })
  sent.once('response', resolve).once('error', reject)
  sent.once('timeout', () => sent.destroy(new Error('no answer')))
  sent.end(event.content)
  const response = await promise
  return { status: response.statusCode ?? 0, body: await text(response) }
}
