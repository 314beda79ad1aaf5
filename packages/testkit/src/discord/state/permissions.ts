/** Who may do what where: roles of a guild, then what a channel allows and denies, as Discord adds them up. */
import type { StoredChannel, StoredGuild } from './world.ts'

/** By Discord's own names; those that a chat needs. */
export type Permission =
  | 'Administrator'
  | 'ManageChannels'
  | 'AddReactions'
  | 'ViewChannel'
  | 'SendMessages'
  | 'ManageMessages'
  | 'EmbedLinks'
  | 'AttachFiles'
  | 'ReadMessageHistory'
  | 'MentionEveryone'
  | 'UseExternalEmojis'
  | 'ManageWebhooks'
  | 'UseApplicationCommands'
  | 'ManageThreads'
  | 'CreatePublicThreads'
  | 'CreatePrivateThreads'
  | 'SendMessagesInThreads'

export const PERMISSIONS: Readonly<Record<Permission, bigint>> = {
  Administrator: 1n << 3n,
  ManageChannels: 1n << 4n,
  AddReactions: 1n << 6n,
  ViewChannel: 1n << 10n,
  SendMessages: 1n << 11n,
  ManageMessages: 1n << 13n,
  EmbedLinks: 1n << 14n,
  AttachFiles: 1n << 15n,
  ReadMessageHistory: 1n << 16n,
  MentionEveryone: 1n << 17n,
  UseExternalEmojis: 1n << 18n,
  ManageWebhooks: 1n << 29n,
  UseApplicationCommands: 1n << 31n,
  ManageThreads: 1n << 34n,
  CreatePublicThreads: 1n << 35n,
  CreatePrivateThreads: 1n << 36n,
  SendMessagesInThreads: 1n << 38n,
}

const ALL: bigint = Object.values(PERMISSIONS).reduce((sum, bit) => sum | bit, 0n)

/** What everybody may in a new server. */
export const OF_EVERYONE: readonly Permission[] = [
  'AddReactions',
  'ViewChannel',
  'SendMessages',
  'EmbedLinks',
  'AttachFiles',
  'ReadMessageHistory',
  'MentionEveryone',
  'UseExternalEmojis',
  'UseApplicationCommands',
  'CreatePublicThreads',
  'CreatePrivateThreads',
  'SendMessagesInThreads',
]

export function bitsOf(names: readonly Permission[]): bigint {
  return names.reduce((sum, name) => sum | PERMISSIONS[name], 0n)
}

/** In a guild as a whole; 0 for who is not in it. */
export function guildPermissions(guild: StoredGuild, userId: string): bigint {
  const member = guild.members.get(userId)
  if (!member) return 0n
  if (guild.ownerId === userId) return ALL
  const roles = [guild.id, ...member.roles].map((id) => guild.roles.get(id)?.permissions ?? 0n)
  const sum = roles.reduce((total, bits) => total | bits, 0n)
  return sum & PERMISSIONS.Administrator ? ALL : sum
}

/** In a channel; a thread has those of its parent. All in an own direct chat, none in another's. */
export function channelPermissions(channel: StoredChannel, userId: string): bigint {
  const { guild, parent } = channel
  if (!guild) return channel.recipients.has(userId) ? ALL : 0n
  if (parent) return channelPermissions(parent, userId)
  const base = guildPermissions(guild, userId)
  if (base === ALL || base === 0n) return base
  const roles = guild.members.get(userId)?.roles ?? new Set<string>()
  const entries = [...channel.overwrites]
  const steps = [
    entries.filter(([id]) => id === guild.id),
    entries.filter(([id]) => roles.has(id)),
    entries.filter(([id]) => id === userId),
  ]
  return steps.reduce((bits, step) => {
    const deny = step.reduce((sum, [, overwrite]) => sum | overwrite.deny, 0n)
    const allow = step.reduce((sum, [, overwrite]) => sum | overwrite.allow, 0n)
    return (bits & ~deny) | allow
  }, base)
}

/** Without the right to see a channel there is no other right in it. A private thread is seen by its members. */
export function may(channel: StoredChannel, userId: string, permission: Permission): boolean {
  if (channel.isDeleted) return false
  const bits = channelPermissions(channel, userId)
  if (!(bits & PERMISSIONS.ViewChannel)) return false
  const isPrivate = channel.type === 12 && !channel.members.has(userId)
  if (isPrivate && !(bits & PERMISSIONS.ManageThreads)) return false
  return (bits & PERMISSIONS[permission]) !== 0n
}
