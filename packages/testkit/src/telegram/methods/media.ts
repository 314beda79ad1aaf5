/** What a message says about a file of each kind. */
import type { Message } from 'grammy/types'
import type { StoredFile } from '../state/files.ts'
import type { FileKind } from './parameters.ts'

export type MediaKind = 'photo' | 'document' | 'audio' | 'video' | 'animation' | 'voice' | 'video_note' | 'sticker'

export const MEDIA_KINDS: Readonly<Record<MediaKind, FileKind>> = {
  photo: { folder: 'photos', extension: '.jpg', most: 10 * 1024 * 1024 },
  document: { folder: 'documents', extension: '' },
  audio: { folder: 'music', extension: '.mp3' },
  video: { folder: 'videos', extension: '.mp4' },
  animation: { folder: 'animations', extension: '.mp4' },
  voice: { folder: 'voice', extension: '.oga' },
  video_note: { folder: 'video_notes', extension: '.mp4' },
  sticker: { folder: 'stickers', extension: '.webp' },
}

export interface MediaExtras {
  readonly title?: string
  readonly performer?: string
  readonly emoji?: string
  /** Seconds. */
  readonly duration?: number
}

const SIDE = 640

/** The field (for an animation: the two fields) of a message that holds the file. */
export function mediaContent(kind: MediaKind, file: StoredFile, extras: MediaExtras = {}): Partial<Message> {
  const { duration = 1, title, performer, emoji } = extras
  const id = { file_id: file.file_id, file_unique_id: file.file_unique_id, file_size: file.file_size }
  const square = { width: SIDE, height: SIDE }
  const named = {
    ...(file.name === undefined ? {} : { file_name: file.name }),
    ...(file.mime === undefined ? {} : { mime_type: file.mime }),
  }
  switch (kind) {
    case 'photo':
      return {
        photo: [
          {
            ...id,
            file_id: `${file.file_id}s`,
            file_unique_id: `${file.file_unique_id}s`,
            file_size: 1,
            width: 90,
            height: 90,
          },
          { ...id, ...square },
        ],
      }
    case 'document':
      return { document: { ...id, ...named } }
    case 'audio':
      return {
        audio: {
          ...id,
          ...named,
          duration,
          ...(title === undefined ? {} : { title }),
          ...(performer === undefined ? {} : { performer }),
        },
      }
    case 'video':
      return { video: { ...id, ...named, ...square, duration } }
    case 'animation': {
      const animation = { ...id, ...named, ...square, duration }
      return { animation, document: { ...id, ...named } }
    }
    case 'voice':
      return { voice: { ...id, duration, mime_type: file.mime ?? 'audio/ogg' } }
    case 'video_note':
      return { video_note: { ...id, length: SIDE, duration } }
    case 'sticker': {
      const flags = { type: 'regular' as const, is_animated: false, is_video: false }
      return { sticker: { ...id, ...square, ...flags, ...(emoji === undefined ? {} : { emoji }) } }
    }
  }
}
