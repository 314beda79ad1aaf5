/** Channels, threads and direct chats: how they are made and how the API shows them. */
import type { APIChannel, APIThreadChannel } from 'discord-api-types/v10'
import { GUILDS } from '../gateway/intents.ts'
import { may } from './permissions.ts'
import { timeOf } from './snowflakes.ts'
import type { ChannelKind, StoredChannel, StoredGuild, World } from './world.ts'

export interface NewChannel {
  readonly id?: string | undefined
  readonly type: ChannelKind
  readonly name: string
  readonly topic?: string | undefined
  readonly guild?: StoredGuild | undefined
  readonly parent?: StoredChannel | undefined
  readonly recipients?: readonly string[]
  readonly ownerId?: string | undefined
}

export function addChannel(world: World, options: NewChannel): StoredChannel {
  const { id = world.ids.next(), type, name, topic, guild, parent, recipients = [], ownerId } = options
  const channel: StoredChannel = {
    id,
    type,
    name,
    topic: topic ?? null,
    guild,
    parent,
    recipients: new Set(recipients),
    members: new Set(ownerId === undefined ? [] : [ownerId]),
    overwrites: new Map(),
    messages: new Map(),
    typing: [],
    ownerId,
    isArchived: false,
    isLocked: false,
    isDeleted: false,
  }
  world.channels.set(id, channel)
  return channel
}

/** The one direct chat of two users; made where there is none. */
export function directChannel(world: World, one: string, other: string, id?: string): StoredChannel {
  const isIt = ({ recipients }: StoredChannel) => recipients.size === 2 && recipients.has(one) && recipients.has(other)
  const known = [...world.channels.values()].find(isIt)
  return (
    known ?? addChannel(world, { type: 1, name: '', recipients: [one, other], ...(id === undefined ? {} : { id }) })
  )
}

export function describeChannel(channel: StoredChannel): APIChannel {
  return (channel.parent ? describeThread(channel) : describeGuildChannel(channel)) as APIChannel
}

export function describeDirect(world: World, channel: StoredChannel, viewerId: string): object {
  const others = [...channel.recipients].filter((id) => id !== viewerId)
  const recipients = others.flatMap((id) => world.users.get(id) ?? [])
  return { id: channel.id, type: 1, last_message_id: lastMessageOf(channel), flags: 0, recipients }
}

function describeGuildChannel(channel: StoredChannel): object {
  const overwrites = [...channel.overwrites].map(([id, { type, allow, deny }]) => {
    return { id, type, allow: String(allow), deny: String(deny) }
  })
  return {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guild?.id,
    name: channel.name,
    topic: channel.topic,
    position: 0,
    parent_id: null,
    nsfw: false,
    flags: 0,
    rate_limit_per_user: 0,
    last_message_id: lastMessageOf(channel),
    permission_overwrites: overwrites,
  }
}

export function describeThread(thread: StoredChannel): APIThreadChannel {
  const count = [...thread.messages.values()].filter(({ isDeleted }) => !isDeleted).length
  const described = {
    id: thread.id,
    type: thread.type,
    guild_id: thread.guild?.id,
    parent_id: thread.parent?.id,
    owner_id: thread.ownerId,
    name: thread.name,
    flags: 0,
    rate_limit_per_user: 0,
    last_message_id: lastMessageOf(thread),
    message_count: count,
    total_message_sent: thread.messages.size,
    member_count: thread.members.size,
    thread_metadata: {
      archived: thread.isArchived,
      locked: thread.isLocked,
      auto_archive_duration: 4320,
      archive_timestamp: new Date(timeOf(thread.id)).toISOString(),
      create_timestamp: new Date(timeOf(thread.id)).toISOString(),
    },
  }
  return described as unknown as APIThreadChannel
}

function lastMessageOf({ messages }: StoredChannel): string | null {
  return [...messages.keys()].at(-1) ?? null
}

/** @param addedBot a bot that was added to the thread, and alone is told */
export function tellThread(
  world: World,
  type: 'THREAD_CREATE' | 'THREAD_UPDATE' | 'THREAD_DELETE',
  thread: StoredChannel,
  addedBot?: string,
): void {
  const { id, guild, parent } = thread
  const ended = { id, guild_id: guild?.id, parent_id: parent?.id, type: thread.type }
  const data = () => {
    if (type === 'THREAD_DELETE') return ended
    const isNew = type === 'THREAD_CREATE' && addedBot === undefined
    return { ...describeThread(thread), ...(isNew ? { newly_created: true } : {}) }
  }
  const only = addedBot === undefined ? {} : { only: addedBot }
  world.publish({ type, channel: thread, intents: GUILDS, isEnding: type === 'THREAD_DELETE', data, ...only })
}

/** A bot that sees a channel from now on is told of its active threads. */
export function tellThreads(world: World, parent: StoredChannel, botId: string): void {
  const threads = [...world.channels.values()].filter(
    (one) => one.parent === parent && !one.isArchived && !one.isDeleted,
  )
  const shown = threads.filter((one) => may(one, botId, 'ViewChannel'))
  if (shown.length === 0) return
  const data = () => ({
    guild_id: parent.guild?.id,
    channel_ids: [parent.id],
    threads: shown.map(describeThread),
    members: [],
  })
  world.publish({ type: 'THREAD_LIST_SYNC', channel: parent, intents: GUILDS, only: botId, data })
}

export function tellChannel(
  world: World,
  type: 'CHANNEL_CREATE' | 'CHANNEL_UPDATE' | 'CHANNEL_DELETE',
  channel: StoredChannel,
): void {
  const isEnding = type === 'CHANNEL_DELETE'
  world.publish({ type, channel, intents: GUILDS, isEnding, data: () => describeChannel(channel) })
}
