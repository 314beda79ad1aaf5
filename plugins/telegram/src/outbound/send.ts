/** Texts, files and buttons on their way out: one message a call, never tried again here. */
import { extname } from 'node:path'
import type { Button, OutgoingFile, OutgoingMessage, SentMessage } from '@backchannel/channel/chat'
import type { Api } from 'grammy/web'
import type { ApiSignal, Call } from '../api/client.ts'
import { TelegramError } from '../api/errors.ts'
import { toEntities } from './entities.ts'

/** A photo weighs at most this; what is more goes as a document. */
const PHOTO_LIMIT = 10 * 1024 * 1024
const PHOTOS: ReadonlySet<string> = new Set(['.jpg', '.jpeg', '.png', '.webp'])
/** 50 MB over a slow line. */
const UPLOAD_LIMIT_MS = 10 * 60_000

export interface Outbound {
  readonly call: Call
  /** The chat that goes on where this one was. */
  readonly chatId: (id: string) => string
}

export async function send(
  { call, chatId }: Outbound,
  message: OutgoingMessage,
  signal: AbortSignal,
): Promise<SentMessage> {
  const target = chatId(message.chatId)
  const other = optionsOf(message)
  const { text, files } = message
  const ids: string[] = []
  const note = ({ message_id }: { readonly message_id: number }) => void ids.push(String(message_id))
  if (text.text !== '') {
    const entities = toEntities(text.entities)
    note(await call((api, ended) => api.sendMessage(target, text.text, { ...other, entities }, ended), { signal }))
  }
  for (const file of files) {
    note(await call((api, ended) => sendFile(api, target, file, other, ended), { signal, limitMs: UPLOAD_LIMIT_MS }))
  }
  return { messageIds: ids }
}

type Options = NonNullable<Parameters<Api['sendMessage']>[2]>

function optionsOf({ threadId, replyTo, buttons }: OutgoingMessage): Options {
  return {
    ...(threadId === undefined ? {} : { message_thread_id: Number(threadId) }),
    ...(replyTo === undefined
      ? {}
      : { reply_parameters: { message_id: Number(replyTo), allow_sending_without_reply: true } }),
    ...(buttons ? { reply_markup: toKeyboard(buttons) } : {}),
  }
}

export function toKeyboard(rows: readonly (readonly Button[])[]): NonNullable<Options['reply_markup']> & {
  inline_keyboard: { text: string; callback_data: string }[][]
} {
  return { inline_keyboard: rows.map((row) => row.map(({ label, data }) => ({ text: label, callback_data: data }))) }
}

async function sendFile(
  api: Api,
  target: string,
  file: OutgoingFile,
  options: Options,
  signal: ApiSignal,
): Promise<{ readonly message_id: number }> {
  const { InputFile } = await import('grammy/web')
  const open = () => new InputFile(file.read(), nameOf(file))
  const extension = extname(file.name).toLowerCase()
  if (extension === '.gif') return api.sendAnimation(target, open(), options, signal)
  if (!PHOTOS.has(extension) || file.size > PHOTO_LIMIT) return api.sendDocument(target, open(), options, signal)
  try {
    return await api.sendPhoto(target, open(), options, signal)
  } catch (thrown) {
    // Too long, too thin, or no picture at all: as a document it arrives, and nothing was sent yet.
    if (!isUnfitPhoto(thrown)) throw thrown
    return api.sendDocument(target, open(), options, signal)
  }
}

function isUnfitPhoto(thrown: unknown): boolean {
  const { error_code, description = '' } = Object(thrown) as { error_code?: number; description?: string }
  return error_code === 400 && /PHOTO|IMAGE|photo/.test(description)
}

/** What the multipart head of grammY takes: it has no quotes around a name. */
function nameOf({ name }: OutgoingFile): string {
  return name.replace(/[\r\n";]/g, '_')
}

/** A chat that moved is told with its new id. */
export function movedTo(thrown: unknown): string | undefined {
  return thrown instanceof TelegramError ? thrown.movedTo : undefined
}
