/** Server-sent events for whoever listens; a listener that does not read is cut off. */
import type { ServerResponse } from 'node:http'

export interface EventStream {
  readonly listeners: number
  /** Answers the request with the open stream, `first` in it; `false` when {@link LISTENERS} are there already. */
  add(response: ServerResponse, first?: string): boolean
  /** Sends to everybody who listens. `dropped` are those cut off because they had not read what was sent before. */
  send(event: string, data: unknown): { sent: number; dropped: number }
  /** Ends every stream. Idempotent; the stream can be used again. */
  close(): void
}

/** The most that listen at once. */
export const LISTENERS = 100
/** What may wait for one listener, in bytes; past it the listener is cut off. */
export const BACKLOG_BYTES = 1_048_576
/** Proxies and clients take a silent connection for a dead one. */
const HEARTBEAT_MS = 15_000

export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const

/** @param greeting a comment at the start of each stream */
export function createEventStream(greeting: string, heartbeatMs: number = HEARTBEAT_MS): EventStream {
  const listeners = new Set<ServerResponse>()
  let heartbeat: NodeJS.Timeout | undefined
  let last = 0

  const remove = (listener: ServerResponse) => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(heartbeat)
    heartbeat = undefined
  }
  const write = (text: string) => {
    let dropped = 0
    for (const listener of listeners) {
      if (listener.writableLength <= BACKLOG_BYTES) {
        listener.write(text)
      } else {
        dropped += 1
        remove(listener)
        listener.destroy()
      }
    }
    return { sent: listeners.size, dropped }
  }

  return {
    get listeners() {
      return listeners.size
    },
    add(response, first = '') {
      if (listeners.size >= LISTENERS) return false
      response.writeHead(200, STREAM_HEADERS)
      response.write(`retry: 2000\n: ${greeting}\n\n${first}`)
      listeners.add(response)
      response.on('error', () => remove(response)).on('close', () => remove(response))
      heartbeat ??= setInterval(() => write(': still here\n\n'), heartbeatMs)
      return true
    },
    send(event, data) {
      last += 1
      return write(`event: ${event}\nid: ${last}\ndata: ${JSON.stringify(data)}\n\n`)
    },
    close() {
      for (const listener of listeners) {
        remove(listener)
        listener.end()
      }
    },
  }
}
