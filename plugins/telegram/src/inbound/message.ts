/** A message of Telegram as the kit reads it: who, where, what, and what it refers to. */
import { createHash } from 'node:crypto'
import type { InboundMessage, Chat as KitChat, RepliedMessage, Sender } from '@backchannel/channel/chat'
import type { Chat, Message, MessageEntity, MessageOrigin, User } from 'grammy/types'
import { readKind, safe } from './kinds.ts'

/** Who we are, for mentions and replies. */
export interface Me {
  readonly id: number
  readonly username: string
}

/** Undefined for what says nothing: joins, pins, a live location that moves on. */
export function readMessage(message: Message, me: Me | undefined, isEdit: boolean): InboundMessage | undefined {
  const kind = readKind(message)
  if (!kind || (isEdit && message.location)) return undefined
  const { chat, message_id, from, date, edit_date, media_group_id } = message
  const text = message.text ?? message.caption ?? ''
  const reply = readReply(message, me)
  const forwarded = message.forward_origin && describeOrigin(message.forward_origin)
  const sender = from && !message.sender_chat ? toSender(from) : undefined
  const meta = { ...kind.meta, ...reply?.meta, ...(message.via_bot ? { via_bot: nameOf(message.via_bot) } : {}) }
  return {
    // With our id in front: another bot in the same folder counts its messages from the start again.
    deliveryId: `${me?.id ?? 0}:${chat.id}:${message_id}${isEdit ? `:${edit_date ?? date}:${digest(text)}` : ''}`,
    chat: toChat(chat),
    ...(message.is_topic_message && message.message_thread_id !== undefined
      ? { threadId: String(message.message_thread_id) }
      : {}),
    // Several people write as one chat (anonymous administrators, a channel): nobody can be told from another.
    ...(sender ? { sender } : {}),
    id: String(message_id),
    text,
    ...(kind.placeholder === undefined ? {} : { placeholder: kind.placeholder }),
    ts: (isEdit ? (edit_date ?? date) : date) * 1000,
    attachments: kind.attachment ? [kind.attachment] : [],
    ...(reply?.to ? { replyTo: reply.to } : {}),
    ...(forwarded === undefined ? {} : { forwardedFrom: forwarded }),
    mentionsMe: mentions(message, me),
    edited: isEdit,
    ...(media_group_id === undefined ? {} : { albumId: media_group_id }),
    ...(Object.keys(meta).length === 0 ? {} : { meta }),
  }
}

export function toChat(chat: Chat): KitChat {
  const id = String(chat.id)
  if (chat.type === 'private') return { id, kind: 'direct' }
  return { id, kind: chat.type === 'channel' ? 'channel' : 'group', ...(chat.title ? { title: chat.title } : {}) }
}

export function toSender({ id, first_name, last_name, username, is_bot }: User): Sender {
  const name = [first_name, last_name].filter(Boolean).join(' ')
  return {
    id: String(id),
    ...(name === '' ? {} : { name }),
    ...(username === undefined ? {} : { handle: username }),
    isBot: is_bot,
  }
}

interface Reply {
  readonly to?: RepliedMessage
  readonly meta?: Readonly<Record<string, string>>
}

function readReply(message: Message, me: Me | undefined): Reply | undefined {
  const { reply_to_message: replied, external_reply: external, quote } = message
  // In a topic every message refers to the one that opened it.
  if (replied && !replied.forum_topic_created) {
    const words = quote?.text ?? replied.text ?? replied.caption ?? readKind(replied)?.placeholder
    const author = replied.from && nameOf(replied.from)
    const to: RepliedMessage = {
      messageId: String(replied.message_id),
      ...(words === undefined ? {} : { text: words }),
      ...(author === undefined ? {} : { sender: author }),
      ...(me && replied.from?.id === me.id ? { isMine: true } : {}),
    }
    return { to }
  }
  if (!external) return undefined
  const author = describeOrigin(external.origin)
  if (external.message_id === undefined) return { meta: { ...(quote ? { reply_to_text: quote.text } : {}) } }
  const to = { messageId: String(external.message_id), sender: author, ...(quote ? { text: quote.text } : {}) }
  return { to }
}

function describeOrigin(origin: MessageOrigin): string {
  switch (origin.type) {
    case 'user':
      return nameOf(origin.sender_user)
    case 'hidden_user':
      return safe(origin.sender_user_name)
    case 'chat':
      return safe(titleOf(origin.sender_chat))
    case 'channel':
      return safe(titleOf(origin.chat))
  }
}

function titleOf(chat: Chat): string {
  return chat.title ?? chat.username ?? String(chat.id)
}

function nameOf({ first_name, last_name, username }: User): string {
  const name = safe([first_name, last_name].filter(Boolean).join(' '))
  return username === undefined ? name : `${name} (@${username})`
}

/** Our name, a command addressed to us, or a reply to one of our messages. */
function mentions(message: Message, me: Me | undefined): boolean {
  if (!me) return false
  const { reply_to_message: replied } = message
  if (replied?.from?.id === me.id && !replied.forum_topic_created) return true
  const text = message.text ?? message.caption ?? ''
  const entities = message.entities ?? message.caption_entities ?? []
  return entities.some((entity) => isMe(entity, text, me))
}

function isMe(entity: MessageEntity, text: string, { id, username }: Me): boolean {
  if (entity.type === 'text_mention') return entity.user.id === id
  const part = text.slice(entity.offset, entity.offset + entity.length).toLowerCase()
  const name = `@${username.toLowerCase()}`
  return entity.type === 'mention' ? part === name : entity.type === 'bot_command' && part.endsWith(name)
}

/** Two edits may fall into one second. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
