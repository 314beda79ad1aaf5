/** Messages of a channel: sent, edited, deleted, read. */
import { publicMessages, render } from '../state/messages.ts'
import { may } from '../state/permissions.ts'
import { edit, post, remove, showTyping } from '../state/posting.ts'
import { compareIds, timeOf } from '../state/snowflakes.ts'
import type { StoredChannel, StoredMessage } from '../state/world.ts'
import { fail, invalid } from '../wire/failure.ts'
import { compose, EPHEMERAL } from './compose.ts'
import { type Context, findChannel, findMessage, isFields, numberOf } from './context.ts'

const MOST_NONCE = 25
/** How long a nonce is remembered: "a few minutes". */
const NONCE_MS = 5 * 60_000
const REPLY = 19

export function createMessage(context: Context): unknown {
  const { world, application, fields, body, viewer } = context
  const channel = findChannel(context)
  checkMaySend(context, channel)
  const nonce = readNonce(fields['nonce'])
  const known = fields['enforce_nonce'] === true ? findByNonce(context, nonce) : undefined
  if (known) return { ...render(world, known, viewer), nonce }
  const replyTo = readReference(context, channel)
  const { flags, ...rest } = compose(world, channel, application.user, fields, body.files, { replyTo })
  const reference = replyTo ? { message_id: replyTo.id, channel_id: channel.id, ...guildOf(channel) } : undefined
  const message = post(world, channel, application.user, {
    body: { ...rest, flags: flags & ~EPHEMERAL },
    fixed: {
      ...(reference ? { type: REPLY, message_reference: { type: 0, ...reference } } : {}),
      ...(nonce === undefined ? {} : { nonce }),
    },
  })
  if (nonce === undefined) return render(world, message, viewer)
  application.nonces.set(String(nonce), message)
  return { ...render(world, message, viewer), nonce }
}

/** @throws ApiFailure 50013, 160005, and the code with which a person's direct chat is closed */
function checkMaySend({ world, application, body }: Context, channel: StoredChannel): void {
  const right = channel.parent ? 'SendMessagesInThreads' : 'SendMessages'
  if (!may(channel, application.id, right)) throw fail('missingPermissions')
  if (body.files.size > 0 && !may(channel, application.id, 'AttachFiles')) throw fail('missingPermissions')
  if (channel.isLocked && !may(channel, application.id, 'ManageThreads')) throw fail('locked')
  const [other] = [...channel.recipients].filter((id) => id !== application.id)
  const code = other === undefined ? undefined : world.closedTo.get(application.id)?.get(other)
  if (code !== undefined) throw fail(code === 50_278 ? 'noMutualGuilds' : 'cannotSend')
}

function readNonce(value: unknown): string | number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw invalid('nonce', 'NONCE_TYPE_INVALID', 'Invalid nonce')
  }
  if (String(value).length > MOST_NONCE) throw invalid('nonce', 'NONCE_TYPE_TOO_LONG', 'Nonce is too long')
  return value
}

/** Of the same author, wherever it is. */
function findByNonce({ world, application }: Context, nonce: string | number | undefined): StoredMessage | undefined {
  const known = application.nonces.get(String(nonce))
  return nonce !== undefined && known && world.now() - timeOf(known.id) < NONCE_MS ? known : undefined
}

/** The message that is replied to; undefined where there is none and that is allowed. @throws ApiFailure 50035, 160002 */
function readReference({ application, fields }: Context, channel: StoredChannel): StoredMessage | undefined {
  const reference = fields['message_reference']
  if (!isFields(reference)) return undefined
  if (!may(channel, application.id, 'ReadMessageHistory')) throw fail('noHistory')
  const target = channel.messages.get(String(reference['message_id']))
  if (target && !target.isDeleted && target.onlyFor === undefined) return target
  if (reference['fail_if_not_exists'] === false) return undefined
  throw invalid('message_reference', 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE', 'Unknown message')
}

export function editMessage(context: Context): unknown {
  const { world, application, fields, body, viewer } = context
  const channel = findChannel(context)
  const message = findMessage(context, channel)
  if (message.author.id !== application.id) throw fail('notOwn')
  if (channel.isLocked && !may(channel, application.id, 'ManageThreads')) throw fail('locked')
  if (channel.isArchived) throw fail('archived')
  edit(world, message, compose(world, channel, application.user, fields, body.files, { before: message.body }))
  return render(world, message, viewer)
}

export function deleteMessage(context: Context): undefined {
  const { world, application } = context
  const channel = findChannel(context)
  const message = findMessage(context, channel)
  const isOwn = message.author.id === application.id
  if (!isOwn && !channel.guild) throw fail('inDirectChat')
  if (!isOwn && !may(channel, application.id, 'ManageMessages')) throw fail('missingPermissions')
  // All that can be done in an archived thread, unless it is locked too.
  const isClosed = channel.isArchived && channel.isLocked && !may(channel, application.id, 'ManageThreads')
  if (isClosed) throw fail('archived')
  remove(world, message)
}

export function getMessage(context: Context): unknown {
  const { world, viewer } = context
  const channel = findChannel(context, 'ReadMessageHistory')
  return render(world, findMessage(context, channel), viewer)
}

/** Newest first. Without the right to read history there is nothing, and no error. */
export function listMessages(context: Context): unknown {
  const { world, application, request, viewer } = context
  const channel = findChannel(context)
  const limit = numberOf(context, 'limit', { min: 1, max: 100, or: 50 })
  if (!may(channel, application.id, 'ReadMessageHistory')) return []
  const all = publicMessages(channel)
  const [before, after, around] = ['before', 'after', 'around'].map((name) => request.query.get(name))
  const found = () => {
    if (around) {
      const at = all.filter(({ id }) => compareIds(id, around) < 0).length
      const from = Math.max(0, at - Math.floor(limit / 2))
      return all.slice(from, from + limit)
    }
    if (before) return all.filter(({ id }) => compareIds(id, before) < 0).slice(-limit)
    // The ones right after it, not the newest.
    if (after) return all.filter(({ id }) => compareIds(id, after) > 0).slice(0, limit)
    return all.slice(-limit)
  }
  return found()
    .reverse()
    .map((message) => render(world, message, viewer))
}

export function startTyping(context: Context): undefined {
  const channel = findChannel(context)
  const right = channel.parent ? 'SendMessagesInThreads' : 'SendMessages'
  if (!may(channel, context.application.id, right)) throw fail('missingPermissions')
  showTyping(context.world, channel, context.application.user)
}

function guildOf({ guild }: StoredChannel): { readonly guild_id?: string } {
  return guild ? { guild_id: guild.id } : {}
}
