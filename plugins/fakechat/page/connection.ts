/** The WebSocket to the channel, which comes back by itself: after a restart of the channel, a sleep, a lost network. */
import type { HelloFrame, ServerFrame } from '../src/wire.ts'

export interface ConnectionHandlers {
  /** The first frame of a connection: from here on it can be used. */
  open(hello: HelloFrame): void
  frame(frame: ServerFrame): void
  /** @param retryAt in milliseconds since 1970. */
  lost(retryAt: number): void
}

export interface Connection {
  send(text: string): void
  /** Tries at once instead of waiting for the next attempt. */
  retry(): void
}

const FIRST_DELAY_MS = 250
const LONGEST_DELAY_MS = 5000
/** A connection that is not greeted by then is not to a channel. */
const GREETING_LIMIT_MS = 10_000

export function connect(url: string, handlers: ConnectionHandlers): Connection {
  let socket: WebSocket | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let delay = FIRST_DELAY_MS

  const open = (): void => {
    clearTimeout(timer)
    timer = undefined
    const current = new WebSocket(url)
    socket = current
    const greeting = setTimeout(() => current.close(), GREETING_LIMIT_MS)
    current.onmessage = ({ data }) => {
      const frame = parseFrame(data)
      if (!frame || socket !== current) return
      if (frame.type !== 'hello') return handlers.frame(frame)
      clearTimeout(greeting)
      delay = FIRST_DELAY_MS
      handlers.open(frame)
    }
    current.onclose = () => {
      clearTimeout(greeting)
      if (socket !== current) return
      socket = undefined
      // Tabs that lost the same channel shall not come back in the same instant.
      const wait = delay * (0.8 + Math.random() * 0.4)
      delay = Math.min(delay * 2, LONGEST_DELAY_MS)
      timer = setTimeout(open, wait)
      handlers.lost(Date.now() + wait)
    }
  }
  const retry = (): void => {
    if (timer === undefined) return
    delay = FIRST_DELAY_MS
    open()
  }

  addEventListener('online', retry)
  // Timers of a hidden page run late; whoever looks at it wants it now.
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && retry())
  open()
  return { send: (text) => socket?.send(text), retry }
}

function parseFrame(data: unknown): ServerFrame | undefined {
  try {
    const frame: unknown = JSON.parse(String(data))
    return typeof frame === 'object' && frame !== null && 'type' in frame ? (frame as ServerFrame) : undefined
  } catch {
    return undefined
  }
}
