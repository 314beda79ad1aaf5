/** What Claude says beside its turns: which conversation it is, how many tokens it took, and that its provider keeps it waiting. */
import { isRecord } from '@backchannel/protocol'
import type { AgentContext, AgentStatus } from '../agent.ts'
import { readLimit, readRetry } from './failures.ts'
import type { SdkMessage } from './sdk-types.ts'

export interface MessageReports {
  read(message: SdkMessage): void
  /** As far as it is known by now. */
  readonly status: AgentStatus
}

export function createReports({ report }: Pick<AgentContext, 'report'>): MessageReports {
  let status: AgentStatus = {}
  let session: string | undefined

  const readSystem = (message: SdkMessage) => {
    if (message.subtype === 'api_retry') return report(readRetry(message, Date.now()))
    if (message.subtype !== 'init') return
    const { model, session_id: id } = message
    if (typeof model === 'string') status = { ...status, model }
    if (typeof id !== 'string' || id === session) return
    session = id
    report({ kind: 'session', id })
  }
  const readAssistant = ({ message, parent_tool_use_id: parent }: SdkMessage) => {
    const { input } = tokensOf(isRecord(message) ? message['usage'] : undefined)
    // A subagent has a context of its own.
    if (parent == null && input > 0) status = { ...status, contextTokens: input }
  }
  return {
    read(message) {
      switch (message.type) {
        case 'system':
          readSystem(message)
          break
        case 'assistant':
          readAssistant(message)
          break
        case 'rate_limit_event': {
          const limit = readLimit(message)
          if (limit) report(limit)
          break
        }
        case 'result': {
          const { input, output } = tokensOf(message['usage'])
          if (input + output > 0) report({ kind: 'usage', inputTokens: input, outputTokens: output })
        }
      }
    },
    get status() {
      return status
    },
  }
}

function tokensOf(usage: unknown): { input: number; output: number } {
  const of = (name: string) => {
    const value = isRecord(usage) ? usage[name] : undefined
    return typeof value === 'number' ? value : 0
  }
  const input = of('input_tokens') + of('cache_creation_input_tokens') + of('cache_read_input_tokens')
  return { input, output: of('output_tokens') }
}
