/** Reactions of a bot, and who reacted. */
import { may } from '../state/permissions.ts'
import { react } from '../state/posting.ts'
import type { PartialEmoji, World } from '../state/world.ts'
import { fail } from '../wire/failure.ts'
import { type Context, findChannel, findMessage, idOf, numberOf } from './context.ts'

const MOST_KINDS = 20
/** A single emoji of Unicode; Discord takes it with and without the variation selector. */
const UNICODE = /^\p{RGI_Emoji}$/v

export function addReaction(context: Context): undefined {
  const { world, application } = context
  const channel = findChannel(context, 'ReadMessageHistory')
  const message = findMessage(context, channel)
  const emoji = readEmoji(world, idOf(context, 'emoji'))
  const known = message.reactions.get(emoji.id ?? emoji.name)
  const isThere = known !== undefined && known.users.size > 0
  if (!isThere && !may(channel, application.id, 'AddReactions')) throw fail('missingPermissions')
  const kinds = [...message.reactions.values()].filter(({ users }) => users.size > 0).length
  if (!isThere && kinds >= MOST_KINDS) throw fail('tooManyReactions')
  if (channel.isArchived) throw fail('archived')
  react(world, message, application.user, emoji, true)
}

export function removeReaction(context: Context): undefined {
  const { world, application } = context
  const channel = findChannel(context)
  const message = findMessage(context, channel)
  const emoji = readEmoji(world, idOf(context, 'emoji'))
  const who = context.request.parameters['user'] ?? application.id
  if (who !== application.id && !may(channel, application.id, 'ManageMessages')) throw fail('missingPermissions')
  if (channel.isArchived) throw fail('archived')
  const user = world.users.get(who)
  if (!user) throw fail('unknownUser')
  react(world, message, user, emoji, false)
}

export function listReactions(context: Context): unknown {
  const { world } = context
  const channel = findChannel(context)
  const message = findMessage(context, channel)
  const limit = numberOf(context, 'limit', { min: 1, max: 100, or: 25 })
  const emoji = readEmoji(world, idOf(context, 'emoji'))
  const users = [...(message.reactions.get(emoji.id ?? emoji.name)?.users ?? [])]
  return users.slice(0, limit).flatMap((id) => world.users.get(id) ?? [])
}

/** `👀`, or `name:id` of a guild's own. @throws ApiFailure 10014 */
export function readEmoji(world: World, text: string): PartialEmoji {
  const [, name, id] = /^(\w+):(\d+)$/.exec(text) ?? []
  if (name !== undefined && id !== undefined) {
    const isThere = [...world.guilds.values()].some(({ emojis }) => emojis.has(id))
    if (!isThere) throw fail('unknownEmoji')
    return { id, name }
  }
  if (!UNICODE.test(text) && !UNICODE.test(`${text}\u{fe0f}`)) throw fail('unknownEmoji')
  return { id: null, name: text }
}
