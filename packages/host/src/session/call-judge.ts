/** Whether a tool call may run, and with which arguments: decided by the rules, asked where they ask, recorded either way. */
import type { Origin } from '@backchannel/protocol'
import type { ChannelTool, ToolJudgement } from '../agents/agent.ts'
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
  /** A person is asked, also where the rules allow it. */
  readonly mustAsk?: boolean | undefined
}

export type Judgement =
  | { readonly allowed: true; readonly input: JudgedCall['input']; readonly place?: Decision['place'] }
  /** In words for the agent. */
  | { readonly allowed: false; readonly text: string }

export interface CallJudge {
  /** A signal that aborts withdraws what is asked; the answer is then that it may not. @throws BackchannelError `audit-unwritable` */
  judge(call: JudgedCall, signal: AbortSignal): Promise<Judgement>
  /** The rules alone; what they decide is recorded, what they ask is not yet. @throws BackchannelError `audit-unwritable` */
  judgeNow(call: JudgedCall): ToolJudgement
}

export interface CallJudgeOptions {
  readonly cwd: string
  readonly permissions: SessionPermissions
  readonly approvals: Pick<Approvals, 'ask'>
  readonly audit: Pick<AuditTrail, 'record'>
}

const UNREADABLE = 'its arguments cannot be copied, so nobody could say what would run'
/** Why a person is asked about what the host's rules would allow. */
const OWN_RULES = "the agent's own rules say that it needs an approval"
const CHANGED = 'what it touches has changed while it was asked'

export function createCallJudge({ cwd, permissions, approvals, audit }: CallJudgeOptions): CallJudge {
  const decideOn = ({ name, events, channel }: JudgedCall, input: JudgedCall['input']) =>
    decide({ name, input, ...(channel ? { channel } : {}) }, { ...permissions, cwd, events })

  /** A denial is one, recorded or not; that it could not be is told to the operator. */
  const deny = (call: JudgedCall, frozen: FrozenCall | undefined, because: string, by: Decided) => {
    try {
      record(call, frozen, { behavior: 'deny', ...by })
    } catch {}
    return `Not allowed: ${because}`
  }
  const record = (
    { name, input, events }: JudgedCall,
    frozen: FrozenCall | undefined,
    decided: Decided & Pick<AuditDecision, 'behavior'>,
  ) =>
    audit.record({
      tool: name,
      ...(frozen ?? { input, digest: '' }),
      scope: 'once',
      origin: originOf(events),
      ...decided,
    })

  /** What needs nobody's word is decided and recorded. */
  const open = (call: JudgedCall): Opened => {
    const frozen = freeze(call)
    if (!frozen) return { text: deny(call, undefined, UNREADABLE, byHost('arguments-unreadable')) }
    const decision = decideOn(call, frozen.input)
    if (decision.behavior === 'deny') return { text: deny(call, frozen, decision.because, { by: decision.by }) }
    if (decision.behavior === 'allow' && !call.mustAsk) record(call, frozen, { behavior: 'allow', by: decision.by })
    return { frozen, decision }
  }

  return {
    judgeNow(call) {
      const opened = open(call)
      if ('text' in opened) return { behavior: 'deny', message: opened.text }
      return { behavior: opened.decision.behavior, message: opened.decision.because }
    },
    async judge(call, signal) {
      const opened = open(call)
      if ('text' in opened) return { allowed: false, text: opened.text }
      const { frozen, decision } = opened
      if (decision.behavior === 'allow' && !call.mustAsk) return allow(frozen.input, decision)
      const { name, input, events, channel } = call
      const description = describeToolCall(name, input, channel)
      const because = decision.behavior === 'allow' ? OWN_RULES : decision.because
      const outcome = await approvals.ask({ tool: name, description, input, origin: originOf(events) }, signal)
      if (outcome.behavior !== 'allow') return { allowed: false, text: explainOutcome(outcome, because) }
      const asked = outcome.call.input
      // While it was open, a path may have come to lead elsewhere.
      const now = decideOn(call, asked)
      if (now.behavior === 'deny' || now.place?.real !== decision.place?.real)
        return {
          allowed: false,
          text: deny(call, frozen, CHANGED, { ...byHost('changed'), requestId: outcome.requestId }),
        }
      return allow(asked, now)
    },
  }
}

type Decided = Pick<AuditDecision, 'by' | 'requestId'>
type Opened = { readonly text: string } | { readonly frozen: FrozenCall; readonly decision: Decision }

function byHost(reason: string): Decided {
  return { by: { kind: 'host', reason } }
}

function allow(input: JudgedCall['input'], { place }: Decision): Judgement {
  return { allowed: true, input, ...(place ? { place } : {}) }
}

function freeze({ name, input }: JudgedCall): FrozenCall | undefined {
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
