/** Channels, threads and direct chats over the API. */
import { describeChannel, describeDirect, directChannel, tellChannel, tellThread } from '../state/channels.ts'
import { channelsOf } from '../state/guilds.ts'
import { may } from '../state/permissions.ts'
import { startThread } from '../state/threads.ts'
import type { StoredChannel } from '../state/world.ts'
import { fail, invalid, tooLong } from '../wire/failure.ts'
import { type Context, findChannel, findGuild, findMessage } from './context.ts'

const MOST_NAME = 100
const PUBLIC_THREAD = 11
const PRIVATE_THREAD = 12

export function getChannel(context: Context): unknown {
  return describe(context, findChannel(context))
}

function describe({ world, application }: Context, channel: StoredChannel): unknown {
  return channel.guild ? describeChannel(channel) : describeDirect(world, channel, application.id)
}

/** The direct chat with a user, made where there is none: that it exists does not mean that it can be written to. */
export function openDirect(context: Context): unknown {
  const { world, application, fields } = context
  const id = String(fields['recipient_id'] ?? '')
  const user = world.users.get(id)
  if (!user || id === application.id) throw fail('invalidRecipients')
  // A bot has none with another bot.
  if (user.bot && world.applications.has(id)) throw fail('cannotSend')
  return describeDirect(world, directChannel(world, id, application.id), application.id)
}

export function listGuildChannels(context: Context): unknown {
  const { world, application } = context
  const all = channelsOf(world, findGuild(context))
  return all.filter((channel) => !channel.parent && may(channel, application.id, 'ViewChannel')).map(describeChannel)
}

export function listActiveThreads(context: Context): unknown {
  const { world, application } = context
  const threads = channelsOf(world, findGuild(context)).filter((channel) => {
    return channel.parent && !channel.isArchived && may(channel, application.id, 'ViewChannel')
  })
  const own = threads.filter(({ members }) => members.has(application.id))
  const member = ({ id }: StoredChannel) => ({ id, user_id: application.id, flags: 0 })
  return { threads: threads.map(describeChannel), members: own.map(member) }
}

/** The public ones that are archived, newest first. */
export function listArchivedThreads(context: Context): unknown {
  const { world } = context
  const channel = findChannel(context, 'ReadMessageHistory')
  const threads = [...world.channels.values()].filter(({ parent, isArchived, isDeleted }) => {
    return parent === channel && isArchived && !isDeleted
  })
  return { threads: threads.reverse().map(describeChannel), members: [], has_more: false }
}

export function createThread(context: Context): unknown {
  const { world, application, fields } = context
  const channel = findChannel(context)
  const type = fields['type'] === PRIVATE_THREAD || fields['type'] === undefined ? PRIVATE_THREAD : PUBLIC_THREAD
  const right = type === PUBLIC_THREAD ? 'CreatePublicThreads' : 'CreatePrivateThreads'
  if (!may(channel, application.id, right)) throw fail('missingPermissions')
  return describeChannel(startThread(world, channel, { name: readName(context), by: application.user, type }))
}

export function createThreadFromMessage(context: Context): unknown {
  const { world, application } = context
  const channel = findChannel(context, 'CreatePublicThreads')
  const from = findMessage(context, channel)
  if (world.channels.has(from.id)) throw fail('hasThread')
  return describeChannel(startThread(world, channel, { name: readName(context), by: application.user, from }))
}

function readName({ fields }: Context): string {
  const { name } = fields as { name?: unknown }
  if (typeof name !== 'string' || name === '') throw invalid('name', 'BASE_TYPE_REQUIRED', 'This field is required')
  if (name.length > MOST_NAME) throw tooLong('name', MOST_NAME)
  return name
}

/** Of a thread: its name, and whether it is archived or locked. Who may write into it may unarchive it. */
export function changeChannel(context: Context): unknown {
  const { world, application, fields } = context
  const channel = findChannel(context)
  const manages = may(channel, application.id, channel.parent ? 'ManageThreads' : 'ManageChannels')
  const isOpening = channel.isArchived && fields['archived'] === false && !channel.isLocked
  const isOwn = channel.ownerId === application.id
  if (!manages && !isOwn && !isOpening) throw fail('missingPermissions')
  if (channel.isArchived && fields['archived'] !== false) throw fail('archived')
  if (fields['name'] !== undefined) channel.name = readName(context)
  if (typeof fields['archived'] === 'boolean') channel.isArchived = fields['archived']
  if (typeof fields['locked'] === 'boolean') channel.isLocked = fields['locked']
  if (channel.parent) tellThread(world, 'THREAD_UPDATE', channel)
  else tellChannel(world, 'CHANNEL_UPDATE', channel)
  return describeChannel(channel)
}

export function joinThread(context: Context): undefined {
  const thread = findChannel(context)
  if (!thread.parent) throw fail('unknownChannel')
  if (thread.isArchived) throw fail('archived')
  thread.members.add(context.application.id)
}
