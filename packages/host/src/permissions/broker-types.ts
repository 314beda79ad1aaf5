/** What goes into the broker and what comes out of it. */
import type { Origin, PermissionRequest } from '@backchannel/protocol'
import type { FrozenCall } from './frozen-call.ts'
import type { PreviewForm } from './preview.ts'

export interface AskedCall {
  readonly tool: string
  /** What this call does, in words; not the arguments. */
  readonly description: string
  readonly input: Readonly<Record<string, unknown>>
  /** The event that caused the turn; absent for a prompt of the operator. */
  readonly origin?: Origin | undefined
}

export interface Outcome {
  readonly behavior: 'allow' | 'deny' | 'expired' | 'cancelled'
  /** `terminal`, a channel, `session` for what was allowed before; for what nobody answered, why. */
  readonly by: string
  /** Set where somebody in a channel answered: which. */
  readonly source?: string
  /** The sender who answered, as the channel knows them. */
  readonly sender?: string
  /** Of what was allowed for the session before: who allowed it. */
  readonly givenBy?: string
  /** Why a decision could not be recorded. */
  readonly problem?: string
  readonly scope: 'once' | 'session'
  /** What the agent is told with a denial. */
  readonly note?: string
  readonly requestId?: string
  /** What may run: the arguments as they were shown. */
  readonly call: FrozenCall
}

/** A request that is open, for people. */
export interface OpenApproval {
  readonly tool: string
  readonly description: string
  /** The arguments in the short form of the preview: one line, both ends in sight. */
  readonly preview: string
  /** The channels where it is shown now. */
  readonly relayedTo: readonly string[]
  /** Milliseconds since 1970. */
  readonly since: number
}

/** An answer of the operator. */
export interface LocalVerdict {
  readonly requestId: string
  readonly behavior: 'allow' | 'deny'
  readonly scope?: 'session' | undefined
  readonly note?: string | undefined
}

/** `applied`, or why a verdict changes nothing. */
export type VerdictResult = 'applied' | 'not-open' | 'not-asked-there'

export interface BrokerPorts {
  requested(request: PermissionRequest, relayedTo: readonly string[]): void
  resolved(requestId: string, outcome: Outcome): void
  /** Writes a decision down before it takes effect; a rejection makes a denial of it. */
  record(call: AskedCall, preview: string, outcome: Outcome): Promise<void>
  /** Whether the operator can answer in this session at all. */
  canAsk(): boolean
}

export interface BrokerOptions extends BrokerPorts {
  /** `off`: nothing goes to channels; `dm`: they are not told which chat caused it; `origin`: they are. Default `origin`. */
  readonly relay?: 'off' | 'dm' | 'origin'
  readonly preview?: PreviewForm
  /** Milliseconds after which an unanswered request ends. Default one hour. */
  readonly expireAfterMs?: number
  /** Milliseconds for the last channel that could answer to come back. Default 30 000. */
  readonly graceMs?: number
}
