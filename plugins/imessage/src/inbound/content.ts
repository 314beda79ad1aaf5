/** What a message says: its words, who is mentioned in them, and its files. */
import { type AttachmentRow, attachmentsOf } from '../database/attachments.ts'
import type { MessageRow } from '../database/messages.ts'
import type { Reader } from '../database/source.ts'
import { keyOf } from '../own/key.ts'
import { readAttributedBody } from '../typedstream/index.ts'

export interface Content {
  readonly text: string
  /** Addresses of those who are named in it. */
  readonly mentions: readonly string[]
  readonly attachments: readonly AttachmentRow[]
  /** True while a file that it names is not in the database yet. */
  readonly isPartial: boolean
}

/** Stands in a text where a file is. */
const PLACE_OF_FILE = /\ufffc/g
/** Pictures of a link's preview and the like, which nobody sent. */
const PAYLOAD = /\.pluginPayloadAttachment$/i

export function readContent(reader: Reader, row: MessageRow): Content {
  const body = row.body === undefined ? undefined : readAttributedBody(row.body)
  const written = body?.text ?? row.text ?? ''
  const text = written.replace(PLACE_OF_FILE, '')
  const found = attachmentsOf(reader, row.rowId)
  const attachments = found.filter(({ name, path }) => !PAYLOAD.test(name ?? path ?? ''))
  return {
    text: text === written ? text : text.trim(),
    mentions: body?.mentions ?? [],
    attachments,
    isPartial: written.includes('\ufffc') && found.length === 0,
  }
}

export function contentKey({ text, attachments }: Content, kind?: string): string {
  return keyOf(
    text,
    attachments.map(({ name, guid }) => name ?? guid),
    kind,
  )
}
