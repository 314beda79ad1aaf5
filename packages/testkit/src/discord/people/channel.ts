/** A channel, a thread or a direct chat as a test looks at it: what is in it, and what the bot did there. */
import type { APIMessage } from 'discord-api-types/v10'
import { tellChannel, tellThread, tellThreads } from '../state/channels.ts'
import { publicMessages, render } from '../state/messages.ts'
import { bitsOf, may, type Permission } from '../state/permissions.ts'
import { startThread } from '../state/threads.ts'
import type { StoredChannel, StoredMessage, World } from '../state/world.ts'
import type { Person } from './person.ts'
import { createWebhook, type Webhook } from './webhook.ts'

export interface FakeChannel {
  readonly id: string
  readonly name: string
  /** Everything in it that is not deleted and that everybody there sees, oldest first. */
  readonly messages: readonly APIMessage[]
  /** What the bot (the first one, unless told otherwise) sent and did not delete. */
  readonly byBot: readonly APIMessage[]
  /** The texts of those. */
  readonly texts: readonly string[]
  /** Ids of the users who showed that they write, as often as they did. */
  readonly typing: readonly string[]
  /** The message as it is now. */
  message(id: string): APIMessage | undefined
  /** The texts it had before each edit. */
  earlier(id: string): readonly string[]
  isDeleted(id: string): boolean
  /** The emojis with which a user reacted; default: the bot. */
  reactionsOf(messageId: string, userId?: string): readonly string[]
}

export interface TextChannel extends FakeChannel {
  /** Opens a thread, from a message or by itself. */
  thread(name: string, options: ThreadOptions): Thread
  /** Takes rights from a user or a role here. */
  denies(id: string, ...permissions: readonly Permission[]): void
  allows(id: string, ...permissions: readonly Permission[]): void
  webhook(name: string): Webhook
  deletes(): void
}

export interface ThreadOptions {
  readonly by: Person
  readonly from?: APIMessage
  readonly isPrivate?: boolean
  readonly id?: string
}

export interface Thread extends FakeChannel {
  readonly parent: string
  archives(archived?: boolean): void
  /** Locked: only who manages threads can unarchive it. */
  locks(): void
  adds(userId: string): void
  renames(name: string): void
  deletes(): void
}

/** @param channel is asked each time: a direct chat is there once somebody needs it */
export function viewChannel(world: World, botId: string, channel: () => StoredChannel): FakeChannel {
  const all = (): StoredMessage[] => publicMessages(channel())
  const byBot = () => all().filter(({ author, fixed }) => author.id === botId && isMessage(fixed.type))
  const find = (id: string) => channel().messages.get(id)
  return {
    get id() {
      return channel().id
    },
    get name() {
      return channel().name
    },
    get messages() {
      return all().map((message) => render(world, message))
    },
    get byBot() {
      return byBot().map((message) => render(world, message))
    },
    get texts() {
      return byBot().map(({ body }) => body.content)
    },
    get typing() {
      return channel().typing.map(({ userId }) => userId)
    },
    message(id) {
      const found = find(id)
      return found && !found.isDeleted ? render(world, found) : undefined
    },
    earlier: (id) => find(id)?.earlier.map(({ content }) => content) ?? [],
    isDeleted: (id) => find(id)?.isDeleted ?? false,
    reactionsOf(id, userId = botId) {
      const reactions = [...(find(id)?.reactions.values() ?? [])].filter(({ users }) => users.has(userId))
      return reactions.map(({ emoji }) => (emoji.id === null ? emoji.name : `<:${emoji.name}:${emoji.id}>`))
    },
  }
}

/** Not what Discord itself writes, such as "started a thread". */
function isMessage(type: number = 0): boolean {
  return type === 0 || type === 19 || type === 20 || type === 23
}

/** Properties of a view are looked up each time, so a view is extended and not copied. */
function extend<Whole extends FakeChannel>(view: FakeChannel, more: Omit<Whole, keyof FakeChannel>): Whole {
  return Object.assign(Object.create(view), more)
}

export function viewTextChannel(world: World, botId: string, channel: StoredChannel): TextChannel {
  const overwrite = (id: string, kind: 'allow' | 'deny', permissions: readonly Permission[]) => {
    const wasSeen = [...world.applications.keys()].filter((one) => may(channel, one, 'ViewChannel'))
    const type = channel.guild?.roles.has(id) ? 0 : 1
    const entry = channel.overwrites.get(id) ?? { type, allow: 0n, deny: 0n }
    channel.overwrites.set(id, entry)
    const bits = bitsOf(permissions)
    entry[kind] |= bits
    entry[kind === 'allow' ? 'deny' : 'allow'] &= ~bits
    tellChannel(world, 'CHANNEL_UPDATE', channel)
    for (const one of world.applications.keys()) {
      if (!wasSeen.includes(one) && may(channel, one, 'ViewChannel')) tellThreads(world, channel, one)
    }
  }
  return extend(
    viewChannel(world, botId, () => channel),
    {
      thread(name: string, { by, from, isPrivate = false, id }: ThreadOptions) {
        const start = from === undefined ? undefined : channel.messages.get(from.id)
        if (from && !start) throw new Error(`there is no message ${from.id} in #${channel.name}`)
        const type = isPrivate ? 12 : 11
        return viewThread(world, botId, startThread(world, channel, { name, by: by.user, from: start, type, id }))
      },
      denies: (id: string, ...permissions: readonly Permission[]) => overwrite(id, 'deny', permissions),
      allows: (id: string, ...permissions: readonly Permission[]) => overwrite(id, 'allow', permissions),
      webhook: (name: string) => createWebhook(world, channel, name),
      deletes() {
        tellChannel(world, 'CHANNEL_DELETE', channel)
        channel.isDeleted = true
      },
    },
  )
}

export function viewThread(world: World, botId: string, thread: StoredChannel): Thread {
  const changed = () => tellThread(world, 'THREAD_UPDATE', thread)
  return extend(
    viewChannel(world, botId, () => thread),
    {
      parent: thread.parent?.id ?? '',
      archives(archived = true) {
        thread.isArchived = archived
        changed()
      },
      locks() {
        thread.isArchived = true
        thread.isLocked = true
        changed()
      },
      adds(userId: string) {
        thread.members.add(userId)
        tellThread(world, 'THREAD_CREATE', thread, userId)
      },
      renames(name: string) {
        thread.name = name
        changed()
      },
      deletes() {
        tellThread(world, 'THREAD_DELETE', thread)
        thread.isDeleted = true
      },
    },
  )
}
