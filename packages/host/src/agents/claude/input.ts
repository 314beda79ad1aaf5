/** What is pushed into the conversation, as the SDK reads it: in order, at once, until it is closed. */
import { randomUUID } from 'node:crypto'
import type { UserMessage } from './sdk-types.ts'

export interface ConversationInput extends AsyncIterable<UserMessage> {
  /** Content: nothing in it is expanded or run. @returns its id, fresh each time */
  push(text: string): string
  /** A command of Claude Code, `/compact`. */
  command(text: string): string
  close(): void
}

export function createInput(): ConversationInput {
  const waiting: UserMessage[] = []
  let wake = Promise.withResolvers<void>()
  let closed = false
  const add = (text: string, extra: Partial<UserMessage>): string => {
    const uuid = randomUUID()
    const message = { role: 'user', content: text } as const
    waiting.push({ type: 'user', message, parent_tool_use_id: null, priority: 'later', uuid, ...extra })
    wake.resolve()
    return uuid
  }
  return {
    push: (text) => add(text, { client_composed: true }),
    command: (text) => add(text, {}),
    close() {
      closed = true
      wake.resolve()
    },
    async *[Symbol.asyncIterator]() {
      while (!closed) {
        const next = waiting.shift()
        if (next) {
          yield next
          continue
        }
        await wake.promise
        wake = Promise.withResolvers()
      }
    },
  }
}
