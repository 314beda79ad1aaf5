/** The permission requests of a session: the broker, the stream of events, the operator's answers and the channels together. */
import type { AuditBy } from '../audit/decision.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { RelayPorts } from '../channels/relay-link.ts'
import { type Broker, createBroker } from '../permissions/broker.ts'
import type { AskedCall, BrokerOptions, Outcome } from '../permissions/broker-types.ts'
import type { NoticeLevel, SessionEvent } from '../ui/events.ts'
import type { SessionInput } from '../ui/interaction.ts'

export interface ApprovalOptions extends Pick<BrokerOptions, 'relay' | 'preview' | 'expireAfterMs' | 'graceMs'> {
  /** Whether somebody at this session can answer now: at its terminal, or over stream-json. Default: nobody. */
  readonly canAnswer?: () => boolean
}

export interface ApprovalPorts {
  readonly audit: Pick<AuditTrail, 'record'>
  emit(event: SessionEvent): void
  notice(level: NoticeLevel, message: string): void
}

export interface Approvals {
  /** Where the channels' verdicts go. */
  readonly relay: Pick<RelayPorts, 'opened' | 'lost' | 'verdict'>
  readonly broker: Broker
  /** Never rejects. */
  ask(call: AskedCall, signal: AbortSignal): Promise<Outcome>
  /** The operator's answer, from the terminal or a line of stream-json. */
  answer(given: Extract<SessionInput, { type: 'permission' }>): void
}

export function createApprovals(options: ApprovalOptions, { audit, emit, notice }: ApprovalPorts): Approvals {
  const broker = createBroker({
    ...options,
    canAsk: () => options.canAnswer?.() ?? false,
    async record({ tool, input, origin }, _preview, outcome) {
      const { behavior, scope, requestId, note, call } = outcome
      // Arguments that no copy can be made of never run; what of them can be shown is kept.
      const shown = call.digest === '' ? input : call.input
      const by = whoDecided(outcome)
      audit.record({ tool, input: shown, digest: call.digest, behavior, by, scope, requestId, note, origin })
    },
    requested: ({ requestId, toolName, description, inputPreview }, relayedTo) =>
      emit({
        type: 'permission.requested',
        request_id: requestId,
        tool_name: toolName,
        description,
        input_preview: inputPreview,
        relayed_to: relayedTo,
      }),
    resolved: (requestId, { behavior, by }) =>
      emit({ type: 'permission.resolved', request_id: requestId, behavior, by }),
  })
  return {
    broker,
    ask: broker.ask,
    answer({ request_id: requestId, behavior, scope, note }) {
      if (broker.answer({ requestId, behavior, scope, note }) === 'applied') return
      notice('error', `No permission request ${requestId} is open: it was answered or has ended.`)
    },
    relay: {
      opened: broker.opened,
      lost: broker.lost,
      // What does not count changes nothing, and is nothing to tell: the second of two answers is the usual case.
      verdict: (link, verdict) => void broker.verdict(link, verdict),
    },
  }
}

function whoDecided({ by, source, sender, givenBy }: Outcome): AuditBy {
  if (source !== undefined) return { kind: 'channel', source, ...(sender === undefined ? {} : { sender }) }
  if (by === 'terminal') return { kind: 'terminal' }
  return givenBy === undefined ? { kind: 'host', reason: by } : { kind: 'session', given_by: givenBy }
}
