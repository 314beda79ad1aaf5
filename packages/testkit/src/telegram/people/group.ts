/** Groups, supergroups and their topics, as a test sets them up. */
import type { Chat, User } from 'grammy/types'
import { addChat, append, type StoredChat, type World } from '../state/world.ts'
import { type FakeChat, viewChat } from './chat.ts'
import type { Person } from './person.ts'

export interface GroupOptions {
  readonly title?: string
  /** Default: one that is free; of a supergroup below -1,000,000,000,000. */
  readonly id?: number
  /** The first one made it. */
  readonly members: readonly Person[]
  /** Default `supergroup`. */
  readonly type?: 'group' | 'supergroup'
  /** A supergroup with topics. */
  readonly forum?: boolean
  /** Whether the bot sees every message and is told of reactions. */
  readonly administrator?: boolean
}

export interface Group {
  readonly chat: FakeChat
  /** Opens a topic; the id goes into `says(…, { topic })`. */
  topic(name: string, by?: Person): number
  /** Of a group: turns it into a supergroup, with an id of its own. */
  upgrade(): Group
  adds(person: Person): void
  /** Throws the bot out. */
  kicksBot(): void
}

export function createGroup(world: World, options: GroupOptions): Group {
  const { title = 'Team', members, type = 'supergroup', forum = false, administrator = false } = options
  const [maker] = members
  if (!maker) throw new Error('a group needs a member')
  const number = 1_000_001 + world.chats.size
  const chat = { ...toChat(type, number, title, forum), ...(options.id === undefined ? {} : { id: options.id }) }
  const stored = addChat(world, chat, [...members.map(({ id }) => id), world.me.id])
  stored.bot = administrator ? 'administrator' : 'member'
  tell(world, stored, maker.user, { new_chat_members: [world.me] })
  return driveGroup(world, stored, maker, number)
}

function toChat(type: 'group' | 'supergroup', number: number, title: string, forum: boolean): Chat {
  if (type === 'group') return { id: -number, type, title }
  return { id: -1_000_000_000_000 - number, type, title, ...(forum ? { is_forum: true as const } : {}) }
}

function driveGroup(world: World, stored: StoredChat, maker: Person, number: number): Group {
  return {
    chat: viewChat(world, () => stored.chat),
    topic(name, by = maker) {
      const entry = append(world, stored, by.user, { forum_topic_created: { name, icon_color: 7_322_096 } })
      const { message_id } = entry.message
      stored.topics.add(message_id)
      Object.assign(entry.message, { message_thread_id: message_id, is_topic_message: true })
      world.updates.push('message', entry.message as never)
      return message_id
    },
    upgrade() {
      const next = toChat('supergroup', number, stored.chat.title ?? '', false)
      const moved = addChat(world, next, stored.members)
      moved.bot = stored.bot
      tell(world, stored, maker.user, { migrate_to_chat_id: next.id })
      stored.movedTo = next.id
      tell(world, moved, maker.user, { migrate_from_chat_id: stored.chat.id })
      return driveGroup(world, moved, maker, number)
    },
    adds(person) {
      stored.members.add(person.id)
      tell(world, stored, maker.user, { new_chat_members: [person.user] })
    },
    kicksBot() {
      tell(world, stored, maker.user, { left_chat_member: world.me })
      stored.bot = 'kicked'
    },
  }
}

function tell(world: World, stored: StoredChat, by: User, fields: Parameters<typeof append>[3]): void {
  world.updates.push('message', append(world, stored, by, fields).message as never)
}
