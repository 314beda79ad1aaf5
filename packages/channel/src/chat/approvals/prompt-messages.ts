/** Messages of the channel that ask something: sent, changed and tried again, in the form of text that the platform takes. */
import { renderError } from '@backchannel/protocol'
import { createOrderedId } from '../../events/ordered-id.ts'
import type { PersonAt } from '../../relay/asking.ts'
import { attempt } from '../outbound/attempts.ts'
import type { Pace } from '../outbound/pace.ts'
import type { Connection, MessageChange, MessageTarget, OutgoingMessage } from '../platform/connection.ts'
import type { InboundMessage } from '../platform/inbound.ts'
import type { PlatformLimits } from '../platform/limits.ts'
import { PlatformError } from '../platform/platform-error.ts'
import { plainText, type RichText } from '../platform/rich-text.ts'
import { writeMarkdown } from '../text/write-markdown.ts'

export interface PromptMessagesOptions {
  readonly connection: Connection
  readonly limits: PlatformLimits
  readonly pace: Pace
  readonly signal: AbortSignal
}

export interface PromptMessages {
  /** @returns the id of the message; `undefined` where the platform does not say */
  send(chatId: string, text: RichText, more?: Partial<OutgoingMessage>): Promise<string | undefined>
  edit(target: MessageTarget, text: RichText, rows?: Pick<MessageChange, 'buttons'>): Promise<void>
  /** The chat in which one is asked who is known by their own id alone; any other id as it is. */
  resolveChat(asked: string): Promise<string>
  /** By which id the relay knows a chat that was resolved. */
  askedAs(chatId: string): string
  /**
   * Where an answer may count that somebody has typed: in the chat of the message first, and, since the owner's chats with
   * themselves are one, of the owner also in the others.
   * @param asked the chats in which something was asked
   */
  placesOf(message: InboundMessage, asked: Iterable<string>): readonly PersonAt[]
  /** UTF-16 units that a text may have before it is put into the platform's form. */
  readonly room: number
}

/** Room for how it ended. */
const OUTCOME_UNITS = 160

export function createPromptMessages({ connection, limits, pace, signal }: PromptMessagesOptions): PromptMessages {
  const { richText } = limits
  /** Chats by which id they are asked in, where that is another one. */
  const askedAs = new Map<string, string>()
  const toAsked = (chatId: string) => askedAs.get(chatId) ?? chatId
  const toForm = (text: RichText): RichText =>
    richText === 'entities' ? text : plainText(richText === 'markdown' ? writeMarkdown(text) : text.text)
  const trying = <Result>(chatId: string, call: (until: AbortSignal) => Promise<Result>): Promise<Result> =>
    attempt((_, until) => call(until), { chatId, pace, signal, idempotent: true })
  const limit = limits.textUnits - OUTCOME_UNITS
  return {
    // Escaping makes a text longer, twice as long at most.
    room: richText === 'markdown' ? Math.floor(limit / 2) : limit,
    async send(chatId, text, more = {}) {
      // A prompt that comes twice is one prompt: the id is the same, and so is its end.
      const message = { chatId, key: createOrderedId(), text: toForm(text), files: [], ...more }
      const { messageIds } = await trying(chatId, (until) => connection.send(message, until)).catch((thrown) => {
        if (message.files.length === 0 || !PlatformError.is(thrown) || thrown.kind !== 'refused') throw thrown
        // All of it is on the pages as well.
        return trying(chatId, (until) => connection.send({ ...message, files: [] }, until))
      })
      return messageIds.at(-1)
    },
    edit: (target, text, rows = {}) =>
      trying(target.chatId, (until) => connection.edit(target, { text: toForm(text), ...rows }, until)),
    async resolveChat(asked) {
      const chatId = connection.resolveChat
        ? await trying(asked, (until) => connection.resolveChat?.(asked, until) ?? Promise.resolve(asked))
        : asked
      if (chatId !== asked) askedAs.set(chatId, asked)
      return chatId
    },
    askedAs: toAsked,
    placesOf({ chat, sender }, asked) {
      if (!sender) return []
      // The owner may write under another address of theirs.
      const isOwn = sender.isOwner === true && chat.kind === 'direct'
      const chats = new Set([chat.id, ...(isOwn ? asked : [])].map(toAsked))
      return [...chats].map((one) => ({ sender: sender.id, chat: one }))
    },
  }
}

/** Asks in every chat. @throws AggregateError of the chats that could not be reached; the kit tells it */
export async function askInAll(chats: readonly string[], ask: (chatId: string) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(chats.map(ask))
  const failed = results.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  if (failed.length === 0) return
  const words = failed.map((one) => renderError(one)).join('; ')
  throw new AggregateError(failed, `${failed.length} of ${chats.length} chats could not be asked: ${words}`)
}
