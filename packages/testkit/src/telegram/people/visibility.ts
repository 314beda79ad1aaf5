/** Which messages of a chat a bot gets to see: all in private, in groups what its privacy mode lets through. */
import type { Message } from 'grammy/types'
import type { StoredChat, World } from '../state/world.ts'

export function isVisible(world: World, stored: StoredChat, message: Message): boolean {
  if (stored.bot === 'left' || stored.bot === 'kicked' || stored.bot === 'blocked') return false
  if (stored.chat.type === 'private') return true
  if (world.me.can_read_all_group_messages || stored.bot === 'administrator') return true
  return isService(message) || isReplyToMe(world, message) || isForMe(world, message)
}

const SERVICE = [
  'new_chat_members',
  'left_chat_member',
  'new_chat_title',
  'forum_topic_created',
  'forum_topic_closed',
  'pinned_message',
  'migrate_to_chat_id',
  'migrate_from_chat_id',
] as const satisfies readonly (keyof Message)[]

function isService(message: Message): boolean {
  return SERVICE.some((field) => message[field] !== undefined)
}

function isReplyToMe(world: World, { reply_to_message }: Message): boolean {
  return reply_to_message?.from?.id === world.me.id
}

/** A command, unless it is addressed to another bot; or the bot's name anywhere in the text. */
function isForMe(world: World, { text, caption, entities = [], caption_entities = [] }: Message): boolean {
  const words = text ?? caption ?? ''
  const me = `@${world.me.username}`.toLowerCase()
  return [...entities, ...caption_entities].some(({ type, offset, length, ...entity }) => {
    const part = words.slice(offset, offset + length).toLowerCase()
    if (type === 'mention') return part === me
    if (type === 'text_mention') return 'user' in entity && entity.user.id === world.me.id
    return type === 'bot_command' && (!part.includes('@') || part.endsWith(me))
  })
}
