/**
 * The only sign of life of a stock host (contract 8): an MCP ping sent after events and answered proves that the host
 * has read that far from the pipe. It is recorded as `read`, never as delivered to the agent.
 */
import type { Output } from '../stdio/output.ts'

/** From an answer to the next ping: one for each event of a steady source would cost as much as the event itself. */
const PAUSE_MS = 25

export interface ReadProbe {
  /** Call after an event's line was sent. */
  sent(eventId: string): void
  /** An answer, result or error, to one of our requests. */
  answered(id: string | number): void
  /** Asks no more. Idempotent. */
  close(): void
}

/**
 * One ping is under way at a time, however many events are sent; the first after a quiet moment goes out at once.
 * @param name begins the ids of its pings: two probes never share one
 */
export function createReadProbe(output: Output, read: (eventIds: readonly string[]) => void, name = 'read'): ReadProbe {
  let count = 0
  let covered: { readonly id: string; readonly eventIds: readonly string[] } | undefined
  let later: string[] = []
  let pause: NodeJS.Timeout | undefined
  let closed = false

  const ping = () => {
    if (closed || covered !== undefined || later.length === 0) return
    count += 1
    covered = { id: `${name}-${count}`, eventIds: later }
    later = []
    output.send(JSON.stringify({ jsonrpc: '2.0', id: covered.id, method: 'ping' }))
  }
  return {
    sent(eventId) {
      later.push(eventId)
      // After the rest of this tick's events, so that one ping covers them all.
      if (covered === undefined && pause === undefined && later.length === 1) setImmediate(ping)
    },
    answered(id) {
      if (covered === undefined || id !== covered.id) return
      read(covered.eventIds)
      covered = undefined
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
