/** A message of Discord as the kit reads it: who, where, what, and what it refers to. */
import type { HistoryMessage, InboundMessage, RepliedMessage, Sender } from '@backchannel/channel/chat'
import type { APIMessage, APIUser } from '@discordjs/core/http-only'
import { type ChannelInfo, toChat } from './channels.ts'
import { type Content, readContent, safe } from './kinds.ts'

/** Who we are, for mentions and replies. */
export interface Me {
  readonly id: string
  readonly username: string
}

/** What the message itself does not say. */
export interface Surroundings {
  readonly me: Me
  readonly channel: ChannelInfo
  /** The channel that a thread belongs to. */
  readonly parent?: ChannelInfo | undefined
  /** What a channel is called from which something was passed on. */
  nameOf(channelId: string): string | undefined
}

/** Texts and answers, of people and by commands of bots; joins, pins and the like say nothing. */
const SPOKEN: ReadonlySet<number> = new Set([0, 19, 20, 23])
const FORWARD = 1

export function isSpoken({ type }: Pick<APIMessage, 'type'>): boolean {
  return SPOKEN.has(type)
}

export function readMessage(message: APIMessage, around: Surroundings, isEdit: boolean): InboundMessage {
  const { me, channel, parent } = around
  const { thread: _, ...read } = readHistoryMessage(message, around)
  const more = {
    ...read.meta,
    ...(parent?.name === undefined ? {} : { parent_title: safe(parent.name) }),
  }
  const edited = isEdit ? Date.parse(message.edited_timestamp ?? '') : Number.NaN
  return {
    ...read,
    // With our id in front: another bot in the same folder reads the same messages.
    deliveryId: `${me.id}:${message.channel_id}:${message.id}${isEdit ? `:${edited}` : ''}`,
    chat: toChat(channel),
    ts: isEdit ? edited : read.ts,
    edited: isEdit,
    mentionsMe: mentions(message, me),
    ...(Object.keys(more).length === 0 ? {} : { meta: more }),
  }
}

export function readHistoryMessage(message: APIMessage, around: Surroundings): HistoryMessage {
  const { me } = around
  const forwarded = readForward(message, around)
  const kind = readContent(forwarded?.content ?? message)
  const replyTo = readReply(message, me)
  const { thread } = message
  return {
    id: message.id,
    sender: toSender(message),
    text: kind.text,
    ...(kind.placeholder === undefined ? {} : { placeholder: kind.placeholder }),
    ts: Date.parse(message.timestamp),
    attachments: kind.attachments,
    ...(replyTo ? { replyTo } : {}),
    ...(forwarded ? { forwardedFrom: forwarded.from } : {}),
    edited: message.edited_timestamp !== null && message.edited_timestamp !== undefined,
    ...(Object.keys(kind.meta).length === 0 ? {} : { meta: kind.meta }),
    ...(thread
      ? {
          thread: {
            chatId: thread.id,
            ...(thread.name ? { title: thread.name } : {}),
            ...('message_count' in thread && thread.message_count !== undefined
              ? { messages: thread.message_count }
              : {}),
          },
        }
      : {}),
  }
}

export function toUser({ id, username, global_name, bot }: APIUser, nickname?: string | null): Sender {
  const name = nickname || global_name
  return { id, ...(name ? { name } : {}), ...(username ? { handle: username } : {}), isBot: bot === true }
}

/** A webhook is nobody: whoever has its address writes by it, so it counts as a bot. */
function toSender(message: APIMessage): Sender {
  const nickname = 'member' in message ? (message.member as { nick?: string | null } | undefined)?.nick : undefined
  const sender = toUser(message.author, nickname)
  return message.webhook_id === undefined ? sender : { ...sender, isBot: true }
}

/** A forward is a copy without its author: the channel it came from is all that is said of where the words are from. */
function readForward(
  { message_reference: reference, message_snapshots: snapshots }: APIMessage,
  { nameOf }: Surroundings,
): { readonly content: Content; readonly from: string } | undefined {
  const copy = snapshots?.[0]?.message
  if (reference?.type !== FORWARD || !copy) return undefined
  const name = reference.channel_id === undefined ? undefined : nameOf(reference.channel_id)
  return { content: copy as Content, from: name === undefined ? 'unknown' : name }
}

function readReply({ type, message_reference, referenced_message: replied }: APIMessage, me: Me) {
  const id = message_reference?.message_id
  if (type !== 19 || id === undefined) return undefined
  if (!replied) return { messageId: id } satisfies RepliedMessage
  const { text, placeholder } = readContent(replied)
  const words = text === '' ? placeholder : text
  const { username, global_name } = replied.author
  return {
    messageId: id,
    ...(words === undefined ? {} : { text: words }),
    sender: global_name && global_name !== username ? `${global_name} (@${username})` : username,
    ...(replied.author.id === me.id ? { isMine: true } : {}),
  } satisfies RepliedMessage
}

/** Our name, or an answer to one of our messages; neither `@everyone` nor a role of ours stands in that list. */
function mentions({ mentions: named, type, referenced_message: replied }: APIMessage, me: Me): boolean {
  return named.some(({ id }) => id === me.id) || (type === 19 && replied?.author.id === me.id)
}
