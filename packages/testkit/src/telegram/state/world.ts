/** What one bot's Telegram knows: users, chats with all their messages, files, updates, buttons pressed, settings. */
import type { BotCommand, CallbackQuery, Chat, Message, ReactionTypeEmoji, User, UserFromGetMe } from 'grammy/types'
import { createFileStore, type FileStore } from './files.ts'
import { createUpdateQueue, type UpdateQueue } from './updates.ts'

export interface StoredMessage {
  /** As it is now. */
  message: Message
  /** What it was before each edit, oldest first. */
  readonly earlier: Message[]
  /** Who reacted with what. */
  readonly reactions: Map<number, readonly ReactionTypeEmoji['emoji'][]>
  deleted: boolean
}

export interface ChatAction {
  readonly action: string
  readonly thread: number | undefined
}

export interface StoredChat {
  readonly chat: Chat
  readonly members: Set<number>
  readonly messages: Map<number, StoredMessage>
  /** What the bot said it was doing, in order. */
  readonly actions: ChatAction[]
  /** Of the bot: `member`, `administrator`, `left` or `kicked`; `blocked` by the person of a private chat. */
  bot: 'member' | 'administrator' | 'left' | 'kicked' | 'blocked'
  /** Where a group went that became a supergroup. */
  movedTo: number | undefined
  /** Message ids of forum topics. */
  readonly topics: Set<number>
  /** Supergroups count their own messages; private chats and groups share one count. */
  nextMessageId: number | undefined
}

export interface StoredCallback {
  readonly query: CallbackQuery
  /** What the bot answered, once it has. */
  answer: { readonly text: string; readonly alert: boolean } | undefined
}

export interface Call {
  readonly method: string
  readonly parameters: ReadonlyMap<string, unknown>
  /** HTTP status of the answer; 0 where the client did not get one. */
  readonly status: number
}

export interface World {
  me: UserFromGetMe
  readonly users: Map<number, User>
  readonly chats: Map<number, StoredChat>
  readonly files: FileStore
  readonly updates: UpdateQueue
  readonly callbacks: Map<string, StoredCallback>
  /** By scope, as JSON. */
  readonly commands: Map<string, readonly BotCommand[]>
  readonly calls: Call[]
  webhook: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  nextMessageId: number
  nextUserId: number
}

export function createWorld(me: UserFromGetMe, now: () => number): World {
  return {
    me,
    users: new Map([[me.id, me]]),
    chats: new Map(),
    files: createFileStore(),
    updates: createUpdateQueue(),
    callbacks: new Map(),
    commands: new Map(),
    calls: [],
    webhook: '',
    now,
    nextMessageId: 1,
    nextUserId: 500_000_001,
  }
}

export function addChat(world: World, chat: Chat, members: Iterable<number>): StoredChat {
  const stored: StoredChat = {
    chat,
    members: new Set(members),
    messages: new Map(),
    actions: [],
    bot: 'member',
    movedTo: undefined,
    topics: new Set(),
    nextMessageId: chat.type === 'supergroup' ? 1 : undefined,
  }
  world.chats.set(chat.id, stored)
  return stored
}

export interface AppendOptions {
  readonly replyTo?: StoredMessage | undefined
  readonly quote?: { readonly text: string; readonly position: number; readonly is_manual?: true } | undefined
  readonly thread?: number | undefined
  /** Seconds since 1970; default: now. */
  readonly date?: number | undefined
}

/** Writes a message down as Telegram does: its id, its date, what it replies to and the thread it is in. */
export function append(
  world: World,
  stored: StoredChat,
  from: User,
  content: Partial<Message>,
  { replyTo, quote, thread, date }: AppendOptions = {},
): StoredMessage {
  const inTopic = thread !== undefined && stored.topics.has(thread)
  const root = inTopic ? stored.messages.get(thread) : undefined
  // In a topic, what replies to nothing replies to the message that opened it.
  const repliedTo = replyTo ?? root
  const message: Message = {
    message_id: takeMessageId(world, stored),
    from: withoutMe(from),
    chat: stored.chat,
    date: date ?? Math.floor(world.now() / 1000),
    ...threadOf(stored, thread, replyTo),
    ...(repliedTo ? { reply_to_message: withoutReply(repliedTo.message) } : {}),
    ...(quote ? { quote } : {}),
    ...content,
  }
  const entry: StoredMessage = { message, earlier: [], reactions: new Map(), deleted: false }
  stored.messages.set(message.message_id, entry)
  return entry
}

function takeMessageId(world: World, stored: StoredChat): number {
  if (stored.nextMessageId === undefined) {
    world.nextMessageId += 1
    return world.nextMessageId - 1
  }
  stored.nextMessageId += 1
  return stored.nextMessageId - 1
}

/** Replies in a supergroup form a thread too, but no topic, and nothing can be sent into it by its number. */
function threadOf(
  stored: StoredChat,
  thread: number | undefined,
  replyTo: StoredMessage | undefined,
): Partial<Message> {
  if (thread !== undefined) {
    return { message_thread_id: thread, ...(stored.topics.has(thread) ? { is_topic_message: true } : {}) }
  }
  if (stored.chat.type !== 'supergroup' || !replyTo) return {}
  return { message_thread_id: replyTo.message.message_thread_id ?? replyTo.message.message_id }
}

function withoutReply({ reply_to_message: _, ...message }: Message): NonNullable<Message['reply_to_message']> {
  return message as NonNullable<Message['reply_to_message']>
}

/** A message's `from` has none of what only `getMe` tells. */
function withoutMe({ id, is_bot, first_name, last_name, username, language_code }: User): User {
  return {
    id,
    is_bot,
    first_name,
    ...(last_name === undefined ? {} : { last_name }),
    ...(username === undefined ? {} : { username }),
    ...(language_code === undefined ? {} : { language_code }),
  }
}

/** Replaces what a message is and keeps what it was. */
export function change(world: World, entry: StoredMessage, content: Message): void {
  entry.earlier.push(entry.message)
  entry.message = { ...content, edit_date: Math.floor(world.now() / 1000) }
}
