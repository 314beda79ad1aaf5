/** What people send, one function a kind: `ada.sends(chat, photo(bytes, { caption: 'look' }))`. */
import { extname } from 'node:path'
import type { Message, MessageEntity } from 'grammy/types'
import { MEDIA_KINDS, type MediaExtras, type MediaKind, mediaContent } from '../methods/media.ts'
import type { FileStore } from '../state/files.ts'
import { findEntities } from '../text/entities.ts'

/** The fields of a message, once its file is stored. */
export type Content = (files: FileStore) => Partial<Message>

export interface MediaOptions extends MediaExtras {
  readonly caption?: string
  readonly name?: string
  readonly mime?: string
  /** What Telegram says the file weighs, where that is not the length of `bytes`. */
  readonly size?: number
}

export function text(words: string, entities?: readonly MessageEntity[]): Content {
  const found = entities ?? findEntities(words)
  return () => ({ text: words, ...(found.length === 0 ? {} : { entities: [...found] }) })
}

function media(kind: MediaKind): (bytes: Uint8Array, options?: MediaOptions) => Content {
  return (bytes, { caption, name, mime, size, ...extras } = {}) => {
    return (files) => {
      const { folder, extension } = MEDIA_KINDS[kind]
      const own = name === undefined ? extension : extname(name)
      const file = files.add({ folder, extension: own, bytes, name, mime, ...(size === undefined ? {} : { size }) })
      return { ...mediaContent(kind, file, extras), ...(caption === undefined ? {} : captionOf(caption)) }
    }
  }
}

function captionOf(caption: string): Partial<Message> {
  const found = findEntities(caption)
  return { caption, ...(found.length === 0 ? {} : { caption_entities: found }) }
}

export const photo: ReturnType<typeof media> = media('photo')
export const document: ReturnType<typeof media> = media('document')
export const audio: ReturnType<typeof media> = media('audio')
export const video: ReturnType<typeof media> = media('video')
export const animation: ReturnType<typeof media> = media('animation')
export const voice: ReturnType<typeof media> = media('voice')
export const videoNote: ReturnType<typeof media> = media('video_note')
export const sticker: ReturnType<typeof media> = media('sticker')

export function location(latitude: number, longitude: number): Content {
  return () => ({ location: { latitude, longitude } })
}

export function venue(latitude: number, longitude: number, title: string, address: string): Content {
  const place = { latitude, longitude }
  return () => ({ location: place, venue: { location: place, title, address } })
}

export function contact(phone: string, firstName: string, lastName?: string): Content {
  const name = { first_name: firstName, ...(lastName === undefined ? {} : { last_name: lastName }) }
  return () => ({ contact: { phone_number: phone, ...name } })
}

export function poll(question: string, choices: readonly string[]): Content {
  const options = choices.map((choice, at) => ({ persistent_id: String(at), text: choice, voter_count: 0 }))
  const flags = { is_closed: false, is_anonymous: true, allows_multiple_answers: false }
  const more = { allows_revoting: true, members_only: false, total_voter_count: 0, type: 'regular' as const }
  return () => ({ poll: { id: '5000000000000000001', question, options, ...flags, ...more } })
}

export function dice(emoji: string, value: number): Content {
  return () => ({ dice: { emoji, value } })
}
