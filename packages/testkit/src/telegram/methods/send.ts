/** Everything that a bot sends: texts, media, albums; and what it deletes again. */
import type { Message, MessageEntity } from 'grammy/types'
import { append, type StoredChat, type StoredMessage, type World } from '../state/world.ts'
import { ApiFailure, badRequest } from '../wire/failure.ts'
import { MEDIA_KINDS, type MediaKind, mediaContent } from './media.ts'
import { type Parameters, takeFile } from './parameters.ts'
import { findChat, findMessage, findPlace, readKeyboard } from './target.ts'
import { readCaption, readText } from './text.ts'

export function sendMessage(world: World, parameters: Parameters): Message {
  const stored = findChat(world, parameters)
  const { text, entities } = readText(parameters)
  return send(world, stored, parameters, { text, ...(entities.length === 0 ? {} : { entities: [...entities] }) })
}

/** `sendPhoto`, `sendDocument` and their like. */
export function sendMedia(world: World, parameters: Parameters, kind: MediaKind): Message {
  const stored = findChat(world, parameters)
  const caption = readCaption(
    parameters.text('caption'),
    parameters.text('parse_mode'),
    parameters.json<MessageEntity[]>('caption_entities'),
  )
  const file = takeFile(world, parameters, parameters.body.parameters.get(kind), kind, MEDIA_KINDS[kind])
  return send(world, stored, parameters, { ...mediaContent(kind, file), ...caption })
}

interface InputMedia {
  readonly type: string
  readonly media: string
  readonly caption?: string
  readonly parse_mode?: string
  readonly caption_entities?: MessageEntity[]
}

export function sendMediaGroup(world: World, parameters: Parameters): Message[] {
  const stored = findChat(world, parameters)
  const items = parameters.json<InputMedia[]>('media') ?? []
  if (items.length < 2 || items.length > 10) throw badRequest('wrong number of media in the album')
  const group = String(13_000_000_000 + world.nextMessageId)
  const contents = items.map((item) => {
    if (!isMediaKind(item.type)) throw badRequest("can't use the media of the specified type in the album")
    const file = takeFile(world, parameters, item.media, 'media', MEDIA_KINDS[item.type])
    const caption = readCaption(item.caption ?? '', item.parse_mode ?? '', item.caption_entities)
    return { ...mediaContent(item.type, file), ...caption, media_group_id: group }
  })
  return contents.map((content) => send(world, stored, parameters, content))
}

export function deleteMessage(world: World, parameters: Parameters): true {
  const stored = findChat(world, parameters)
  const entry = findMessage(stored, parameters, 'delete')
  if (!isOwn(world, entry) && stored.chat.type !== 'private') throw badRequest("message can't be deleted")
  entry.deleted = true
  return true
}

export function isOwn(world: World, { message }: StoredMessage): boolean {
  return message.from?.id === world.me.id
}

function send(world: World, stored: StoredChat, parameters: Parameters, content: Partial<Message>): Message {
  const keyboard = readKeyboard(parameters)
  const place = findPlace(stored, parameters)
  return append(world, stored, world.me, { ...content, ...(keyboard ? { reply_markup: keyboard } : {}) }, place).message
}

function isMediaKind(kind: string): kind is MediaKind {
  return Object.hasOwn(MEDIA_KINDS, kind)
}

const ACTIONS = new Set([
  'typing',
  'upload_photo',
  'record_video',
  'upload_video',
  'record_voice',
  'upload_voice',
  'upload_document',
  'choose_sticker',
  'find_location',
  'record_video_note',
  'upload_video_note',
])

export function sendChatAction(world: World, parameters: Parameters): true {
  const stored = findChat(world, parameters)
  const action = parameters.text('action')
  if (!ACTIONS.has(action)) throw new ApiFailure(400, 'wrong parameter action in request')
  stored.actions.push({ action, thread: findPlace(stored, parameters).thread })
  return true
}
