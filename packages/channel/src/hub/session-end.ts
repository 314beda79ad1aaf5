/**
 * A session's end of the way: writes what the hub offers to this process's host, and says what became of it. It remembers
 * what is unfinished, and what was finished lately, so that another holder neither repeats nor forgets it.
 */
import type { Receipt } from '@backchannel/protocol'
import { renderEventLine } from '../events/event-line.ts'
import { PULL_UNITS, type PulledEvent } from '../events/pull.ts'
import { createReadProbe } from '../events/read-probe.ts'
import type { Output } from '../stdio/output.ts'

export interface OfferedEvent {
  readonly eventId: string
  readonly content: string
  readonly meta: Readonly<Record<string, string>>
  /** It may have reached a session before. */
  readonly redelivered: boolean
}

/** What became of an event: a receipt, or that a host without receipts has read it. */
export interface Outcome extends Omit<Receipt, 'state'> {
  readonly state: Receipt['state'] | 'read'
}

export interface SessionEnd {
  offer(event: OfferedEvent): void
  /** A receipt of the host. */
  settle(receipt: Receipt): void
  /** An answer of the host to a request of ours. */
  answered(id: string | number): void
  /** Offered, and not finished, as far as it got. */
  unfinished(): readonly Outcome[]
  /** The newest that have ended. */
  finished(): readonly Outcome[]
  /** Of what was sent to a host that says nothing of it, the next that this was not asked for before. */
  pull(most: number): { readonly events: readonly PulledEvent[]; readonly left: number }
  close(): void
}

const KEPT_FINISHED = 1_000
const KEPT_SENT = 50

export interface SessionEndOptions {
  readonly output: Output
  /** Whether the host says what becomes of events. */
  readonly receipts: boolean
  outcome(outcome: Outcome): void
}

export function createSessionEnd({ output, receipts, outcome }: SessionEndOptions): SessionEnd {
  const unfinished = new Map<string, Outcome>()
  // Two generations: a map whose oldest key is deleted for each new one is walked over its holes each time.
  let finished = new Map<string, Outcome>()
  let finishedBefore = new Map<string, Outcome>()
  const sent: PulledEvent[] = []
  /** Of a host without receipts: events by the number for the probe. */
  const unread = new Map<number, string>()
  let count = 0

  const end = (last: Outcome) => {
    unfinished.delete(last.eventId)
    finished.set(last.eventId, last)
    if (finished.size === KEPT_FINISHED) {
      finishedBefore = finished
      finished = new Map()
    }
    outcome(last)
  }
  const probe = createReadProbe(output, (upTo) => {
    for (const [number, eventId] of unread) {
      if (number > upTo) break
      unread.delete(number)
      end({ eventId, state: 'read' })
    }
  })
  return {
    offer({ eventId, content, meta, redelivered }) {
      const before = finished.get(eventId) ?? finishedBefore.get(eventId)
      if (before) return outcome(before)
      // The host has it, or it is on its way there.
      if (unfinished.has(eventId)) return
      unfinished.set(eventId, { eventId, state: 'queued' })
      output.send(renderEventLine({ eventId, content, meta }, { withId: receipts, redelivered }))
      if (receipts) return
      sent.push({ content, meta, redelivered: true })
      if (sent.length > KEPT_SENT) sent.shift()
      count += 1
      unread.set(count, eventId)
      probe.sent(count)
    },
    settle(receipt) {
      const { eventId, state, reason } = receipt
      if (!unfinished.has(eventId)) return
      if (state === 'queued' || state === 'started') {
        unfinished.set(eventId, receipt)
        return outcome(receipt)
      }
      // A session that ends has not failed it: another one gets it.
      if (state === 'failed' && reason === 'session-ended') return
      // Its host lets nothing in now: it is not finished, and may come back when it does.
      if (state === 'dropped' && reason === 'not-registered') {
        unfinished.delete(eventId)
        return outcome(receipt)
      }
      end(receipt)
    },
    answered: (id) => probe.answered(id),
    unfinished: () => [...unfinished.values()],
    finished: () => [...finishedBefore.values(), ...finished.values()].slice(-KEPT_FINISHED),
    pull(most) {
      let units = 0
      const events: PulledEvent[] = []
      while (events.length < most) {
        const [next] = sent
        if (!next) break
        units += next.content.length + JSON.stringify(next.meta).length
        if (events.length > 0 && units > PULL_UNITS) break
        events.push(next)
        sent.shift()
      }
      return { events, left: sent.length }
    },
    close: () => probe.close(),
  }
}
