/** Events from the start of a process until its admission is decided: a server may send before that, and loses none. */
import type { ChannelEvent } from '@backchannel/protocol'

/** Together, so that a server that is never admitted costs bounded memory. */
const MOST_EVENTS = 1_000
const MOST_BYTES = 16 * 1024 * 1024

export interface EarlyEvents {
  /** False when there is no more room. */
  keep(event: ChannelEvent, bytes: number): boolean
  /** What was kept, in order; nothing is kept after it. */
  take(): readonly { readonly event: ChannelEvent; readonly bytes: number }[]
}

export function createEarlyEvents(): EarlyEvents {
  let kept: { event: ChannelEvent; bytes: number }[] = []
  let total = 0
  return {
    keep(event, bytes) {
      if (kept.length >= MOST_EVENTS || total + bytes > MOST_BYTES) return false
      total += bytes
      kept.push({ event, bytes })
      return true
    },
    take() {
      const taken = kept
      kept = []
      return taken
    },
  }
}
