/**
 * What this session has told a channel of each event. A channel that was started again offers what it does not know to
 * be finished a second time; the ledger answers with the truth, and the agent gets nothing twice.
 */
import type { Receipt } from '@backchannel/protocol'

/** Events remembered a channel: far more than a channel may have unfinished. */
const REMEMBERED = 10_000
/** In UTF-16 units; an event with a longer id is not remembered. */
const LONGEST_ID = 256

export interface EventLedger {
  /** The last receipt of an event, if this session has taken it. */
  find(eventId: string): Receipt | undefined
  note(receipt: Receipt): void
  /** It was not given to the agent after all: offered again, it counts as new. */
  forget(eventId: string): void
}

export function createEventLedger(remembered: number = REMEMBERED): EventLedger {
  const receipts = new Map<string, Receipt>()
  return {
    find: (eventId) => receipts.get(eventId),
    forget: (eventId) => void receipts.delete(eventId),
    note(receipt) {
      if (receipt.eventId.length > LONGEST_ID) return
      // Last in, so that the oldest untouched one is first out.
      receipts.delete(receipt.eventId)
      receipts.set(receipt.eventId, receipt)
      if (receipts.size <= remembered) return
      const oldest = receipts.keys().next()
      if (!oldest.done) receipts.delete(oldest.value)
    },
  }
}
