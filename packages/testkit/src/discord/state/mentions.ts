/** Whom a message really pings: who is written in it, out of those its sender may ping and wants to. */
import type { APIAllowedMentions, APIUser } from 'discord-api-types/v10'
import { may } from './permissions.ts'
import type { MessageBody, StoredChannel, StoredMessage, World } from './world.ts'

type Mentions = Pick<MessageBody, 'mentions' | 'mentionRoles' | 'mentionEveryone'>

/** @param allowed what a bot said may ping; undefined: all that is written */
export function findMentions(
  world: World,
  channel: StoredChannel,
  author: APIUser,
  content: string,
  options: { readonly allowed?: APIAllowedMentions | undefined; readonly replyTo?: StoredMessage | undefined } = {},
): Mentions {
  const { allowed, replyTo } = options
  const parsed = (kind: string) => allowed === undefined || (allowed.parse ?? []).some((one) => one === kind)
  const written = (pattern: RegExp) => [...content.matchAll(pattern)].flatMap((match) => match[1] ?? [])
  const isAllowedUser = (id: string) => parsed('users') || allowed?.users?.includes(id) === true
  const users = new Set(written(/<@!?(\d+)>/g).filter((id) => world.users.has(id) && isAllowedUser(id)))
  const pingsAuthor = allowed === undefined || allowed.replied_user === true
  if (replyTo && pingsAuthor && replyTo.author.id !== author.id) users.add(replyTo.author.id)
  const mayPingAll = channel.guild !== undefined && may(channel, author.id, 'MentionEveryone')
  const roles = new Set(
    written(/<@&(\d+)>/g).filter((id) => {
      const role = channel.guild?.roles.get(id)
      const isAllowed = parsed('roles') || allowed?.roles?.includes(id) === true
      return role !== undefined && isAllowed && (role.isMentionable || mayPingAll)
    }),
  )
  return {
    mentions: [...users].flatMap((id) => world.users.get(id) ?? []),
    mentionRoles: [...roles],
    mentionEveryone: mayPingAll && parsed('everyone') && /@(?:everyone|here)\b/.test(content),
  }
}

/** Nobody. */
export const NO_MENTIONS: Mentions = { mentions: [], mentionRoles: [], mentionEveryone: false }
