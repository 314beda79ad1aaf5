/** Who sends events to a channel, and holds on to each one until it is acknowledged. */
import type { FaultRecord } from '../record.ts'

/** Where the channel listens just now; sessions come and go. */
export interface Target {
  /** Learned from what the channel says. */
  port: number
}

export interface SenderOptions {
  /** Unique among the senders of a run. */
  readonly name: string
  /** What it sends, in order. */
  readonly events: readonly Outgoing[]
  readonly target: Target
  readonly record: Pick<FaultRecord, 'acknowledged'>
  /** Ends it early. */
  readonly signal: AbortSignal
}

export interface Outgoing {
  readonly id: string
  readonly content: string
}

/**
 * Resolves when everything is acknowledged. What was not is sent again with the same id, as real senders do.
 * @throws Error for an answer that no retry would change, and where the signal aborts
 */
export type Send = (options: SenderOptions) => Promise<void>

/** Before a connection that was refused or lost is tried again. */
export const RETRY_MS = 5
