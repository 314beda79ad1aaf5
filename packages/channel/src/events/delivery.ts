/**
 * Events of a channel with a journal on their way to the host: stored first, offered in order, never more than a window
 * of them unfinished, and what an earlier session left unfinished offered again with its label.
 */
import { type Receipt, toError } from '@backchannel/protocol'
import type { Journal } from '../journal/journal.ts'
import type { StoredEvent } from '../journal/store.ts'
import type { Output } from '../stdio/output.ts'
import { renderEventLine, WINDOW_EVENTS } from './event-line.ts'
import { fitting } from './pull.ts'
import { createReadProbe, type ReadProbe } from './read-probe.ts'

/** Events read from the journal at a time. */
const BATCH_EVENTS = 64
/** Offered at a time to a host that gives no receipts, as long as its pipe takes them: what the journal writes in one group. */
const GROUP_EVENTS = 512
/** After the journal could not be read, it is tried again this much later. */
const RETRY_MS = 1_000
/** A session that ended in the middle has not failed the event: the next one gets it. */
const SESSION_ENDED = 'session-ended'

export interface Delivery {
  /** How many of the next events could be offered at once. */
  claim(count: number): number
  /** Sends events that the journal has written as `offered`. */
  offer(events: readonly StoredEvent[]): void
  /** Begins, with what earlier sessions left. */
  start(journal: Journal, options: { receipts: boolean }): void
  /** Something was put into the journal by another way than {@link offer}. */
  look(): void
  settle(receipt: Receipt): void
  /** An answer of the host to a request of ours; see {@link ReadProbe}. */
  answered(id: string | number): void
  /**
   * Of what was sent in this session to a host that says nothing of it, the next that this was not asked for before: that
   * host may have dropped it.
   */
  sent(most: number): { readonly events: readonly StoredEvent[]; readonly left: number }
  /** Offers nothing more until it is started again. */
  pause(): void
}

export function createDelivery(output: Output, warn: (message: string) => void): Delivery {
  const unfinished = new Set<string>()
  let journal: Journal | undefined
  let receipts = false
  let cursor = 0
  /** The first one sent, and the last one asked for, towards a host without receipts. */
  let firstSent: number | undefined
  let askedTo = 0
  /** True while the journal may hold open events after the cursor. */
  let backlog = true
  let pumping = false
  let failing = false
  let retry: NodeJS.Timeout | undefined
  let probe: ReadProbe | undefined
  let readTo = 0

  const room = () => {
    if (journal === undefined || output.blocked) return 0
    return receipts ? WINDOW_EVENTS - unfinished.size : GROUP_EVENTS
  }
  const send = (event: StoredEvent, redelivered: boolean) => {
    cursor = event.seq
    if (receipts) unfinished.add(event.eventId)
    else {
      firstSent ??= event.seq
      probe?.sent(event.seq)
    }
    output.send(renderEventLine(event, { withId: receipts, redelivered }))
  }
  const pump = () => {
    if (pumping) return
    pumping = true
    try {
      while (backlog && room() > 0 && journal !== undefined) {
        const events = journal.takeOpen(cursor, Math.min(BATCH_EVENTS, room()))
        if (events.length === 0) backlog = false
        output.group(() => {
          for (const event of events) send(event, event.state !== 'stored')
        })
      }
      failing = false
    } catch (thrown) {
      if (!failing) warn(`the journal can't be read just now: ${toError(thrown).message}`)
      failing = true
      retry ??= setTimeout(() => {
        retry = undefined
        pump()
      }, RETRY_MS).unref()
    } finally {
      pumping = false
    }
  }
  output.onWritable(pump)

  return {
    claim(count) {
      const free = backlog ? 0 : Math.min(count, room())
      if (free < count) {
        backlog = true
        // What is not claimed is read back once it is written.
        setImmediate(pump)
      }
      return free
    },
    offer(events) {
      output.group(() => {
        for (const event of events) send(event, false)
      })
    },
    start(opened, options) {
      journal = opened
      // A journal that was replaced counts anew.
      cursor = 0
      firstSent = undefined
      askedTo = 0
      receipts = options.receipts
      // In order from the first on: whatever is open up to an event that was read was sent before it.
      readTo = 0
      if (receipts) return pump()
      probe = createReadProbe(output, (seq) => {
        opened.read(seq, readTo + 1)
        readTo = seq
      })
      pump()
    },
    look() {
      backlog = true
      pump()
    },
    settle({ eventId, state, reason }) {
      const why = reason === undefined ? {} : { reason }
      switch (state) {
        case 'queued':
          journal?.mark(eventId, 'read')
          return
        case 'started':
          journal?.mark(eventId, 'started')
          return
        case 'completed':
        case 'dropped':
          journal?.mark(eventId, state, { close: true, ...why })
          break
        case 'failed':
          if (reason !== SESSION_ENDED) journal?.mark(eventId, state, { close: true, ...why })
      }
      unfinished.delete(eventId)
      pump()
    },
    answered: (id) => probe?.answered(id),
    sent(most) {
      if (journal === undefined || firstSent === undefined) return { events: [], left: 0 }
      askedTo = Math.max(askedTo, firstSent - 1)
      const { store } = journal
      const found = store.sentBetween(askedTo, cursor, most)
      const events = found.slice(0, fitting(found).count)
      askedTo = events.at(-1)?.seq ?? askedTo
      return { events, left: store.sentCount(askedTo, cursor) }
    },
    pause() {
      clearTimeout(retry)
      retry = undefined
      probe?.close()
      journal = undefined
      backlog = true
    },
  }
}
