/** The host's end of the pipe: requests and their answers, notifications, and every line that is none of them. */
import type { Readable, Writable } from 'node:stream'
import { type Deferred, deferred, type WaitOptions, withDeadline } from '../wait.ts'
import { createInbox, type Inbox } from './inbox.ts'
import { createLineSplitter } from './lines.ts'
import { isObject, type RpcAnswer, RpcError, type RpcId, type RpcMessage, readRpcMessage } from './messages.ts'
import type { ReceivedEvent, ReceivedNotification } from './types.ts'

export interface Wire {
  readonly lines: readonly string[]
  readonly strayLines: readonly string[]
  readonly events: Inbox<ReceivedEvent>
  readonly notifications: Inbox<ReceivedNotification>
  readonly unaskedAnswers: Inbox<RpcAnswer>
  readonly requests: readonly ReceivedNotification[]
  write(bytes: string | Uint8Array): void
  notify(method: string, params?: unknown): void
  request(method: string, params: unknown, options: WaitOptions): Promise<unknown>
  /** Whatever is waited for now or later rejects with this. */
  end(reason: Error): void
}

interface Streams {
  readonly stdin: Writable
  readonly stdout: Readable
}

/** @param seen what to show, after a deadline has passed, of what the process said. */
export function createWire({ stdin, stdout }: Streams, seen: () => string): Wire {
  const lines: string[] = []
  const strayLines: string[] = []
  const requests: ReceivedNotification[] = []
  const events = createInbox<ReceivedEvent>(seen)
  const notifications = createInbox<ReceivedNotification>(seen)
  const unaskedAnswers = createInbox<RpcAnswer>(seen)
  const open = new Map<RpcId, Deferred<RpcAnswer>>()
  let lastId = 0
  let ended: Error | undefined

  const write = (bytes: string | Uint8Array): void => {
    if (stdin.writable) stdin.write(bytes)
  }
  const send = (message: object): void => write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

  const take = (message: RpcMessage): void => {
    if (message.kind === 'notification') {
      const { method, params } = message
      notifications.push({ method, params })
      if (method === 'notifications/claude/channel' && isObject(params)) events.push(params as unknown as ReceivedEvent)
    } else if (message.kind === 'request') {
      const { id, method, params } = message
      requests.push({ method, params })
      if (method === 'ping') send({ id, result: {} })
      else send({ id, error: { code: -32601, message: `Method not found: ${method}` } })
    } else {
      const asked = message.id === null ? undefined : open.get(message.id)
      if (asked) asked.resolve(message)
      else unaskedAnswers.push(message)
    }
  }
  const splitter = createLineSplitter((line, complete) => {
    lines.push(line)
    const message = complete ? readRpcMessage(line) : undefined
    if (message) take(message)
    else strayLines.push(line)
  })
  stdout.on('data', (chunk: Buffer) => splitter.push(chunk))
  stdout.on('end', () => splitter.end())
  // The channel may be gone already; that shows in its exit, not here.
  stdin.on('error', () => {})
  stdout.on('error', () => {})

  return {
    lines,
    strayLines,
    events,
    notifications,
    unaskedAnswers,
    requests,
    write,
    notify: (method, params) => send({ method, ...(params === undefined ? {} : { params }) }),
    async request(method, params, options) {
      if (ended) throw ended
      const id = ++lastId
      const asked = deferred<RpcAnswer>()
      open.set(id, asked)
      send({ id, method, ...(params === undefined ? {} : { params }) })
      try {
        const answer = await withDeadline(asked.promise, { ...options, what: `the answer to ${method}`, seen })
        if (answer.kind === 'error') throw new RpcError(method, answer.error)
        return answer.result
      } finally {
        open.delete(id)
      }
    },
    end(reason) {
      ended = reason
      for (const asked of open.values()) asked.reject(reason)
      for (const inbox of [events, notifications, unaskedAnswers]) inbox.end(reason)
    },
  }
}
