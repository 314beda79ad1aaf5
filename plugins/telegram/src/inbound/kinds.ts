/** What each kind of message is to the agent: the words that stand for it and the file in it, as the official server has them. */
import type { Attachment } from '@backchannel/channel/chat'
import type { Message } from 'grammy/types'

export interface Kind {
  /** Stands in for a missing text. */
  readonly placeholder?: string
  readonly attachment?: Attachment
  /** More attributes. */
  readonly meta?: Readonly<Record<string, string>>
}

interface Media {
  readonly file_id: string
  readonly file_size?: number
  readonly mime_type?: string
  readonly file_name?: string
}

/** Undefined for what is no message of a person: joins, pins, titles and the like. */
export function readKind(message: Message): Kind | undefined {
  const { text, photo, voice, audio, video, video_note: note, sticker, document } = message
  if (text !== undefined) return {}
  if (photo) return withFile('(photo)', 'photo', photo.at(-1))
  if (voice) return withFile('(voice message)', 'voice', voice)
  if (audio) return withFile(`(audio: ${safe(audio.title ?? audio.file_name ?? 'audio')})`, 'audio', audio)
  if (video) return withFile('(video)', 'video', video)
  if (note) return withFile('(video note)', 'video_note', note)
  if (sticker) return withFile(sticker.emoji ? `(sticker ${safe(sticker.emoji)})` : '(sticker)', 'sticker', sticker)
  // An animation comes as a document too, and is one to the official server.
  if (document) return withFile(`(document: ${safe(document.file_name ?? 'file')})`, 'document', document)
  return readOther(message)
}

function readOther({
  venue,
  location,
  contact,
  poll,
  dice,
  story,
  checklist,
  rich_message,
  paid_media,
}: Message): Kind | undefined {
  if (venue)
    return { placeholder: `(venue: ${safe(venue.title)}, ${safe(venue.address)})`, meta: placeOf(venue.location) }
  if (location) {
    const { latitude, longitude, live_period } = location
    const words = live_period === undefined ? 'location' : 'live location'
    return { placeholder: `(${words}: ${latitude}, ${longitude})`, meta: placeOf(location) }
  }
  if (contact) {
    const name = [contact.first_name, contact.last_name].filter(Boolean).join(' ')
    return { placeholder: `(contact: ${safe(name)}, ${safe(contact.phone_number)})` }
  }
  if (poll) {
    const options = poll.options.map((option) => safe(option.text)).join(' | ')
    return { placeholder: `(poll: ${safe(poll.question)} | ${options})` }
  }
  if (dice) return { placeholder: `(dice ${dice.emoji} ${dice.value})` }
  if (checklist) return { placeholder: `(checklist: ${safe(checklist.title)})` }
  if (story) return { placeholder: '(story)' }
  if (paid_media) return { placeholder: '(paid media)' }
  if (rich_message) return { placeholder: '(formatted message that this channel can not read)' }
  return undefined
}

function withFile(placeholder: string, kind: string, media: Media | undefined): Kind {
  if (!media) return { placeholder }
  const { file_id, file_size, mime_type, file_name } = media
  const attachment: Attachment = {
    kind,
    fileId: file_id,
    ...(file_size === undefined ? {} : { size: file_size }),
    ...(mime_type === undefined ? {} : { mime: mime_type }),
    ...(file_name === undefined ? {} : { name: file_name }),
  }
  return { placeholder, attachment }
}

function placeOf({ latitude, longitude }: { readonly latitude: number; readonly longitude: number }) {
  return { latitude: String(latitude), longitude: String(longitude) }
}

/** Names come from others: nothing in them may end the words around them. */
export function safe(name: string): string {
  return name.replace(/[<>[\]\r\n;]/g, '_').slice(0, 256)
}
