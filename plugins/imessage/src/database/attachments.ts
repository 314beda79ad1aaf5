/** Files that hang on a message, as the database names them. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Reader } from './source.ts'

export interface AttachmentRow {
  readonly guid: string
  /** Absolute; undefined where the database has none. */
  readonly path: string | undefined
  /** As its sender called it. */
  readonly name: string | undefined
  readonly mime: string | undefined
  readonly uti: string | undefined
  /** In bytes, as far as is known. */
  readonly size: number | undefined
  readonly isSticker: boolean
}

const SQL = `SELECT a.guid, a.filename, a.transfer_name, a.mime_type, a.uti, a.total_bytes, a.is_sticker
  FROM message_attachment_join j JOIN attachment a ON a.ROWID = j.attachment_id WHERE j.message_id = ? ORDER BY a.ROWID`

export function attachmentsOf(
  reader: Reader,
  messageRowId: number,
  home: string = homedir(),
): readonly AttachmentRow[] {
  return reader.all(SQL, messageRowId).map((row) => {
    const text = (name: string) =>
      typeof row[name] === 'string' && row[name] !== '' ? (row[name] as string) : undefined
    const file = text('filename')
    const size = Number(row['total_bytes'])
    return {
      guid: String(row['guid']),
      path: file?.startsWith('~/') ? join(home, file.slice(2)) : file,
      name: text('transfer_name'),
      mime: text('mime_type'),
      uti: text('uti'),
      size: Number.isSafeInteger(size) && size > 0 ? size : undefined,
      isSticker: row['is_sticker'] === 1,
    }
  })
}
