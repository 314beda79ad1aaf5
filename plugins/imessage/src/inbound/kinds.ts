/** What each file and each message without words is to the agent: its kind, and the words that stand for it. */
import { extname } from 'node:path'
import type { Attachment } from '@backchannel/channel/chat'
import type { AttachmentRow } from '../database/attachments.ts'
import type { MessageRow } from '../database/messages.ts'

const IMAGES = new Set(['.heic', '.heif', '.jpg', '.jpeg', '.png', '.gif', '.webp', '.tiff', '.bmp'])

export function toAttachment(file: AttachmentRow, isAudioMessage: boolean): Attachment {
  const { guid, mime, size } = file
  const name = nameOf(file)
  return {
    kind: kindOf(file, isAudioMessage),
    fileId: guid,
    ...(name === undefined ? {} : { name }),
    ...(mime === undefined ? {} : { mime }),
    ...(size === undefined ? {} : { size }),
  }
}

/** By what Messages says of it, else by its name; a file of which neither tells is a document, and no picture. */
function kindOf(file: AttachmentRow, isAudioMessage: boolean): string {
  const { mime = '', uti = '', isSticker } = file
  const extension = extname(nameOf(file) ?? '').toLowerCase()
  if (isSticker) return 'sticker'
  if (isAudioMessage) return 'voice'
  if (mime.startsWith('image/') || (mime === '' && IMAGES.has(extension))) return 'photo'
  if (mime.startsWith('video/')) return 'video'
  if (mime.startsWith('audio/')) return 'audio'
  if (mime === 'text/x-vlocation' || uti === 'public.vlocation') return 'location'
  if (mime === 'text/vcard' || extension === '.vcf') return 'contact'
  return 'document'
}

const BALLOONS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/URLBalloonProvider/, '(link)'],
  [/PeerPayment/, '(Apple Cash)'],
  [/Handwriting/, '(handwritten message)'],
  [/DigitalTouch/, '(digital touch)'],
  [/Polls/i, '(poll)'],
  [/FindMy|Maps/, '(location)'],
]

/** Stands in for missing words; undefined where there is nothing to say. */
export function placeholderOf({ balloon }: MessageRow, files: readonly Attachment[]): string | undefined {
  const [first] = files
  if (first) {
    const same = files.every(({ kind }) => kind === first.kind)
    return same || files.length === 1 ? wordsFor(first) : '(attachments)'
  }
  if (balloon === undefined) return undefined
  const known = BALLOONS.find(([pattern]) => pattern.test(balloon))
  return known?.[1] ?? `(app message: ${safe(balloon.split(/[.:]/).at(-1) ?? '')})`
}

function wordsFor({ kind, name }: Attachment): string {
  const called = name === undefined ? '' : `: ${safe(name)}`
  switch (kind) {
    case 'photo':
      return '(image)'
    case 'voice':
      return '(voice message)'
    case 'video':
      return '(video)'
    case 'sticker':
      return '(sticker)'
    case 'location':
      return '(location)'
    default:
      return `(${kind}${called})`
  }
}

function nameOf({ name, path }: AttachmentRow): string | undefined {
  return name ?? path?.split('/').at(-1)
}

/** Names come from others: nothing in them may end the words around them. */
export function safe(name: string): string {
  return name.replace(/[<>[\]\r\n;()]/g, '_').slice(0, 256)
}
