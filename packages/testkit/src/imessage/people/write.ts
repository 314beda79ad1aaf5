/** Writes the rows of one message: the message, its files, its joins, as Messages does in one transaction. */
import { randomUUID } from 'node:crypto'
import type { Row } from '../database/database.ts'
import { toAppleTime } from '../database/dates.ts'
import { handleRow, type StoredChat, type World } from '../state.ts'
import { type AttributedPart, encodeAttributedBody, PART } from '../typedstream/attributed-body.ts'
import { type FileContent, filePart } from './content.ts'
import { arriveFile, attachFile } from './files.ts'

export interface FakeMessage {
  readonly rowId: number
  readonly guid: string
  readonly chat: StoredChat
  readonly text: string
  /** Milliseconds since 1970. */
  readonly date: number
  /** Of a message written with `isUnjoined`: the join with its chat arrives. */
  join(): void
  /** Of one with `isUnattached`: the rows of its files arrive. */
  attach(): void
  /** Files that were `isPending` or `isMissing` are there. */
  arrive(): void
}

export interface WriteOptions {
  /** Where the words are: in `attributedBody` with `text` NULL (default), in the `text` column only, or in both. */
  readonly body?: 'attributed' | 'text' | 'both'
  /** As older systems archive it, NSMutableAttributedString. */
  readonly isMutable?: boolean
  readonly files?: readonly FileContent[]
  readonly replyTo?: FakeMessage
  /** Milliseconds since 1970; default: now. */
  readonly date?: number
  /** The join with the chat comes when `join()` is called on what is returned. */
  readonly isUnjoined?: boolean
  /** The rows of its files come when `attach()` is called on what is returned; its body names them already. */
  readonly isUnattached?: boolean
  /** Columns on top. */
  readonly extra?: Row
}

export interface Draft extends WriteOptions {
  readonly chat: StoredChat
  readonly words: string | readonly AttributedPart[]
  readonly isFromMe: boolean
  /** Who wrote it; for the owner's rows, in whose chat it is. */
  readonly handle: string | undefined
  /** Which of the owner's addresses it came to or went from. */
  readonly address: string | undefined
}

export function writeMessage(world: World, draft: Draft): FakeMessage {
  const { chat, words, isFromMe, files = [], date = world.now(), isUnjoined = false } = draft
  const guid = String(draft.extra?.['guid'] ?? randomUUID().toUpperCase())
  const stored = files.map((file, index) => ({ content: file, guid: `at_${index}_${guid}` }))
  const runs =
    typeof words === 'string' ? (words === '' ? [] : [{ text: words, attributes: { [PART]: stored.length } }]) : words
  const parts = [...stored.map((one, index) => filePart(one.guid, one.content.name, index)), ...runs]
  const plain = parts.map(({ text = '\ufffc' }) => text).join('')
  const { body = 'attributed', isMutable = false } = draft
  const { database } = world
  const join = (rowId: number) =>
    void database.insert('chat_message_join', {
      chat_id: chat.rowId,
      message_id: rowId,
      message_date: toAppleTime(date),
    })
  const attach = (rowId: number) => {
    for (const file of stored) attachFile(world, rowId, file, isFromMe)
  }
  const rowId = database.transaction(() => {
    const id = database.insert('message', {
      guid,
      text: body === 'attributed' || plain === '' ? null : plain,
      attributedBody: body === 'text' || plain === '' ? null : encodeAttributedBody(parts, { isMutable }),
      handle_id: draft.handle === undefined ? 0 : handleRow(world, draft.handle, chat.service),
      service: chat.service,
      account: chat.service === 'iMessage' ? world.account : `P:${world.addresses[0] ?? ''}`,
      account_guid: world.accountGuid,
      destination_caller_id: draft.address ?? null,
      date: toAppleTime(date),
      date_read: 0,
      date_delivered: isFromMe ? toAppleTime(date) : 0,
      is_from_me: isFromMe ? 1 : 0,
      is_sent: isFromMe ? 1 : 0,
      is_delivered: 1,
      is_finished: 1,
      version: 10,
      part_count: Math.max(parts.length, 1),
      is_audio_message: files.some(({ isAudioMessage }) => isAudioMessage) ? 1 : 0,
      ...replyColumns(draft.replyTo),
      ...draft.extra,
    })
    if (!draft.isUnattached) attach(id)
    if (!isUnjoined) join(id)
    return id
  })
  return {
    rowId,
    guid,
    chat,
    text: plain,
    date,
    join: () => join(rowId),
    attach: () => database.transaction(() => attach(rowId)),
    arrive() {
      for (const file of stored) arriveFile(world, file)
    },
  }
}

function replyColumns(original: FakeMessage | undefined): Row {
  if (!original) return {}
  const { guid, text } = original
  return { reply_to_guid: guid, thread_originator_guid: guid, thread_originator_part: `0:0:${text.length}` }
}
