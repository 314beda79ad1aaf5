/** What is pushed into the conversation, as the SDK reads it: in order, at once, until it is closed. */
import type { UserMessage } from './sdk-types.ts'

export interface ConversationInput extends AsyncIterable<UserMessage> {
  /** Content: nothing in it is expanded or run. The id is a fresh one each time. */
  push(text: string, uuid: string): void
  /** A command of Claude Code, `/compact`. */
  command(text: string, uuid: string): void
  close(): void
}

export function createInput(): ConversationInput {
  const waiting: UserMessage[] = []
  let wake = Promise.withResolvers<void>()
  let closed = false
  const add = (text: string, uuid: string, extra: Partial<UserMessage>): void => {
    const message = { role: 'user', content: text } as const
    waiting.push({ type: 'user', message, parent_tool_use_id: null, priority: 'later', uuid, ...extra })
    wake.resolve()
  }
  return {
    push: (text, uuid) => add(text, uuid, { client_composed: true }),
    command: (text, uuid) => add(text, uuid, {}),
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
