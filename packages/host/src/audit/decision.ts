/** What is recorded of a decision on a tool call: what would run, who said what, and for which turn. */
import type { Origin } from '@backchannel/protocol'
import type { DecidedBy } from '../permissions/decide.ts'

/** Who said so. */
export type AuditBy =
  | DecidedBy
  /** The operator, at the terminal or over stream-json. */
  | { readonly kind: 'terminal' }
  /** Somebody in a channel; the sender as the channel knows them, where it says so. */
  | { readonly kind: 'channel'; readonly source: string; readonly sender?: string }
  /** It was allowed for the rest of the session before, and by whom. */
  | { readonly kind: 'session'; readonly given_by: string }
  /** Nobody: time ran out, the turn was interrupted, nobody could be asked … */
  | { readonly kind: 'host'; readonly reason: string }

export interface AuditDecision {
  readonly tool: string
  /** What would run. */
  readonly input: unknown
  /** SHA-256 of tool and arguments as they would run, in hexadecimal; empty where they cannot be read. */
  readonly digest: string
  readonly behavior: 'allow' | 'deny' | 'expired' | 'cancelled'
  readonly by: AuditBy
  readonly scope: 'once' | 'session'
  /** Of a call that was asked. */
  readonly requestId?: string | undefined
  /** What the agent was told with a denial. */
  readonly note?: string | undefined
  /** The event that caused the turn; absent for a prompt of the operator. */
  readonly origin?: Origin | undefined
}

export interface DecisionContext {
  readonly at: Date
  readonly session: string
  readonly project: string
}

/** The body of a line, without the arguments. */
export function renderDecision(decision: AuditDecision, { at, session, project }: DecisionContext): object {
  const { tool, behavior, by, scope, requestId, note, origin, digest } = decision
  return {
    kind: 'decision',
    at: at.toISOString(),
    session,
    project,
    tool,
    behavior,
    by,
    scope,
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(note === undefined ? {} : { note }),
    origin: origin
      ? { source: origin.source, chat_id: origin.chatId, event_id: origin.eventId }
      : { source: 'operator' },
    digest,
  }
}
