/**
 * The only sign of life of a stock host (contract 8): an MCP ping sent after events and answered proves that the host
 * has read that far from the pipe. It is recorded as `read`, never as delivered to the agent.
 */
import type { Output } from '../stdio/output.ts'

/** From an answer to the next ping: one for each event of a steady source would cost as much as the event itself. */
const PAUSE_MS = 25
/** So many events end the pause: what is unread has to be remembered, and only so much of it may be. */
const PAUSE_EVENTS = 128

export interface ReadProbe {
  /** Call after an event's line was sent, with its number; numbers only ever grow. */
  sent(seq: number): void
  /** An answer, result or error, to one of our requests. */
  answered(id: string | number): void
  /** Asks no more. Idempotent. */
  close(): void
}

/**
 * One ping is under way at a time, however many events are sent; the first after a quiet moment goes out at once.
 * @param read told that everything up to a number was read
 * @param name begins the ids of its pings: two probes never share one
 */
export function createReadProbe(output: Output, read: (upTo: number) => void, name = 'read'): ReadProbe {
  let count = 0
  let unasked = 0
  let covered: { readonly id: string; readonly upTo: number } | undefined
  let sentTo = 0
  let askedTo = 0
  let pause: NodeJS.Timeout | undefined
  let closed = false

  const ping = () => {
    if (closed || covered !== undefined || sentTo === askedTo) return
    count += 1
    askedTo = sentTo
    unasked = 0
    covered = { id: `${name}-${count}`, upTo: askedTo }
    output.send(JSON.stringify({ jsonrpc: '2.0', id: covered.id, method: 'ping' }))
  }
  return {
    sent(seq) {
      const isFirst = sentTo === askedTo
      sentTo = seq
      unasked += 1
      // After the rest of this tick's events, so that one ping covers them all.
      if (isFirst && covered === undefined && pause === undefined) setImmediate(ping)
      else if (unasked === PAUSE_EVENTS && pause !== undefined) {
        clearTimeout(pause)
        pause = undefined
        setImmediate(ping)
      }
    },
    answered(id) {
      if (covered === undefined || id !== covered.id) return
      read(covered.upTo)
      covered = undefined
      if (unasked >= PAUSE_EVENTS) return ping()
      pause = setTimeout(() => {
        pause = undefined
        ping()
      }, PAUSE_MS).unref()
    },
    close() {
      closed = true
      clearTimeout(pause)
    },
  }
}
