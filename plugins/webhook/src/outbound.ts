/** What the agent replies, as server-sent events for whoever listens. */
import { createEventStream, type EventStream } from './event-stream.ts'

export interface Reply {
  readonly text: string
  readonly path?: string
}

export interface ReplyStream extends Omit<EventStream, 'send'> {
  send(reply: Reply): ReturnType<EventStream['send']>
}

/** The longest reply, in UTF-16 units. */
export const REPLY_UNITS = 100_000

export function createReplyStream(heartbeatMs?: number): ReplyStream {
  const stream = createEventStream('replies of the agent follow', heartbeatMs)
  return {
    get listeners() {
      return stream.listeners
    },
    add: (response) => stream.add(response),
    send: ({ text, path }) =>
      stream.send('reply', { text, ...(path === undefined ? {} : { path }), ts: new Date().toISOString() }),
    close: () => stream.close(),
  }
}
