/** What a person does in Telegram, as a test tells it: `ada.says(ada.dm, 'hello')`, `ada.presses(message, 'Allow')`. */
import type {
  Chat,
  InlineKeyboardButton,
  Message,
  MessageEntity,
  MessageOrigin,
  ReactionTypeEmoji,
  User,
} from 'grammy/types'
import { addChat, append, change, type StoredChat, type StoredMessage, type World } from '../state/world.ts'
import { findEntities } from '../text/entities.ts'
import type { FakeChat } from './chat.ts'
import { viewChat } from './chat.ts'
import { type Content, text } from './content.ts'
import { isVisible } from './visibility.ts'

export interface SendOptions {
  readonly replyTo?: Message
  /** A part of the message that is replied to. */
  readonly quote?: string
  /** The id of a forum topic, from `group.topic(…)`. */
  readonly topic?: number
  /** Seconds since 1970; default: now. */
  readonly date?: number
  /** Written before the bot came: it is there, and the bot is not told of it. */
  readonly isOld?: boolean
  /** Fields on top of what is sent, such as `via_bot`, `sender_chat` or `external_reply`. */
  readonly extra?: Partial<Message>
}

export interface Person {
  readonly id: number
  readonly user: User
  /** The private chat with the bot; the bot can write into it from the first message on. */
  readonly dm: FakeChat
  says(chat: FakeChat, words: string, options?: SendOptions & { readonly entities?: readonly MessageEntity[] }): Message
  sends(chat: FakeChat, content: Content, options?: SendOptions): Message
  /** Several pictures or files as one album: messages of their own that share a `media_group_id`. */
  sendsAlbum(chat: FakeChat, contents: readonly Content[], options?: SendOptions): Message[]
  /** Forwards a message; `as: 'hidden'` where its author hides who they are. */
  forwards(message: Message, chat: FakeChat, options?: { readonly as?: 'user' | 'hidden' | 'channel' }): Message
  /** Changes the text, or the caption, of an own message. */
  edits(message: Message, words: string): Message
  /** Replaces the person's reactions. */
  reacts(message: Message, ...emojis: ReactionTypeEmoji['emoji'][]): void
  /**
   * Presses a button, by its label or by what it carries. A client still shows buttons that an edit took away a moment ago: `stale` presses
   * one of those. `forged` sends `label` as the button's data though there is no such button, as a made-up client can.
   * @returns the id of the callback query, for `bot.callbacks`.
   * @throws Error if the message has no such button
   */
  presses(message: Message, label: string, options?: { readonly stale?: boolean; readonly forged?: boolean }): string
  /** Blocks the bot, or lets it write again. */
  blocks(blocked?: boolean): void
}

