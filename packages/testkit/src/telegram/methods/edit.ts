/** What a bot changes in messages: their text, their buttons, its reaction. */
import { isDeepStrictEqual } from 'node:util'
import type { Message, ReactionType, ReactionTypeEmoji } from 'grammy/types'
import { change, type StoredMessage, type World } from '../state/world.ts'
import { badRequest } from '../wire/failure.ts'
import type { Parameters } from './parameters.ts'
import { isReactionEmoji } from './reactions.ts'
import { isOwn } from './send.ts'
import { findChat, findMessage, readKeyboard } from './target.ts'
import { readText } from './text.ts'

export function editMessageText(world: World, parameters: Parameters): Message {
  const entry = findOwn(world, parameters)
  const { text, entities } = readText(parameters)
  if (entry.message.text === undefined) throw badRequest('there is no text in the message to edit')
  // Buttons that are not sent again are gone.
  const { reply_markup: _, entities: __, ...rest } = entry.message
  const keyboard = readKeyboard(parameters)
  return replace(world, entry, {
    ...rest,
    text,
    ...(entities.length === 0 ? {} : { entities: [...entities] }),
    ...(keyboard ? { reply_markup: keyboard } : {}),
  })
}

export function editMessageReplyMarkup(world: World, parameters: Parameters): Message {
  const entry = findOwn(world, parameters)
  const { reply_markup: _, ...rest } = entry.message
  const keyboard = readKeyboard(parameters)
  return replace(world, entry, { ...rest, ...(keyboard ? { reply_markup: keyboard } : {}) })
}

function findOwn(world: World, parameters: Parameters): StoredMessage {
  const entry = findMessage(findChat(world, parameters), parameters, 'edit')
  if (!isOwn(world, entry)) throw badRequest("message can't be edited")
  return entry
}

function replace(world: World, entry: StoredMessage, message: Message): Message {
  const { text, entities, reply_markup } = entry.message
  const same = isDeepStrictEqual([text, entities, reply_markup], [message.text, message.entities, message.reply_markup])
  if (same) {
    throw badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    )
  }
  change(world, entry, message)
  return entry.message
}

/** A bot has one reaction on a message, out of Telegram's own list; an empty list takes it away. */
export function setMessageReaction(world: World, parameters: Parameters): true {
  const entry = findMessage(findChat(world, parameters), parameters, 'react')
  const wanted = parameters.json<ReactionType[]>('reaction') ?? []
  if (wanted.length > 1) throw badRequest('REACTIONS_TOO_MANY')
  const emojis = wanted.map((reaction): ReactionTypeEmoji['emoji'] => {
    if (reaction.type !== 'emoji' || !isReactionEmoji(reaction.emoji)) throw badRequest('REACTION_INVALID')
    return reaction.emoji
  })
  if (emojis.length === 0) entry.reactions.delete(world.me.id)
  else entry.reactions.set(world.me.id, emojis)
  return true
}
