/** Reads what Claude sends while a turn runs: text and calls are shown, and the result ends it. */
import { isRecord } from '@backchannel/protocol'
import type { AgentTurn } from '../agent.ts'
import { readFailure } from './failures.ts'
import type { SdkMessage } from './sdk-types.ts'

export interface TurnReader {
  /** Resolves when the turn is complete; rejects with what became of it otherwise. */
  readonly done: Promise<void>
  read(message: SdkMessage): void
  /** It was stopped: its end is no failure of it, and any end of it counts. */
  stopped(): void
  /** Ends it, whatever comes. */
  fail(error: Error): void
}

export interface TurnReaderOptions {
  /** The id under which its text was pushed. */
  readonly uuid: string
  /** Absent for a command of Claude Code, of which nothing is shown. */
  readonly turn?: AgentTurn
  /** The host shows these when it runs them. */
  isChannelTool(name: string): boolean
}

export function createTurnReader({ uuid, turn, isChannelTool }: TurnReaderOptions): TurnReader {
  const done = Promise.withResolvers<void>()
  // Whoever waits for it may have gone before it fails.
  done.promise.catch(() => {})
  let cause: string | undefined
  let isStopped = false

  const readAssistant = ({ message, error, parent_tool_use_id: parent }: SdkMessage) => {
    if (typeof error === 'string') {
      // The result says it too, and better.
      cause = error
      return
    }
    for (const block of blocksOf(message)) {
      const { type, text, id, name, input } = block
      if (type === 'text' && typeof text === 'string' && text.trim() !== '' && parent == null) turn?.say(text)
      if (type === 'tool_use' && typeof id === 'string' && typeof name === 'string' && !isChannelTool(name))
        turn?.toolCalled({ callId: id, name, input })
    }
  }
  const readUser = ({ message }: SdkMessage) => {
    for (const { type, tool_use_id: id, is_error: isError, content } of blocksOf(message)) {
      if (type === 'tool_result' && typeof id === 'string')
        turn?.toolFinished({ callId: id, ok: isError !== true, text: textOf(content) })
    }
  }
  const readResult = (message: SdkMessage) => {
    if (isStopped) return done.resolve()
    if (!isOwn(message, uuid)) return
    const failure = readFailure(message, cause)
    if (failure) done.reject(failure)
    else done.resolve()
  }
  return {
    done: done.promise,
    read(message) {
      if (message.type === 'assistant') readAssistant(message)
      else if (message.type === 'user') readUser(message)
      else if (message.type === 'result') readResult(message)
      // Stopped before it began: there is no result.
      else if (isStopped && isCancelled(message, uuid)) done.resolve()
    },
    stopped() {
      isStopped = true
    },
    fail: (error) => done.reject(error),
  }
}

/** Results of other turns name other messages; older versions name none. */
function isOwn(message: SdkMessage, uuid: string): boolean {
  const { user_message_uuids: all, user_message_uuid: one } = message
  if (Array.isArray(all) && all.length > 0) return all.includes(uuid)
  return one === undefined || one === uuid
}

function isCancelled({ type, command_uuid: id, state }: SdkMessage, uuid: string): boolean {
  return type === 'command_lifecycle' && id === uuid && state === 'cancelled'
}

function blocksOf(message: unknown): readonly Readonly<Record<string, unknown>>[] {
  const content = isRecord(message) ? message['content'] : undefined
  return Array.isArray(content) ? content.filter(isRecord) : []
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  const blocks = Array.isArray(content) ? content.filter(isRecord) : []
  return blocks.map(({ text, type }) => (typeof text === 'string' ? text : `(${String(type)})`)).join('\n')
}
