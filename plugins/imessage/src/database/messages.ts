/** Rows of messages with their chat and their files, in the shape that the rest of this channel reads. */
import type { Reader, Row } from './source.ts'
import { millisecondsOf, toUnix } from './time.ts'

export interface MessageRow {
  readonly rowId: number
  readonly guid: string
  readonly text: string | undefined
  readonly body: Uint8Array | undefined
  /** The address of who wrote it; of an own message in a chat with oneself, that own address. */
  readonly handle: string | undefined
  readonly service: string
  readonly isFromMe: boolean
  /** Milliseconds since 1970. */
  readonly date: number
  readonly editedAt: number | undefined
  readonly retractedAt: number | undefined
  /** What is kept of its edits. */
  readonly summary: Uint8Array | undefined
  /** 0 for a message; others are joins, names and the like. */
  readonly itemType: number
  readonly associatedType: number
  readonly associatedGuid: string | undefined
  readonly associatedEmoji: string | undefined
  readonly balloon: string | undefined
  readonly originatorGuid: string | undefined
  readonly isAudio: boolean
  /** Of an own one: not 0 where it could not be sent. */
  readonly error: number
  /** Own addresses that the row names, as they stand there. */
  readonly account: string | undefined
  readonly callerId: string | undefined
}

/** Columns that older systems lack. */
const OPTIONAL = [
  'date_edited',
  'date_retracted',
  'associated_message_emoji',
  'thread_originator_guid',
  'destination_caller_id',
  'balloon_bundle_id',
  'is_audio_message',
  'message_summary_info',
] as const

function columnsOf(reader: Reader): string {
  const there = reader.columns('message')
  const optional = (name: (typeof OPTIONAL)[number]) => (there.has(name) ? `m.${name}` : 'NULL')
  return `m.ROWID AS row_id, m.guid, m.text, m.attributedBody AS body, h.id AS handle, m.service, m.is_from_me,
    ${millisecondsOf('m.date')} AS date, ${millisecondsOf(optional('date_edited'))} AS edited_at,
    ${millisecondsOf(optional('date_retracted'))} AS retracted_at, m.item_type, m.associated_message_type,
    m.associated_message_guid, ${optional('associated_message_emoji')} AS associated_emoji,
    ${optional('balloon_bundle_id')} AS balloon, ${optional('thread_originator_guid')} AS originator,
    ${optional('is_audio_message')} AS is_audio, ${optional('message_summary_info')} AS summary, m.error, m.account, ${optional('destination_caller_id')} AS caller_id`
}

const FROM = 'FROM message m LEFT JOIN handle h ON h.ROWID = m.handle_id'

/** In order, at most `limit`. */
export function messagesAfter(reader: Reader, rowId: number, limit: number): readonly MessageRow[] {
  const sql = `SELECT ${columnsOf(reader)} ${FROM} WHERE m.ROWID > ? ORDER BY m.ROWID LIMIT ?`
  return reader.all(sql, rowId, limit).map(toMessage)
}

export function messageById(reader: Reader, rowId: number): MessageRow | undefined {
  const [row] = reader.all(`SELECT ${columnsOf(reader)} ${FROM} WHERE m.ROWID = ?`, rowId)
  return row && toMessage(row)
}

export function messageByGuid(reader: Reader, guid: string): MessageRow | undefined {
  const [row] = reader.all(`SELECT ${columnsOf(reader)} ${FROM} WHERE m.guid = ?`, guid)
  return row && toMessage(row)
}

/** Of a chat, oldest first. */
export function lastMessages(reader: Reader, chatRowId: number, limit: number): readonly MessageRow[] {
  const sql = `SELECT ${columnsOf(reader)} ${FROM} JOIN chat_message_join j ON j.message_id = m.ROWID
    WHERE j.chat_id = ? ORDER BY m.date DESC, m.ROWID DESC LIMIT ?`
  return reader.all(sql, chatRowId, limit).map(toMessage).reverse()
}

/** Of the rows above one and not above another: when each was changed, where it was. */
export function changesBetween(
  reader: Reader,
  above: number,
  upTo: number,
): readonly { readonly rowId: number; readonly editedAt: number }[] {
  if (!reader.columns('message').has('date_edited')) return []
  const edited = millisecondsOf('date_edited')
  const sql = `SELECT ROWID AS row_id, ${edited} AS edited_at FROM message
    WHERE ROWID > ? AND ROWID <= ? AND ifnull(date_edited, 0) > 0 ORDER BY date_edited`
  return reader
    .all(sql, above, upTo)
    .map((row) => ({ rowId: Number(row['row_id']), editedAt: toUnix(row['edited_at']) ?? 0 }))
}

export function newestRow(reader: Reader): { readonly rowId: number; readonly guid: string } {
  const [row] = reader.all('SELECT ROWID AS row_id, guid FROM message ORDER BY ROWID DESC LIMIT 1')
  return row ? { rowId: Number(row['row_id']), guid: String(row['guid']) } : { rowId: 0, guid: '' }
}

function toMessage(row: Row): MessageRow {
  const text = (name: string) => (typeof row[name] === 'string' && row[name] !== '' ? (row[name] as string) : undefined)
  const bytes = (name: string) => {
    const value = row[name]
    return value instanceof Uint8Array && value.length > 0 ? value : undefined
  }
  return {
    rowId: Number(row['row_id']),
    guid: String(row['guid']),
    text: text('text'),
    body: bytes('body'),
    handle: text('handle'),
    service: text('service') ?? '',
    isFromMe: row['is_from_me'] === 1,
    date: toUnix(row['date']) ?? 0,
    editedAt: toUnix(row['edited_at']),
    retractedAt: toUnix(row['retracted_at']),
    summary: bytes('summary'),
    itemType: Number(row['item_type'] ?? 0),
    associatedType: Number(row['associated_message_type'] ?? 0),
    associatedGuid: text('associated_message_guid'),
    associatedEmoji: text('associated_emoji'),
    balloon: text('balloon'),
    originatorGuid: text('originator'),
    isAudio: row['is_audio'] === 1,
    error: Number(row['error'] ?? 0),
    account: text('account'),
    callerId: text('caller_id'),
  }
}
