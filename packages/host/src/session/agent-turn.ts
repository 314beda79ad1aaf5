/** The turn as the agent has it in hand: it works while the turn runs, and has no effect afterwards. */
import type { AgentAnswer, AgentQuestion, AgentTurn } from '../agents/agent.ts'
import type { QueuedEvent } from '../channels/queue.ts'
import type { SessionEvent } from '../ui/events.ts'
import { planQuestion, readVerdict } from './plan-question.ts'
import { summarize } from './summary.ts'
import type { ToolRunner } from './tool-runner.ts'

export interface AskedQuestion extends AgentQuestion {
  readonly turn: number
  /** Of the turn: who is asked depends on where it came from. */
  readonly events: readonly QueuedEvent[]
}

/** `undefined` where nobody answers or somebody declines. Rejects only where the signal aborts. */
export type AskQuestion = (question: AskedQuestion, signal: AbortSignal) => Promise<AgentAnswer | undefined>

export interface AgentTurnOptions extends Pick<AgentTurn, 'number' | 'input' | 'events'> {
  readonly tools: Pick<ToolRunner, 'run' | 'permit' | 'judge'>
  readonly ask: AskQuestion
  /** A plan was approved: the mode of the session from now on. */
  planApproved(mode: 'default' | 'acceptEdits'): void
  emit(event: SessionEvent): void
}

export interface OpenTurn {
  readonly turn: AgentTurn
  /** Ends the calls that the agent has left open; nothing it says from now on is shown. */
  end(): void
}

/** @param signal aborts at the end of the turn at the latest */
export function openAgentTurn(options: AgentTurnOptions, signal: AbortSignal): OpenTurn {
  const { number, input, events, tools, ask, emit } = options
  const openCalls = new Set<string>()
  let over = false
  const tell = (event: SessionEvent) => {
    if (!over) emit(event)
  }
  const finish = (callId: string, ok: boolean, text: string) => {
    if (openCalls.delete(callId))
      tell({ type: 'tool.finished', turn: number, call_id: callId, ok, summary: summarize(text) })
  }
  const askHere: AgentTurn['ask'] = (question, withdrawn) =>
    ask({ ...question, turn: number, events }, AbortSignal.any([signal, withdrawn]))
  return {
    turn: {
      number,
      input,
      events,
      say: (text) => tell({ type: 'agent.text', turn: number, text }),
      callTool: (name, parameters) => tools.run({ turn: number, events, name, input: parameters }, signal),
      requestPermission: (request, withdrawn) =>
        tools.permit({ ...request, events }, AbortSignal.any([signal, withdrawn])),
      toolCalled({ callId, name, input: parameters }) {
        if (over || openCalls.has(callId)) return
        openCalls.add(callId)
        tell({ type: 'tool.called', turn: number, call_id: callId, tool: name, input: parameters })
      },
      toolFinished: ({ callId, ok, text }) => finish(callId, ok, text),
      judgeTool: (request) => tools.judge({ ...request, events }),
      ask: askHere,
      async approvePlan(plan, withdrawn) {
        const verdict = readVerdict(await askHere(planQuestion(plan), withdrawn))
        if (verdict.approved && !over) options.planApproved(verdict.mode)
        return verdict
      },
    },
    end() {
      for (const callId of openCalls) finish(callId, false, 'The turn ended before it did.')
      over = true
    },
  }
}
