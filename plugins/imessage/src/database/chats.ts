/** Chats and who is in them. */
import type { Reader, Row } from './source.ts'

export interface ChatRow {
  readonly rowId: number
  readonly guid: string
  readonly isGroup: boolean
  /** Of a direct chat the address of the other one. */
  readonly identifier: string
  readonly service: string
  readonly name: string | undefined
}

const COLUMNS = 'c.ROWID AS row_id, c.guid, c.style, c.chat_identifier, c.service_name, c.display_name'
const GROUP_STYLE = 43

/** The first of those that a message is joined to: one that is in two is one message. */
export function chatOfMessage(reader: Reader, messageRowId: number): ChatRow | undefined {
  const sql = `SELECT ${COLUMNS} FROM chat_message_join j JOIN chat c ON c.ROWID = j.chat_id
    WHERE j.message_id = ? AND c.style IS NOT NULL ORDER BY c.ROWID LIMIT 1`
  const [row] = reader.all(sql, messageRowId)
  return row && toChat(row)
}

export function chatByGuid(reader: Reader, guid: string): ChatRow | undefined {
  const [row] = reader.all(`SELECT ${COLUMNS} FROM chat c WHERE c.guid = ? AND c.style IS NOT NULL`, guid)
  return row && toChat(row)
}

/** Those with the newest messages first. */
export function allChats(reader: Reader): readonly ChatRow[] {
  const sql = `SELECT ${COLUMNS} FROM chat c WHERE c.style IS NOT NULL ORDER BY
    (SELECT max(j.message_id) FROM chat_message_join j WHERE j.chat_id = c.ROWID) DESC, c.ROWID DESC`
  return reader.all(sql).map(toChat)
}

/** Addresses, without the owner's. */
export function participantsOf(reader: Reader, chatRowId: number): readonly string[] {
  const sql = `SELECT h.id FROM chat_handle_join j JOIN handle h ON h.ROWID = j.handle_id
    WHERE j.chat_id = ? ORDER BY h.ROWID`
  return [...new Set(reader.all(sql, chatRowId).map(({ id }) => String(id)))]
}

function toChat(row: Row): ChatRow {
  const name = row['display_name']
  return {
    rowId: Number(row['row_id']),
    guid: String(row['guid']),
    isGroup: row['style'] === GROUP_STYLE,
    identifier: String(row['chat_identifier'] ?? ''),
    service: String(row['service_name'] ?? ''),
    name: typeof name === 'string' && name !== '' ? name : undefined,
  }
}
