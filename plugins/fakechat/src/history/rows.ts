/** Rows of a history as messages, and how they are written. */
import type { DatabaseSync } from 'node:sqlite'
import type { FileLink, Message, MessageState } from '../wire.ts'

export const COLUMNS = 'id, sender, ts, units, edited, state, reason, reply_to, files, text'
export type Cell = string | number | null

interface Row {
  id: string
  sender: string
  ts: number
  edited: number
  state: string | null
  reason: string | null
  reply_to: string | null
  files: string | null
  text: string
}

export function toCells({ id, from, ts, text, edited, state, reason, replyTo, files }: Message): Cell[] {
  const list = files && files.length > 0 ? JSON.stringify(files) : null
  return [id, from, ts, text.length, edited ? 1 : 0, state ?? null, reason ?? null, replyTo ?? null, list, text]
}

export function toMessage(row: unknown): Message {
  const { id, sender, ts, edited, state, reason, reply_to: replyTo, files, text } = row as Row
  return {
    id,
    from: sender === 'user' ? 'user' : 'assistant',
    text,
    ts,
    ...(replyTo === null ? {} : { replyTo }),
    ...(files === null ? {} : { files: JSON.parse(files) as FileLink[] }),
    ...(edited === 0 ? {} : { edited: true }),
    ...(state === null ? {} : { state: state as MessageState }),
    ...(reason === null ? {} : { reason }),
  }
}

export function prepareInsert(
  database: DatabaseSync,
  onConflict: 'REPLACE' | 'IGNORE',
): ReturnType<DatabaseSync['prepare']> {
  const names = COLUMNS.split(', ')
  // The place stays that of the first time.
  const changes = names.slice(1).map((name) => `${name} = excluded.${name}`)
  return database.prepare(
    `INSERT INTO messages (seq, ${COLUMNS}) VALUES (?, ${names.map(() => '?').join(', ')}) ON CONFLICT (id) DO ${
      onConflict === 'IGNORE' ? 'NOTHING' : `UPDATE SET ${changes.join(', ')}`
    }`,
  )
}

export function transaction(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    work()
    database.exec('COMMIT')
  } catch (thrown) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw thrown
  }
}
