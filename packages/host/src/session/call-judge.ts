/** Whether a tool call may run, and with which arguments: decided by the rules, asked where they ask, recorded either way. */
import type { Origin } from '@backchannel/protocol'
import type { ChannelTool } from '../agents/agent.ts'
import type { AuditDecision } from '../audit/decision.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { QueuedEvent } from '../channels/queue.ts'
import { type Decision, decide } from '../permissions/decide.ts'
import { explainOutcome } from '../permissions/explain.ts'
import { type FrozenCall, freezeCall } from '../permissions/frozen-call.ts'
import type { SessionPermissions } from '../permissions/session-permissions.ts'
import { describeToolCall } from '../tools/describe.ts'
import type { Approvals } from './approvals.ts'

export interface JudgedCall {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
  /** Of the turn. */
  readonly events: readonly QueuedEvent[]
  /** Whose tool it is, for one of a channel. */
  readonly channel?: Pick<ChannelTool, 'source' | 'tool'> | undefined
}

export type Judgement =
  | { readonly allowed: true; readonly input: JudgedCall['input']; readonly place?: Decision['place'] }
  /** In words for the agent. */
  | { readonly allowed: false; readonly text: string }

/** A signal that aborts withdraws what is asked; the answer is then that it may not. @throws BackchannelError `audit-unwritable` */
export type CallJudge = (call: JudgedCall, signal: AbortSignal) => Promise<Judgement>

export interface CallJudgeOptions {
  readonly cwd: string
  readonly permissions: SessionPermissions
  readonly approvals: Pick<Approvals, 'ask'>
  readonly audit: Pick<AuditTrail, 'record'>
}

const UNREADABLE = 'its arguments cannot be copied, so nobody could say what would run'
const CHANGED = 'what it touches has changed while it was asked'

export function createCallJudge({ cwd, permissions, approvals, audit }: CallJudgeOptions): CallJudge {
  return async ({ name, input, events, channel }, signal) => {
    const origin = originOf(events)
    const decideNow = (judged: JudgedCall['input']) =>
      decide({ name, input: judged, ...(channel ? { channel } : {}) }, { ...permissions, cwd, events })
    const frozen = freeze(name, input)
    const record = (decided: Pick<AuditDecision, 'behavior' | 'by' | 'requestId'>) => {
      const called = frozen ?? { input, digest: '' }
      audit.record({ tool: name, ...called, scope: 'once', origin, ...decided })
    }
    /** A denial is one, recorded or not; that it could not be is told to the operator. */
    const deny = (because: string, by: AuditDecision['by'], requestId?: string): Judgement => {
      try {
        record({ behavior: 'deny', by, requestId })
      } catch {}
      return { allowed: false, text: `Not allowed: ${because}` }
    }
    if (!frozen) return deny(UNREADABLE, { kind: 'host', reason: 'arguments-unreadable' })
    const decision = decideNow(frozen.input)
    if (decision.behavior === 'deny') return deny(decision.because, decision.by)
    if (decision.behavior === 'allow') {
      record({ behavior: 'allow', by: decision.by })
      return allow(frozen.input, decision)
    }
    const description = describeToolCall(name, input, channel)
    const outcome = await approvals.ask({ tool: name, description, input, origin }, signal)
    if (outcome.behavior !== 'allow') return { allowed: false, text: explainOutcome(outcome, decision.because) }
    const asked = outcome.call.input
    // While it was open, a path may have come to lead elsewhere.
    const now = decideNow(asked)
    if (now.behavior === 'deny' || now.place?.real !== decision.place?.real)
      return deny(CHANGED, { kind: 'host', reason: 'changed' }, outcome.requestId)
    return allow(asked, now)
  }
}

function allow(input: JudgedCall['input'], { place }: Decision): Judgement {
  return { allowed: true, input, ...(place ? { place } : {}) }
}

function freeze(name: string, input: JudgedCall['input']): FrozenCall | undefined {
  try {
    return freezeCall(name, input)
  } catch {
    return undefined
  }
}

/** The event that caused the turn; those of one chat share a turn, and the last of them is what is being answered. */
export function originOf(events: readonly QueuedEvent[]): Origin | undefined {
  const event = events.at(-1)
  if (!event) return undefined
  const { source, chat, eventId } = event
  return { source, eventId, ...(chat === '' ? {} : { chatId: chat }) }
}
