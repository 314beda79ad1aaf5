/** What a message is beside its text: embeds, polls and stickers in words, files by name, type and size. */
import type { Attachment } from '@backchannel/channel/chat'
import type { APIAttachment, APIEmbed, APIMessage } from '@discordjs/core/http-only'

/** A message, or the copy of one that was passed on. */
export type Content = Pick<APIMessage, 'content' | 'embeds' | 'attachments' | 'sticker_items' | 'components'> &
  Partial<Pick<APIMessage, 'poll' | 'flags'>>

export interface Kind {
  readonly text: string
  /** Stands in for a missing text. */
  readonly placeholder?: string
  readonly attachments: readonly Attachment[]
  /** More attributes: the official ones on files. */
  readonly meta: Readonly<Record<string, string>>
}

const COMPONENTS_V2 = 1 << 15
const TEXT_DISPLAY = 10
/** What an agent can look at; a larger picture is fetched when it is asked for. */
const PICTURES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
const PICTURE_BYTES = 20 * 1024 * 1024
/** Of the words in components, which may lie in each other without end. */
const DEEPEST = 8

export function readContent(message: Content): Kind {
  const { content, embeds = [], attachments = [], sticker_items: stickers = [], poll, flags = 0, components } = message
  const texts = [
    content,
    ...((flags & COMPONENTS_V2) === 0 ? [] : readComponents(components, 0)),
    // Others are previews of links that stand in the text.
    ...embeds.filter(({ type }) => type === undefined || type === 'rich').map(readEmbed),
  ].filter((text) => text !== undefined && text !== '')
  const placeholder =
    attachments.length > 0
      ? '(attachment)'
      : stickers.length > 0
        ? `(sticker: ${stickers.map(({ name }) => safe(name)).join(', ')})`
        : poll &&
          `(poll: ${[poll.question, ...poll.answers.map(({ poll_media }) => poll_media)].map(({ text }) => safe(text ?? '')).join(' | ')})`
  return {
    text: texts.join('\n'),
    ...(placeholder === undefined ? {} : { placeholder }),
    attachments: attachments.map(toAttachment),
    meta: attachments.length === 0 ? {} : describeFiles(attachments),
  }
}

/** A voice message is one file with the shape of its sound. */
export function toAttachment(file: APIAttachment): Attachment {
  const { id, filename, content_type, size, waveform } = file
  const mime = content_type?.split(';')[0]?.trim().toLowerCase()
  const isPicture = mime !== undefined && PICTURES.has(mime) && size <= PICTURE_BYTES
  return {
    kind: isPicture ? 'photo' : waveform === undefined ? 'file' : 'voice',
    fileId: id,
    name: filename,
    ...(mime === undefined ? {} : { mime }),
    size,
  }
}

/** As the official server tells them, in one line. */
function describeFiles(files: readonly APIAttachment[]): Record<string, string> {
  const lines = files.map(
    ({ filename, content_type, size }) =>
      `${safe(filename)} (${safe(content_type ?? 'unknown')}, ${Math.round(size / 1024)}KB)`,
  )
  return { attachment_count: String(files.length), attachments: lines.join('; ') }
}

function readEmbed({ author, title, description, url, fields = [], footer }: APIEmbed): string {
  return [
    author?.name,
    [title, url].filter(Boolean).join(' '),
    description,
    ...fields.map(({ name, value }) => `${name}: ${value}`),
    footer?.text,
  ]
    .filter((line) => line !== undefined && line !== '')
    .join('\n')
}

function readComponents(components: unknown, depth: number): string[] {
  if (!Array.isArray(components) || depth > DEEPEST) return []
  return components.flatMap((component): string[] => {
    const { type, content, components: inner } = Object(component) as Record<string, unknown>
    return type === TEXT_DISPLAY && typeof content === 'string' ? [content] : readComponents(inner, depth + 1)
  })
}

/** Names come from others: nothing in them may end the words around them. */
export function safe(name: string): string {
  return name.replace(/[<>[\]\r\n;]/g, '_').slice(0, 256)
}
