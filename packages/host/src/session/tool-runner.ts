/** Runs an agent's tool calls: shown before and after, judged, never hanging past the end of the turn. */
import { randomUUID } from 'node:crypto'
import { renderError } from '@backchannel/protocol'
import type {
  AgentTool,
  ChannelTool,
  ToolJudgement,
  ToolOutcome,
  ToolPermission,
  ToolPermissionRequest,
} from '../agents/agent.ts'
import type { ChannelSet } from '../channels/channel-set.ts'
import type { QueuedEvent } from '../channels/queue.ts'
import { BUILT_IN_TOOLS } from '../tools/built-in.ts'
import type { SessionEvent } from '../ui/events.ts'
import { type CallJudgeOptions, createCallJudge } from './call-judge.ts'
import { summarize } from './summary.ts'

export interface ToolRunner {
  list(): readonly AgentTool[]
  channelTools(): readonly ChannelTool[]
  channelTool(source: string, tool: string): AgentTool | undefined
  /** Rejects only where the turn has ended, before or meanwhile. */
  run(call: ToolCall, signal: AbortSignal): Promise<ToolOutcome>
  /** For a call that the agent runs itself. Rejects only where the signal aborts, before or meanwhile. */
  permit(request: OwnCallRequest, signal: AbortSignal): Promise<ToolPermission>
  /** The rules alone. Never throws. */
  judge(request: OwnCallRequest): ToolJudgement
}

export interface OwnCallRequest extends ToolPermissionRequest {
  readonly events: readonly QueuedEvent[]
}

export interface ToolCall {
  readonly turn: number
  readonly events: readonly QueuedEvent[]
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
}

export interface ToolRunnerOptions extends CallJudgeOptions {
  readonly channels: Pick<ChannelSet, 'tools' | 'callTool'>
  emit(event: SessionEvent): void
}

export function createToolRunner(options: ToolRunnerOptions): ToolRunner {
  const { cwd, channels, permissions, emit } = options
  const { judge, judgeNow } = createCallJudge(options)
  const perform = async ({ name, input, events }: ToolCall, signal: AbortSignal): Promise<ToolOutcome> => {
    const builtIn = BUILT_IN_TOOLS.find((tool) => tool.name === name)
    const channel = builtIn ? undefined : channels.tools().find((candidate) => candidate.name === name)
    if (!builtIn && !channel) return { ok: false, text: `There is no tool ${name} in this session just now.` }
    builtIn?.check(input)
    const judgement = await judge({ name, input, events, channel }, signal)
    if (!judgement.allowed) return { ok: false, text: judgement.text }
    if (!builtIn)
      return (
        (await channels.callTool(name, judgement.input, signal)) ?? { ok: false, text: `${name} has just gone away.` }
      )
    const { home, env } = permissions
    const { place } = judgement
    return await builtIn.run(judgement.input, {
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
    channelTools: () => channels.tools(),
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
    async permit({ tool, input, events, mustAsk }, signal) {
      signal.throwIfAborted()
      const judgement = await judge({ name: tool, input, events, mustAsk }, signal).catch((thrown) => ({
        allowed: false as const,
        text: renderError(thrown),
      }))
      signal.throwIfAborted()
      if (judgement.allowed) return { behavior: 'allow', input: judgement.input }
      return { behavior: 'deny', message: judgement.text }
    },
    judge({ tool, input, events }) {
      try {
        return judgeNow({ name: tool, input, events })
      } catch (thrown) {
        return { behavior: 'deny', message: renderError(thrown) }
      }
    },
  }
}
