/** Runs an agent's tool calls: shown before and after, decided, never hanging past the end of the turn. */
import { randomUUID } from 'node:crypto'
import { type Origin, renderError } from '@backchannel/protocol'
import type { AgentTool, ToolOutcome } from '../agents/agent.ts'
import type { ChannelSet } from '../channels/channel-set.ts'
import type { QueuedEvent } from '../channels/queue.ts'
import { type Decision, decide } from '../permissions/decide.ts'
import { explainOutcome } from '../permissions/explain.ts'
import type { SessionPermissions } from '../permissions/session-permissions.ts'
import { BUILT_IN_TOOLS } from '../tools/built-in.ts'
import { describeToolCall } from '../tools/describe.ts'
import type { SessionEvent } from '../ui/events.ts'
import type { Approvals } from './approvals.ts'

const SUMMARY_UNITS = 200

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
  emit(event: SessionEvent): void
}

export function createToolRunner({ cwd, channels, permissions, approvals, emit }: ToolRunnerOptions): ToolRunner {
  const perform = async ({ name, input, events }: ToolCall, signal: AbortSignal): Promise<ToolOutcome> => {
    const builtIn = BUILT_IN_TOOLS.find((tool) => tool.name === name)
    const channel = builtIn ? undefined : channels.tools().find((candidate) => candidate.name === name)
    if (!builtIn && !channel) return { ok: false, text: `There is no tool ${name} in this session just now.` }
    builtIn?.check(input)
    const judge = (judged: ToolCall['input']) =>
      decide({ name, input: judged, ...(channel ? { channel } : {}) }, { ...permissions, cwd, events })
    let decision = judge(input)
    if (decision.behavior === 'deny') return refuse(decision.because)
    let allowed = input
    if (decision.behavior === 'ask') {
      const description = describeToolCall(name, input, channel)
      const outcome = await approvals.ask({ tool: name, description, input, origin: originOf(events) }, signal)
      if (outcome.behavior !== 'allow') return { ok: false, text: explainOutcome(outcome, decision.because) }
      allowed = outcome.call.input
      // While it was open, a path may have come to lead elsewhere.
      const now = judge(allowed)
      if (now.behavior === 'deny' || now.place?.real !== decision.place?.real)
        return refuse('what it touches has changed while it was asked')
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
