/** Messages: written down, changed, taken away, and how they look to who asks. */
import type { APIMessage, APIUser } from 'discord-api-types/v10'
import { describeThread } from './channels.ts'
import { describeMember } from './guilds.ts'
import { NO_MENTIONS } from './mentions.ts'
import { compareIds, timeOf } from './snowflakes.ts'
import type { MessageBody, StoredChannel, StoredMessage, Viewer, World } from './world.ts'

const EMPTY: MessageBody = {
  content: '',
  attachments: [],
  embeds: [],
  components: [],
  flags: 0,
  ...NO_MENTIONS,
  editedAt: null,
}

export interface Draft {
  readonly body: Partial<MessageBody>
  readonly fixed?: Partial<APIMessage>
  /** Milliseconds since 1970; default: now. */
  readonly at?: number | undefined
  readonly onlyFor?: string | undefined
  /** Default: a new one. */
  readonly id?: string | undefined
}

/** Writes a message down; nobody is told yet. */
export function append(world: World, channel: StoredChannel, author: APIUser, draft: Draft): StoredMessage {
  const message: StoredMessage = {
    id: draft.id ?? world.ids.next(draft.at),
    channel,
    author,
    body: { ...EMPTY, ...draft.body },
    earlier: [],
    fixed: draft.fixed ?? {},
    reactions: new Map(),
    onlyFor: draft.onlyFor,
    isDeleted: false,
  }
  channel.messages.set(message.id, message)
  return message
}

/** Replaces what a message is and keeps what it was. */
export function change(world: World, message: StoredMessage, body: Partial<MessageBody>, isShown = true): void {
  message.earlier.push(message.body)
  const editedAt = isShown ? new Date(world.now()).toISOString() : message.body.editedAt
  message.body = { ...message.body, ...body, editedAt }
}

/** What is in a channel for everybody, oldest first. */
export function publicMessages({ messages }: StoredChannel): StoredMessage[] {
  return [...messages.values()]
    .filter(({ isDeleted, onlyFor }) => !isDeleted && onlyFor === undefined)
    .sort((one, other) => compareIds(one.id, other.id))
}

/** As the API shows it. `viewer` undefined: all of it, as a person sees it. */
export function render(world: World, message: StoredMessage, viewer?: Viewer, depth = 0): APIMessage {
  const { channel, author, body } = message
  // Who sent it is told its nonce once, and nobody later.
  const { nonce: _, ...fixed } = message.fixed
  const isBare = viewer !== undefined && !seesContent(message, viewer)
  const hidden = isBare ? { content: '', attachments: [], embeds: [], components: [] } : undefined
  const thread = world.channels.get(message.id)
  const reactions = renderReactions(message, viewer?.userId)
  return {
    type: 0,
    ...fixed,
    id: message.id,
    channel_id: channel.id,
    author,
    content: body.content,
    timestamp: new Date(timeOf(message.id)).toISOString(),
    edited_timestamp: body.editedAt,
    tts: false,
    mention_everyone: body.mentionEveryone,
    mentions: [...body.mentions],
    mention_roles: [...body.mentionRoles],
    attachments: body.attachments.map((file) => world.cdn.describe(file)),
    embeds: body.embeds,
    components: body.components,
    pinned: false,
    flags: body.flags,
    ...(reactions.length === 0 ? {} : { reactions }),
    ...(thread && !thread.isDeleted ? { thread: describeThread(thread) } : {}),
    ...referenceOf(world, message, viewer, depth),
    ...hidden,
    ...(fixed.message_snapshots ? { message_snapshots: isBare ? [] : renderSnapshots(world, fixed) } : {}),
  }
}

/** The addresses of files in the copy of a forwarded message are fresh too. */
function renderSnapshots(world: World, { message_snapshots: snapshots = [] }: Partial<APIMessage>) {
  return snapshots.map(({ message, ...rest }) => {
    const attachments = message.attachments.map((one) => {
      const file = world.cdn.byId(one.id)
      return file ? world.cdn.describe(file) : one
    })
    return { ...rest, message: { ...message, attachments } }
  })
}

/** Without the intent a bot sees what is its own, in a direct chat, or mentions it. */
function seesContent({ channel, author, body }: StoredMessage, { userId, seesContent: all }: Viewer): boolean {
  return all || !channel.guild || author.id === userId || body.mentions.some(({ id }) => id === userId)
}

/** One level deep: the message that is replied to, or null where it is deleted. */
function referenceOf(world: World, { fixed }: StoredMessage, viewer: Viewer | undefined, depth: number): object {
  const { message_reference: reference, type } = fixed
  if (!reference?.message_id || reference.type === 1 || depth > 0) return {}
  if (type !== 19 && type !== 21 && type !== 23) return {}
  const target = world.channels.get(reference.channel_id)?.messages.get(reference.message_id)
  return { referenced_message: target && !target.isDeleted ? render(world, target, viewer, depth + 1) : null }
}

function renderReactions({ reactions }: StoredMessage, viewerId: string | undefined) {
  return [...reactions.values()]
    .filter(({ users }) => users.size > 0)
    .map(({ emoji, users }) => ({
      emoji,
      count: users.size,
      count_details: { burst: 0, normal: users.size },
      burst_colors: [],
      me: viewerId !== undefined && users.has(viewerId),
      me_burst: false,
    }))
}

/** What an event about a message says beside it. */
export function renderForGateway(world: World, message: StoredMessage, viewer: Viewer): object {
  const { channel, author } = message
  const { guild } = channel
  const rendered = render(world, message, viewer)
  if (!guild) return { ...rendered, channel_type: channel.type }
  const member = message.fixed.webhook_id === undefined ? guild.members.get(author.id) : undefined
  const mentions = rendered.mentions.map((user) => {
    const mentioned = guild.members.get(user.id)
    return mentioned ? { ...user, member: describeMember(mentioned) } : user
  })
  return {
    ...rendered,
    mentions,
    guild_id: guild.id,
    channel_type: channel.type,
    ...(member ? { member: describeMember(member) } : {}),
  }
}
