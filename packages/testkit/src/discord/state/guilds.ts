/** Guilds, roles and members as the API shows them, and how they are made. */
import { GUILDS } from '../gateway/intents.ts'
import { describeChannel } from './channels.ts'
import { bitsOf, may, OF_EVERYONE, type Permission } from './permissions.ts'
import type { StoredChannel, StoredGuild, StoredMember, StoredRole, World } from './world.ts'

export interface NewGuild {
  readonly id?: string | undefined
  readonly name: string
  readonly ownerId: string
  readonly everyone?: readonly Permission[] | undefined
}

export function addGuild(world: World, { id = world.ids.next(), name, ownerId, everyone }: NewGuild): StoredGuild {
  const guild: StoredGuild = { id, name, ownerId, roles: new Map(), members: new Map(), emojis: new Map() }
  addRole(world, guild, { id, name: '@everyone', permissions: bitsOf(everyone ?? OF_EVERYONE) })
  world.guilds.set(id, guild)
  return guild
}

export function addRole(
  world: World,
  guild: StoredGuild,
  role: { readonly name: string } & Partial<Omit<StoredRole, 'name'>>,
): StoredRole {
  const { id = world.ids.next(), isMentionable = false, permissions = 0n, botId, name } = role
  const stored: StoredRole = { id, name, isMentionable, permissions, botId }
  guild.roles.set(id, stored)
  return stored
}

export function addMember(world: World, guild: StoredGuild, userId: string, roles: readonly string[] = []): void {
  const joinedAt = new Date(world.now()).toISOString()
  guild.members.set(userId, { roles: new Set(roles), joinedAt, nick: null })
}

export function describeRole(role: StoredRole): object {
  return {
    id: role.id,
    name: role.name,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
    unicode_emoji: null,
    position: 0,
    permissions: String(role.permissions),
    managed: role.botId !== undefined,
    mentionable: role.isMentionable,
    flags: 0,
    ...(role.botId === undefined ? {} : { tags: { bot_id: role.botId } }),
  }
}

export function describeMember({ roles, joinedAt, nick }: StoredMember): object {
  return {
    roles: [...roles],
    nick,
    joined_at: joinedAt,
    deaf: false,
    mute: false,
    flags: 0,
    avatar: null,
    banner: null,
  }
}

/** What `GET /guilds/ID` answers: without channels and members. */
export function describeGuild(guild: StoredGuild): object {
  return {
    id: guild.id,
    name: guild.name,
    icon: null,
    owner_id: guild.ownerId,
    roles: [...guild.roles.values()].map(describeRole),
    emojis: [...guild.emojis.values()],
    features: [],
    preferred_locale: 'en-US',
    premium_tier: 0,
    nsfw_level: 0,
    system_channel_id: null,
  }
}

/** What GUILD_CREATE tells a bot: the guild with the channels and threads that it can see. */
export function renderGuild(world: World, guild: StoredGuild, userId: string): object {
  const all = channelsOf(world, guild).filter((channel) => may(channel, userId, 'ViewChannel'))
  const own = guild.members.get(userId)
  const user = world.users.get(userId)
  return {
    ...describeGuild(guild),
    joined_at: own?.joinedAt,
    large: false,
    unavailable: false,
    member_count: guild.members.size,
    channels: all.filter(({ parent }) => !parent).map(describeChannel),
    threads: all.filter(({ parent, isArchived }) => parent && !isArchived).map(describeChannel),
    members: own && user ? [{ user, ...describeMember(own) }] : [],
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    stickers: [],
    soundboard_sounds: [],
  }
}

export function channelsOf(world: World, guild: StoredGuild): StoredChannel[] {
  return [...world.channels.values()].filter((channel) => channel.guild === guild && !channel.isDeleted)
}

/** The bot is in it from now on, or no longer. */
export function tellGuild(world: World, guild: StoredGuild, botId: string, isIn: boolean): void {
  const data = () => (isIn ? renderGuild(world, guild, botId) : { id: guild.id })
  world.publish({ type: isIn ? 'GUILD_CREATE' : 'GUILD_DELETE', intents: GUILDS, only: botId, data })
}
