/** The tool calls of a turn as the agent tells of them, piece by piece; shown once each is known well enough. */
import { isRecord } from '@backchannel/protocol'
import type { AgentTurn } from '../agent.ts'
import { describeCall, type ToolCallText } from './call-text.ts'

export interface Calls {
  /** A `tool_call` or `tool_call_update`; of other updates, that they came: arguments are complete when something follows. */
  note(update: Readonly<Record<string, unknown>>): void
  /** The call that a permission is asked for, with what the request adds to what is known. It is shown. */
  ask(toolCall: unknown): ToolCallText
  /** What it works on, in a few words. */
  readonly doing: string | undefined
}

interface Call {
  known: Record<string, unknown>
  shown: boolean
  over: boolean
}

const OVER: ReadonlySet<unknown> = new Set(['completed', 'failed'])

/** @param isOwn whether a tool is the host's: those calls are shown where they are run */
export function createCalls(
  turn: Pick<AgentTurn, 'toolCalled' | 'toolFinished'>,
  isOwn: (name: string) => boolean,
): Calls {
  const calls = new Map<string, Call>()

  const merge = (update: unknown): [string, Call] => {
    const given = isRecord(update) ? update : {}
    const id = String(given['toolCallId'] ?? '')
    const call = calls.get(id) ?? { known: {}, shown: false, over: false }
    calls.set(id, call)
    for (const [key, value] of Object.entries(given)) if (value !== undefined && value !== null) call.known[key] = value
    return [id, call]
  }
  const show = (callId: string, call: Call): ToolCallText => {
    const text = describeCall(call.known)
    if (!call.shown && !isOwn(text.name)) turn.toolCalled({ callId, name: text.name, input: text.input })
    call.shown = true
    return text
  }
  return {
    note(update) {
      const isCall = update['sessionUpdate'] === 'tool_call' || update['sessionUpdate'] === 'tool_call_update'
      for (const [id, call] of calls) {
        if (!(isCall && id === update['toolCallId']) && hasContent(call.known['rawInput'])) show(id, call)
      }
      if (!isCall) return
      const [id, call] = merge(update)
      if (call.over) return
      const { status } = call.known
      const isOver = OVER.has(status)
      if (isOver || status === 'in_progress') show(id, call)
      if (!isOver) return
      call.over = true
      const { name, result } = describeCall(call.known)
      if (!isOwn(name)) turn.toolFinished({ callId: id, ok: status === 'completed', text: result })
    },
    ask(toolCall) {
      const [id, call] = merge(toolCall)
      return show(id, call)
    },
    get doing() {
      const open = [...calls.values()].findLast(({ over }) => !over)
      return open && describeCall(open.known).title
    },
  }
}

function hasContent(input: unknown): boolean {
  return isRecord(input) && Object.keys(input).length > 0
}
