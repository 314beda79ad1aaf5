/** Which update is what, and where it goes: messages, edits, pressed buttons, reactions, groups that moved. */
import type { Log } from '@backchannel/channel'
import type { ButtonPress, PlatformPorts, Reaction, Received } from '@backchannel/channel/chat'
import type { CallbackQuery, MessageReactionUpdated, ReactionType, Update } from 'grammy/types'
import { type Me, readMessage, toChat, toSender } from './message.ts'

/** Reactions come only to a bot that asks for them, and in groups only to an administrator. */
export const ALLOWED_UPDATES: readonly Exclude<keyof Update, 'update_id'>[] = [
  'message',
  'edited_message',
  'callback_query',
  'message_reaction',
]

export interface UpdateHandler {
  /** Milliseconds after which the update is to be given again; undefined once it needs no more help of Telegram. */
  handle(update: Update): Promise<number | undefined>
}

/** What can't be read is told and left out: given again, it would be read no better, and hold up all that comes after it. */
export function createUpdateHandler(ports: PlatformPorts, me: () => Me | undefined, log: Log): UpdateHandler {
  const { handle } = createReader(ports, me)
  return {
    async handle(update) {
      try {
        return await handle(update)
      } catch (thrown) {
        const why = thrown instanceof Error ? thrown.message : String(thrown)
        log.warn(`an update of Telegram could not be read, and is left out: ${why.slice(0, 200)}`)
        return undefined
      }
    },
  }
}

function createReader(ports: PlatformPorts, me: () => Me | undefined): UpdateHandler {
  return {
    async handle(update) {
      const { message, edited_message, callback_query, message_reaction } = update
      if (message?.migrate_to_chat_id !== undefined) {
        ports.moved({ fromId: String(message.chat.id), toId: String(message.migrate_to_chat_id) })
        return undefined
      }
      const written = message ?? edited_message
      if (written) {
        const inbound = readMessage(written, me(), edited_message !== undefined)
        return inbound && waitOf(await ports.receive(inbound))
      }
      if (message_reaction) {
        const reaction = readReaction(message_reaction, me())
        return reaction && waitOf(await ports.reacted(reaction))
      }
      // Not waited for: whoever pressed can press again, and their answer may take a while.
      const press = callback_query && readPress(callback_query)
      if (press) void ports.pressed(press)
      return undefined
    },
  }
}

function waitOf(received: Received): number | undefined {
  return received.kind === 'deferred' ? received.retryAfterMs : undefined
}

/** Undefined for a button that is not ours: of a game, or under an inline message. */
export function readPress({ id, from, message, data }: CallbackQuery): ButtonPress | undefined {
  if (!message || data === undefined) return undefined
  return { id, chat: toChat(message.chat), messageId: String(message.message_id), sender: toSender(from), data }
}

function readReaction(update: MessageReactionUpdated, me: Me | undefined): Reaction | undefined {
  const { chat, message_id, user, actor_chat, date, new_reaction } = update
  const emoji = new_reaction.map(nameReaction)
  return {
    deliveryId: [me?.id ?? 0, 'reaction', chat.id, message_id, user?.id ?? actor_chat?.id ?? 0, date, ...emoji].join(
      ':',
    ),
    chat: toChat(chat),
    ...(user ? { sender: toSender(user) } : {}),
    messageId: String(message_id),
    emoji,
    ts: date * 1000,
  }
}

function nameReaction(reaction: ReactionType): string {
  if (reaction.type === 'emoji') return reaction.emoji
  return reaction.type === 'paid' ? '⭐' : '(custom emoji)'
}
