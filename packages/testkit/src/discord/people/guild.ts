/** Servers (guilds) with their channels, roles and members, as a test sets them up. */
import { addChannel, tellChannel } from '../state/channels.ts'
import { addGuild, addMember, addRole, tellGuild } from '../state/guilds.ts'
import { bitsOf, type Permission } from '../state/permissions.ts'
import type { StoredGuild, World } from '../state/world.ts'
import { type TextChannel, viewTextChannel } from './channel.ts'
import type { Person } from './person.ts'

export interface GuildOptions {
  readonly name?: string
  readonly id?: string
  /** The first one owns it. */
  readonly members: readonly Person[]
  /** Whether the bot is in it; default true. */
  readonly hasBot?: boolean
  /** What the bot's own role may; default: nothing on top of what everybody may. */
  readonly permissions?: readonly Permission[]
  /** What everybody may; default: as in a new server. */
  readonly everyone?: readonly Permission[]
}

export interface ChannelOptions {
  readonly id?: string
  readonly topic?: string
  /** Not seen by the role that everybody has; the owner sees it, and who is allowed to. */
  readonly isPrivate?: boolean
}

export interface Guild {
  readonly id: string
  /** The id of the bot's own role: a mention of it is no mention of the bot. */
  readonly botRole: string
  channel(name: string, options?: ChannelOptions): TextChannel
  /** @returns its id, for `<@&ID>` */
  role(name: string, options?: RoleOptions): string
  /** An own emoji. @returns `<:name:id>` */
  emoji(name: string): string
  adds(person: Person): void
  removes(person: Person): void
  addsBot(botId?: string, permissions?: readonly Permission[]): void
  kicksBot(botId?: string): void
}

export interface RoleOptions {
  readonly id?: string
  readonly members?: readonly { readonly id: string }[]
  readonly isMentionable?: boolean
  readonly permissions?: readonly Permission[]
}

export function createGuild(world: World, botId: string, options: GuildOptions): Guild {
  const { name = 'Team', id, members, hasBot = true, permissions = [], everyone } = options
  const [owner] = members
  if (!owner) throw new Error('a server needs a member')
  const guild = addGuild(world, { id, name, ownerId: owner.id, everyone })
  for (const member of members) addMember(world, guild, member.id)
  if (hasBot) addBot(world, guild, botId, permissions)
  return driveGuild(world, guild, botId)
}

function addBot(world: World, guild: StoredGuild, botId: string, permissions: readonly Permission[]): void {
  const name = world.users.get(botId)?.username ?? 'bot'
  const role = addRole(world, guild, { name, permissions: bitsOf(permissions), botId })
  addMember(world, guild, botId, [role.id])
  tellGuild(world, guild, botId, true)
}

function driveGuild(world: World, guild: StoredGuild, botId: string): Guild {
  return {
    id: guild.id,
    get botRole() {
      return [...guild.roles.values()].find((role) => role.botId === botId)?.id ?? ''
    },
    channel(name, { id, topic, isPrivate = false } = {}) {
      const channel = addChannel(world, { id, type: 0, name, topic, guild })
      if (isPrivate) channel.overwrites.set(guild.id, { type: 0, allow: 0n, deny: bitsOf(['ViewChannel']) })
      tellChannel(world, 'CHANNEL_CREATE', channel)
      return viewTextChannel(world, botId, channel)
    },
    role(name, { id, members = [], isMentionable = true, permissions = [] } = {}) {
      const given = id === undefined ? {} : { id }
      const role = addRole(world, guild, { name, isMentionable, permissions: bitsOf(permissions), ...given })
      for (const member of members) guild.members.get(member.id)?.roles.add(role.id)
      return role.id
    },
    emoji(name) {
      const id = world.ids.next()
      guild.emojis.set(id, { id, name, animated: false, available: true })
      return `<:${name}:${id}>`
    },
    adds: (person) => addMember(world, guild, person.id),
    removes: (person) => void guild.members.delete(person.id),
    addsBot: (id = botId, permissions = []) => addBot(world, guild, id, permissions),
    kicksBot(id = botId) {
      guild.members.delete(id)
      tellGuild(world, guild, id, false)
    },
  }
}
