/** The relay of a channel that can send a text to a chat, which is all that most need. */
import type { ChannelContext, RelaySettings } from '../define.ts'
import { type PromptOptions, renderPrompt, renderResolution } from './prompt.ts'
import { renderAnswered, renderQuestionPrompt } from './question-prompt.ts'

/** Sends one message to one chat. */
export type SendText = (chat: string, text: string, context: ChannelContext) => Promise<unknown> | unknown

/**
 * Sends prompts and questions, and how each ended, as messages: `relay: relayByText((chat, text) => api.send(chat, text))`. A
 * chat that can't be reached does not keep the others from being asked.
 * @throws (its functions) AggregateError of what `send` threw; the kit tells it, and goes on
 */
export function relayByText(send: SendText, options: PromptOptions = {}): RelaySettings {
  const sendAll = async (chats: readonly string[], text: string, context: ChannelContext): Promise<void> => {
    const sent = await Promise.allSettled(chats.map(async (chat) => send(chat, text, context)))
    const failed = sent.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
    if (failed.length > 0) throw new AggregateError(failed, `${failed.length} of ${chats.length} chats got no message`)
  }
  return {
    ask: (request, context) => sendAll(request.chats, renderPrompt(request, options), context),
    resolve: (request, resolution, context) => sendAll(request.chats, renderResolution(request, resolution), context),
    questions: {
      ask: (question, context) => sendAll(question.chats, renderQuestionPrompt(question, options), context),
      resolve: (question, resolution, context) =>
        sendAll(question.chats, renderAnswered(question, resolution), context),
    },
  }
}