export function createPerson(world: World, details: Partial<User> & { readonly first_name: string }): Person {
  const user: User = { id: world.nextUserId, is_bot: false, ...details }
  world.nextUserId += 1
  world.users.set(user.id, user)
  const dm = viewChat(world, () => privateChat(user))
  const chatOf = (chat: FakeChat): StoredChat => {
    return world.chats.get(chat.id) ?? addChat(world, privateChat(user), [user.id])
  }

  const post = (stored: StoredChat, fields: Partial<Message>, options: SendOptions): Message => {
    const { replyTo, quote, topic, date, isOld, extra } = options
    if (!stored.members.has(user.id)) throw new Error(`${user.first_name} is not in chat ${stored.chat.id}`)
    const target = replyTo && stored.messages.get(replyTo.message_id)
    const words = target?.message.text ?? target?.message.caption ?? ''
    const taken =
      quote === undefined ? undefined : { text: quote, position: words.indexOf(quote), is_manual: true as const }
    const inherited = target?.message.is_topic_message ? target.message.message_thread_id : undefined
    const place = { replyTo: target, quote: taken, thread: topic ?? inherited, date }
    const { message } = append(world, stored, user, { ...fields, ...extra }, place)
    if (!isOld && isVisible(world, stored, message)) world.updates.push('message', message as never)
    return message
  }

  const find = (message: Message): { stored: StoredChat; entry: StoredMessage } => {
    const stored = world.chats.get(message.chat.id)
    const entry = stored?.messages.get(message.message_id)
    if (!stored || !entry) throw new Error(`there is no message ${message.message_id} in chat ${message.chat.id}`)
    return { stored, entry }
  }

  return {
    id: user.id,
    user,
    dm,
    says(chat, words, { entities, ...options } = {}) {
      return post(chatOf(chat), text(words, entities)(world.files), options)
    },
    sends(chat, content, options = {}) {
      return post(chatOf(chat), content(world.files), options)
    },
    sendsAlbum(chat, contents, options = {}) {
      const stored = chatOf(chat)
      const group = String(13_500_000_000 + world.nextMessageId)
      return contents.map((content) => post(stored, { ...content(world.files), media_group_id: group }, options))
    },
    forwards(message, chat, { as = 'user' } = {}) {
      const { entry } = find(message)
      const { text: words, entities, caption, caption_entities, photo, document, voice } = entry.message
      const fields = { text: words, entities, caption, caption_entities, photo, document, voice }
      const present = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
      return post(chatOf(chat), { ...present, forward_origin: originOf(entry.message, as) }, {})
    },
    edits(message, words) {
      const { stored, entry } = find(message)
      if (entry.message.from?.id !== user.id) throw new Error(`${user.first_name} did not write that message`)
      const entities = findEntities(words)
      const content = { ...entry.message }
      if (content.text === undefined) Object.assign(content, { caption: words, caption_entities: entities })
      else Object.assign(content, { text: words, entities })
      change(world, entry, content)
      if (isVisible(world, stored, entry.message)) world.updates.push('edited_message', entry.message as never)
      return entry.message
    },
    reacts(message, ...emojis) {
      const { stored, entry } = find(message)
      const old = entry.reactions.get(user.id) ?? []
      if (emojis.length === 0) entry.reactions.delete(user.id)
      else entry.reactions.set(user.id, emojis)
      // In groups only an administrator is told.
      if (stored.chat.type !== 'private' && stored.bot !== 'administrator') return
      const date = Math.floor(world.now() / 1000)
      const of = (list: readonly ReactionTypeEmoji['emoji'][]) =>
        list.map((emoji) => ({ type: 'emoji' as const, emoji }))
      const { message_id } = message
      const reactions = { old_reaction: of(old), new_reaction: of(emojis) }
      world.updates.push('message_reaction', { chat: stored.chat, message_id, user, date, ...reactions })
    },
    presses(message, label, { stale = false, forged = false } = {}) {
      const { entry } = find(message)
      const versions = stale ? [...entry.earlier, entry.message] : [entry.message]
      const buttons = versions.flatMap(({ reply_markup }) => reply_markup?.inline_keyboard.flat() ?? [])
      const button = buttons.findLast((one) => one.text === label || dataOf(one) === label)
      const data = forged ? label : button && dataOf(button)
      if (data === undefined) throw new Error(noButton(label, buttons))
      const id = String(4_000_000_000_000 + world.callbacks.size)
      const query = { id, from: user, message: entry.message, chat_instance: '1', data }
      world.callbacks.set(id, { query, answer: undefined })
      world.updates.push('callback_query', query)
      return id
    },
    blocks(blocked = true) {
      chatOf(dm).bot = blocked ? 'blocked' : 'member'
    },
  }
}

function privateChat({ id, first_name, last_name, username }: User): Chat {
  return {
    id,
    type: 'private',
    first_name,
    ...(last_name === undefined ? {} : { last_name }),
    ...(username === undefined ? {} : { username }),
  }
}

function originOf({ from, date }: Message, as: 'user' | 'hidden' | 'channel'): MessageOrigin {
  if (!from) throw new Error('the message has no author')
  if (as === 'user') return { type: 'user', sender_user: from, date }
  if (as === 'hidden') return { type: 'hidden_user', sender_user_name: from.first_name, date }
  const chat = { id: -1_009_000_000_001, type: 'channel' as const, title: 'Announcements' }
  return { type: 'channel', chat, message_id: 7, date }
}

function dataOf(button: InlineKeyboardButton): string | undefined {
  return 'callback_data' in button ? button.callback_data : undefined
}

function noButton(label: string, buttons: readonly InlineKeyboardButton[]): string {
  const labels = buttons.map((one) => `"${one.text}"`).join(', ')
  return `there is no button "${label}"; there ${buttons.length === 1 ? 'is' : 'are'}: ${labels || 'none'}`
}
