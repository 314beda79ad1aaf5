/** Runs an agent's tool calls: shown before and after, decided, never hanging past the end of the turn. */
import { randomUUID } from 'node:crypto'
import { type Origin, renderError } from '@backchannel/protocol'
import type { AgentTool, ToolOutcome } from '../agents/agent.ts'
import type { AuditDecision } from '../audit/decision.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { ChannelSet } from '../channels/channel-set.ts'
import type { QueuedEvent } from '../channels/queue.ts'
import { type Decision, decide } from '../permissions/decide.ts'
import { explainOutcome } from '../permissions/explain.ts'
import { type FrozenCall, freezeCall } from '../permissions/frozen-call.ts'
import type { SessionPermissions } from '../permissions/session-permissions.ts'
import { BUILT_IN_TOOLS } from '../tools/built-in.ts'
import { describeToolCall } from '../tools/describe.ts'
import type { SessionEvent } from '../ui/events.ts'
import type { Approvals } from './approvals.ts'

const SUMMARY_UNITS = 200
const UNREADABLE = 'its arguments cannot be copied, so nobody could say what would run'
const CHANGED = 'what it touches has changed while it was asked'

export interface ToolRunner {
  list(): readonly AgentTool[]
  channelTool(source: string, tool: string): AgentTool | undefined
  /** Rejects only where the turn has ended, before or meanwhile. */
  run(call: ToolCall, signal: AbortSignal): Promise<ToolOutcome>
}

export interface ToolCall {
  readonly turn: number
  readonly events: readonly QueuedEvent[]
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
}

export interface ToolRunnerOptions {
  readonly cwd: string
  readonly channels: Pick<ChannelSet, 'tools' | 'callTool'>
  readonly permissions: SessionPermissions
  readonly approvals: Pick<Approvals, 'ask'>
  readonly audit: Pick<AuditTrail, 'record'>
  emit(event: SessionEvent): void
}

export function createToolRunner(options: ToolRunnerOptions): ToolRunner {
  const { cwd, channels, permissions, approvals, audit, emit } = options
  const perform = async ({ name, input, events }: ToolCall, signal: AbortSignal): Promise<ToolOutcome> => {
    const builtIn = BUILT_IN_TOOLS.find((tool) => tool.name === name)
    const channel = builtIn ? undefined : channels.tools().find((candidate) => candidate.name === name)
    if (!builtIn && !channel) return { ok: false, text: `There is no tool ${name} in this session just now.` }
    builtIn?.check(input)
    const judge = (judged: ToolCall['input']) =>
      decide({ name, input: judged, ...(channel ? { channel } : {}) }, { ...permissions, cwd, events })
    const frozen = freeze(name, input)
    const record = (decided: Pick<AuditDecision, 'behavior' | 'by' | 'requestId'>) => {
      const called = frozen ?? { input, digest: '' }
      audit.record({ tool: name, ...called, scope: 'once', origin: originOf(events), ...decided })
    }
    /** A denial is one, recorded or not; that it could not be is told to the operator. */
    const deny = (because: string, by: AuditDecision['by'], requestId?: string) => {
      try {
        record({ behavior: 'deny', by, requestId })
      } catch {}
      return refuse(because)
    }
    if (!frozen) return deny(UNREADABLE, { kind: 'host', reason: 'arguments-unreadable' })
    let decision = judge(frozen.input)
    if (decision.behavior === 'deny') return deny(decision.because, decision.by)
    let allowed = frozen.input
    if (decision.behavior === 'allow') record({ behavior: 'allow', by: decision.by })
    if (decision.behavior === 'ask') {
      const description = describeToolCall(name, input, channel)
      const outcome = await approvals.ask({ tool: name, description, input, origin: originOf(events) }, signal)
      if (outcome.behavior !== 'allow') return { ok: false, text: explainOutcome(outcome, decision.because) }
      allowed = outcome.call.input
      // While it was open, a path may have come to lead elsewhere.
      const now = judge(allowed)
      if (now.behavior === 'deny' || now.place?.real !== decision.place?.real)
        return deny(CHANGED, { kind: 'host', reason: 'changed' }, outcome.requestId)
      decision = now
    }
    if (!builtIn)
      return (await channels.callTool(name, allowed, signal)) ?? { ok: false, text: `${name} has just gone away.` }
    const { home, env } = permissions
    const { place } = decision
    return await builtIn.run(allowed, {
      cwd,
      home,
      env,
      platform: process.platform,
      signal,
      ...(place ? { place } : {}),
    })
  }
  return {
    list: () => [...BUILT_IN_TOOLS, ...channels.tools()],
    channelTool: (source, tool) =>
      channels.tools().find((candidate) => candidate.source === source && candidate.tool === tool),
    async run(call, signal) {
      signal.throwIfAborted()
      const callId = randomUUID()
      emit({ type: 'tool.called', turn: call.turn, call_id: callId, tool: call.name, input: call.input })
      const outcome = await perform(call, signal).catch((thrown) => ({ ok: false, text: renderError(thrown) }))
      emit({
        type: 'tool.finished',
        turn: call.turn,
        call_id: callId,
        ok: outcome.ok,
        summary: summarize(outcome.text),
      })
      signal.throwIfAborted()
      return outcome
    },
  }
}

function freeze(name: string, input: ToolCall['input']): FrozenCall | undefined {
  try {
    return freezeCall(name, input)
  } catch {
    return undefined
  }
}

function refuse(because: Decision['because']): ToolOutcome {
  return { ok: false, text: `Not allowed: ${because}` }
}

/** The event that caused the turn; those of one chat share a turn, and the last of them is what is being answered. */
function originOf(events: readonly QueuedEvent[]): Origin | undefined {
  const event = events.at(-1)
  if (!event) return undefined
  const { source, chat, eventId } = event
  return { source, eventId, ...(chat === '' ? {} : { chatId: chat }) }
}

/** The start of a result on one line; the rest of a long one is never looked at. */
function summarize(text: string): string {
  return text
    .slice(0, 4 * SUMMARY_UNITS)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, SUMMARY_UNITS)
    .toWellFormed()
}
