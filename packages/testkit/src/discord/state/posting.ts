/** What happens to messages, and who is told: each change is published to the gateway. */
import type { APIUser } from 'discord-api-types/v10'
import { DIRECT, GUILD, type MessageIntents } from '../gateway/intents.ts'
import { tellThread } from './channels.ts'
import { describeMember } from './guilds.ts'
import { append, change, type Draft, renderForGateway } from './messages.ts'
import type { MessageBody, PartialEmoji, StoredChannel, StoredMessage, Viewer, World } from './world.ts'

/** @param draft `isSilent`: it is there, and no gateway is told of it */
export function post(
  world: World,
  channel: StoredChannel,
  author: APIUser,
  draft: Draft & { readonly isSilent?: boolean | undefined },
): StoredMessage {
  if (channel.isArchived) {
    channel.isArchived = false
    tellThread(world, 'THREAD_UPDATE', channel)
  }
  const message = append(world, channel, author, draft)
  if (channel.parent) channel.members.add(author.id)
  if (!draft.isSilent) publish(world, 'MESSAGE_CREATE', message)
  return message
}

export function edit(world: World, message: StoredMessage, body: Partial<MessageBody>, isShown = true): void {
  change(world, message, body, isShown)
  publish(world, 'MESSAGE_UPDATE', message)
}

export function remove(world: World, message: StoredMessage): void {
  if (message.isDeleted) return
  message.isDeleted = true
  if (message.onlyFor !== undefined) return
  const { channel } = message
  const data = { id: message.id, channel_id: channel.id, ...guildOf(channel) }
  world.publish({ type: 'MESSAGE_DELETE', channel, intents: intentOf(channel, 'Messages'), data: () => data })
}

function publish(world: World, type: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE', message: StoredMessage): void {
  if (message.onlyFor !== undefined) return
  const { channel } = message
  const { nonce } = message.fixed
  const told = type === 'MESSAGE_CREATE' && nonce !== undefined ? { nonce } : {}
  const data = (viewer: Viewer) => ({ ...renderForGateway(world, message, viewer), ...told })
  world.publish({ type, channel, intents: intentOf(channel, 'Messages'), data })
}

export function react(
  world: World,
  message: StoredMessage,
  user: APIUser,
  emoji: PartialEmoji,
  isAdded: boolean,
): void {
  const key = emoji.id ?? emoji.name
  const entry = message.reactions.get(key) ?? { emoji, users: new Set<string>() }
  message.reactions.set(key, entry)
  if (entry.users.has(user.id) === isAdded) return
  if (isAdded) entry.users.add(user.id)
  else entry.users.delete(user.id)
  const { channel } = message
  const member = channel.guild?.members.get(user.id)
  const data = {
    user_id: user.id,
    channel_id: channel.id,
    message_id: message.id,
    emoji,
    type: 0,
    burst: false,
    ...guildOf(channel),
    ...(isAdded ? { message_author_id: message.author.id } : {}),
    ...(isAdded && member ? { member: { user, ...describeMember(member) } } : {}),
  }
  const type = isAdded ? 'MESSAGE_REACTION_ADD' : 'MESSAGE_REACTION_REMOVE'
  world.publish({ type, channel, intents: intentOf(channel, 'Reactions'), data: () => data })
}

export function showTyping(world: World, channel: StoredChannel, user: APIUser): void {
  channel.typing.push({ userId: user.id, at: world.now() })
  const timestamp = Math.floor(world.now() / 1000)
  const data = { channel_id: channel.id, user_id: user.id, timestamp, ...guildOf(channel) }
  world.publish({ type: 'TYPING_START', channel, intents: intentOf(channel, 'Typing'), data: () => data })
}

function guildOf({ guild }: StoredChannel): { readonly guild_id?: string } {
  return guild ? { guild_id: guild.id } : {}
}

function intentOf({ guild }: StoredChannel, kind: keyof MessageIntents): number {
  return guild ? GUILD[kind] : DIRECT[kind]
}
