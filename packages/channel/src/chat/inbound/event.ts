/** A message as an event: the official attributes first and under their names, what the official servers do not tell beside them. */
import type { OutgoingEvent } from '../../define.ts'
import type { Attachment, Chat, InboundMessage, Reaction, Sender } from '../platform/inbound.ts'

/** What became of a picture, or of what was said. */
export interface FetchedFile {
  readonly attachment: Attachment
  /** Absolute; absent where it was not fetched, or could not be. */
  readonly path?: string
  /** What is said in it. */
  readonly spoken?: string
}

/** UTF-16 units of a quoted message; the whole of it stands in the chat. */
const QUOTED_UNITS = 500
const NAME_UNITS = 200

/** @param messages of one album in their order, or one message alone */
export function renderEvent(messages: readonly InboundMessage[], files: readonly FetchedFile[]): OutgoingEvent {
  const [first] = messages as [InboundMessage, ...InboundMessage[]]
  const written = messages.map(({ text }) => text)
  const spoken = files.map((file) => file.spoken ?? '')
  const texts = [...written, ...spoken].filter((text) => text !== '')
  const placeholder = first.placeholder ?? placeholderOf(files)
  return {
    content: texts.length > 0 ? texts.join('\n') : placeholder,
    meta: withMore({ ...renderOfficial(first), ...renderFiles(files), ...renderNew(first) }, first, messages),
    eventId: eventIdOf(first, first.deliveryId),
    deliveryId: first.deliveryId,
  }
}

export function renderReaction(reaction: Reaction): OutgoingEvent {
  const { chat, messageId, emoji, sender, ts, threadId, deliveryId } = reaction
  return {
    content: emoji.length === 0 ? '(reaction removed)' : `(reacted ${emoji.join(' ')})`,
    meta: {
      chat_id: chat.id,
      message_id: messageId,
      ...renderSender(sender),
      ts: new Date(ts).toISOString(),
      ...renderName(sender),
      reaction: emoji.join(' '),
      chat_type: chat.kind,
      ...renderParent(chat),
      ...(threadId === undefined ? {} : { thread_id: threadId }),
    },
    eventId: eventIdOf({ chat, id: messageId, ...(threadId === undefined ? {} : { threadId }) }, deliveryId),
    deliveryId,
  }
}

function renderOfficial(message: InboundMessage): Record<string, string> {
  return {
    chat_id: message.chat.id,
    message_id: message.id,
    ...renderSender(message.sender),
    ts: new Date(message.ts).toISOString(),
  }
}

function renderSender(sender: Sender | undefined): Record<string, string> {
  if (!sender) return {}
  const { id, handle } = sender
  return { user: safeName(handle ?? '') || id, user_id: id }
}

/** What the official servers do not tell of a sender; after what they tell. */
function renderName(sender: Sender | undefined): Record<string, string> {
  if (!sender) return {}
  const { name, isBot } = sender
  return { ...(name ? { user_name: safeName(name) } : {}), ...(isBot ? { user_is_bot: 'true' } : {}) }
}

function renderFiles(files: readonly FetchedFile[]): Record<string, string> {
  const meta: Record<string, string> = {}
  const isImage = ({ attachment, path }: FetchedFile) => attachment.kind === 'photo' && path !== undefined
  const images = files.filter(isImage).map(({ path = '' }) => path)
  for (const [at, path] of images.entries()) meta[`image_path${suffix(at)}`] = path
  // A picture that could not be fetched has its id, to be tried again.
  const others = files.filter((file) => !isImage(file))
  for (const [at, { attachment, path, spoken }] of others.entries()) {
    const { kind, fileId, size, mime, name } = attachment
    const add = (key: string, value: string | undefined) => {
      if (value !== undefined && value !== '') meta[`attachment_${key}${suffix(at)}`] = value
    }
    add('kind', kind)
    add('file_id', fileId)
    add('size', size === undefined ? undefined : String(size))
    add('mime', mime && safeName(mime))
    add('name', name && safeName(name))
    add('path', path)
    if (spoken) add('transcribed', 'true')
  }
  return meta
}

function renderParent({ parentId }: Chat): Record<string, string> {
  return parentId === undefined ? {} : { parent_chat_id: parentId }
}

function renderNew(message: InboundMessage): Record<string, string> {
  const { chat, threadId, replyTo, forwardedFrom, edited } = message
  return {
    ...renderName(message.sender),
    chat_type: chat.kind,
    ...(chat.title ? { chat_title: safeName(chat.title) } : {}),
    ...renderParent(chat),
    ...(threadId === undefined ? {} : { thread_id: threadId }),
    ...(replyTo === undefined
      ? {}
      : {
          reply_to_message_id: replyTo.messageId,
          ...(replyTo.text ? { reply_to_text: cut(replyTo.text) } : {}),
          ...(replyTo.sender ? { reply_to_user: safeName(replyTo.sender) } : {}),
          ...(replyTo.isMine === true ? { reply_to_me: 'true' } : {}),
        }),
    ...(forwardedFrom === undefined ? {} : { forwarded_from: safeName(forwardedFrom) || 'unknown' }),
    ...(edited ? { edited: 'true' } : {}),
  }
}

/** What an adapter adds comes last, and under names of its own. */
function withMore(
  meta: Readonly<Record<string, string>>,
  first: InboundMessage,
  messages: readonly InboundMessage[],
): Record<string, string> {
  const isFree = (key: string) => /^[A-Za-z0-9_]+$/.test(key) && !/^source$/i.test(key) && !Object.hasOwn(meta, key)
  const more = Object.entries(first.meta ?? {}).filter(([key]) => isFree(key))
  const album = messages.length > 1 ? { album_size: String(messages.length) } : {}
  return { ...meta, ...album, ...Object.fromEntries(more) }
}

function placeholderOf(files: readonly FetchedFile[]): string {
  if (files.length === 0) return ''
  return files.every(({ attachment }) => attachment.kind === 'photo') ? '(photo)' : '(attachment)'
}

/** `image_path`, `image_path_2` and so on. */
function suffix(at: number): string {
  return at === 0 ? '' : `_${at + 1}`
}

/** A name is its owner's to choose: nothing in it ends a line, a list or a tag. */
export function safeName(name: string): string {
  const units = name.slice(0, NAME_UNITS).toWellFormed()
  return units.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069<>[\];]/gu, '_')
}

function cut(text: string): string {
  return text.length > QUOTED_UNITS ? `${text.slice(0, QUOTED_UNITS).toWellFormed()}…` : text
}

/** Where an event came from: receipts find their chat by it, after a restart too. */
export interface EventOrigin {
  readonly chatId: string
  readonly messageId: string
  readonly threadId?: string
}

function eventIdOf(
  { chat, id, threadId = '' }: Pick<InboundMessage, 'chat' | 'id' | 'threadId'>,
  deliveryId: string,
): string {
  return [chat.id, threadId, id, deliveryId].map((part) => encodeURIComponent(part.toWellFormed())).join('/')
}

export function originOf(eventId: string): EventOrigin | undefined {
  const [chatId, threadId, messageId, deliveryId] = eventId.split('/')
  if (!chatId || threadId === undefined || !messageId || deliveryId === undefined) return undefined
  try {
    const thread = decodeURIComponent(threadId)
    const origin = { chatId: decodeURIComponent(chatId), messageId: decodeURIComponent(messageId) }
    return thread === '' ? origin : { ...origin, threadId: thread }
  } catch {
    return undefined
  }
}
