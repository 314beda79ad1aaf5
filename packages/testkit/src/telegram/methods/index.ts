/** The methods of the fake, by their names. A name that is not here is answered as Telegram answers an unknown one. */
import type { World } from '../state/world.ts'
import { ApiFailure } from '../wire/failure.ts'
import { answerCallbackQuery } from './callbacks.ts'
import { editMessageReplyMarkup, editMessageText, setMessageReaction } from './edit.ts'
import type { MediaKind } from './media.ts'
import type { Parameters } from './parameters.ts'
import { deleteMessage, sendChatAction, sendMedia, sendMediaGroup, sendMessage } from './send.ts'
import * as settings from './settings.ts'

export type Method = (world: World, parameters: Parameters, signal: AbortSignal) => unknown

const sends = (kind: MediaKind): Method => {
  return (world, parameters) => sendMedia(world, parameters, kind)
}

const METHODS: Readonly<Record<string, Method>> = {
  getUpdates,
  getFile: (world, parameters) => world.files.describe(parameters.text('file_id')),
  sendMessage,
  sendPhoto: sends('photo'),
  sendDocument: sends('document'),
  sendAudio: sends('audio'),
  sendVideo: sends('video'),
  sendAnimation: sends('animation'),
  sendVoice: sends('voice'),
  sendVideoNote: sends('video_note'),
  sendSticker: sends('sticker'),
  sendMediaGroup,
  sendChatAction,
  deleteMessage,
  editMessageText,
  editMessageReplyMarkup,
  setMessageReaction,
  answerCallbackQuery,
  ...settings,
}

const BY_LOWER_CASE: ReadonlyMap<string, Method> = new Map(
  Object.entries(METHODS).map(([name, method]) => [name.toLowerCase(), method]),
)

/** @throws ApiFailure 404 */
export function findMethod(name: string): Method {
  const method = BY_LOWER_CASE.get(name.toLowerCase())
  if (!method) throw new ApiFailure(404, 'Not Found: method not found')
  return method
}

function getUpdates(world: World, parameters: Parameters, signal: AbortSignal): Promise<unknown> {
  if (world.webhook !== '') {
    const words = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    throw new ApiFailure(409, words)
  }
  return world.updates.poll({
    offset: parameters.integer('offset') ?? 0,
    limit: parameters.integer('limit') ?? 100,
    timeout: parameters.integer('timeout') ?? 0,
    allowed: parameters.json<string[]>('allowed_updates'),
    signal,
  })
}
