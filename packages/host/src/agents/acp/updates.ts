/** What an agent tells during a turn, handed on: its words in whole messages, its calls, its use of the context. */
import { isRecord } from '@backchannel/protocol'
import type { AgentTurn } from '../agent.ts'
import { type Calls, createCalls } from './calls.ts'

export interface TurnUpdates {
  /** The parameters of a `session/update` of this turn's session. */
  take(update: Readonly<Record<string, unknown>>): void
  readonly calls: Calls
  /** Says what of the last message is not said yet. */
  flush(): void
}

/** A message that never ends is said in parts. */
const MOST_UNITS = 100_000

export function createTurnUpdates(turn: AgentTurn, isOwn: (name: string) => boolean): TurnUpdates {
  const calls = createCalls(turn, isOwn)
  let message: unknown
  let text = ''
  const flush = () => {
    if (text.trim() !== '') turn.say(text)
    text = ''
  }
  return {
    calls,
    flush,
    take(update) {
      switch (update['sessionUpdate']) {
        case 'agent_message_chunk': {
          if (update['messageId'] !== message) flush()
          message = update['messageId']
          text += readText(update['content'])
          if (text.length > MOST_UNITS) flush()
          break
        }
        case 'tool_call':
        case 'tool_call_update':
          // What it said before, it said before it called.
          flush()
          break
        default:
      }
      calls.note(update)
    },
  }
}

function readText(content: unknown): string {
  if (!isRecord(content)) return ''
  const { type, text } = content
  return typeof text === 'string' ? text : `(${typeof type === 'string' ? type : 'content'})`
}
