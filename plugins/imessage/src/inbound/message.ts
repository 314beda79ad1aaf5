/** A row as the kit reads it: who, where, what; and which rows are nothing of the kind, the agent's own words first of all. */
import type { Attachment, Chat, InboundMessage, Reaction, RepliedMessage, Sender } from '@backchannel/channel/chat'
import { isBusiness, normalizeAddress } from '../database/address.ts'
import { type ChatRow, chatOfMessage, participantsOf } from '../database/chats.ts'
import { type MessageRow, messageByGuid } from '../database/messages.ts'
import { IMESSAGE, type Owner } from '../database/owner.ts'
import type { Reader } from '../database/source.ts'
import type { Ledger } from '../own/ledger.ts'
import { parseSummary } from '../summary/summary.ts'
import { type Content, contentKey, readContent } from './content.ts'
import { placeholderOf, toAttachment } from './kinds.ts'
import { readTapback } from './tapback.ts'

export interface ReadOptions {
  readonly owner: Owner
  readonly ledger: Pick<Ledger, 'judge' | 'noteSent' | 'isOurs'>
  readonly allowsSms: boolean
}

/**
 * - `wait`: what belongs to it is not in the database yet.
 * - `nothing`: it says nothing to the agent; `sms` where only a setting keeps it out.
 */
export type ReadRow =
  | { readonly kind: 'message'; readonly message: InboundMessage }
  | { readonly kind: 'reaction'; readonly reaction: Reaction }
  | { readonly kind: 'nothing'; readonly why: 'ours' | 'twin' | 'own' | 'empty' | 'event' | 'sms' | 'no-sender' }
  | { readonly kind: 'wait' }

const MOST_PARTICIPANTS = 20
/** UTF-16 units of what a message said before it was changed. */
const MOST_BEFORE = 500

/** @param isEdit the row was read before, and has changed since */
export function readRow(reader: Reader, row: MessageRow, isEdit: boolean, options: ReadOptions): ReadRow {
  const { owner, ledger, allowsSms } = options
  const chat = chatOfMessage(reader, row.rowId)
  if (!chat) return { kind: 'wait' }
  if (row.itemType !== 0) return nothing('event')
  const content = readContent(reader, row)
  if (content.isPartial) return { kind: 'wait' }
  owner.note(row)
  const isIMessage = row.service === IMESSAGE
  const isSelf = isIMessage && owner.isSelfChat(chat) && (row.isFromMe || owner.has(row.handle ?? ''))
  const own = { guid: row.guid, rowId: row.rowId, chat: chat.guid, isFromMe: row.isFromMe, date: row.date }
  if (!isSelf && row.isFromMe) {
    if (!isEdit) ledger.noteSent({ ...own, key: contentKey(content) })
    return nothing('own')
  }
  if (!isIMessage && !allowsSms) return nothing('sms')
  const sender = isSelf ? toOwner(chat) : toSender(row, isIMessage, owner)
  if (!sender) return nothing('no-sender')

  const tapback = readTapback(row)
  const isUnsent = wasUnsent(row, content)
  if (!tapback && !isUnsent && isBlank(content) && row.balloon === undefined) return nothing('empty')
  if (isSelf) {
    const kind = tapback ? `tapback ${row.associatedType} ${tapback.messageId}` : isEdit ? 'edit' : undefined
    const guid = isEdit ? `${row.guid}:${row.editedAt}` : row.guid
    const key = contentKey(content, kind)
    const verdict = ledger.judge({ ...own, guid, key, date: isEdit ? (row.editedAt ?? row.date) : row.date })
    if (verdict !== 'message') return nothing(verdict)
  }
  if (tapback) {
    const { guid: deliveryId, date: ts } = row
    return { kind: 'reaction', reaction: { deliveryId, chat: toChat(chat), sender, ...tapback, ts } }
  }
  const attachments = content.attachments.map((file) => toAttachment(file, row.isAudio))
  const message = toMessage(reader, row, { chat, content, sender, attachments, isEdit, isUnsent }, options)
  return { kind: 'message', message }
}

interface Parts {
  readonly chat: ChatRow
  readonly content: Content
  readonly sender: Sender
  readonly attachments: readonly Attachment[]
  readonly isEdit: boolean
  readonly isUnsent: boolean
}

function toMessage(reader: Reader, row: MessageRow, parts: Parts, { owner, ledger }: ReadOptions): InboundMessage {
  const { chat, content, sender, attachments, isEdit, isUnsent } = parts
  const replyTo = readReply(reader, row, ledger)
  const placeholder = isUnsent ? '(message unsent)' : placeholderOf(row, attachments)
  const before = isEdit && !isUnsent ? textBefore(row) : undefined
  const meta = {
    ...(before === undefined ? {} : { edited_from: before }),
    ...(row.service === IMESSAGE ? {} : { service: row.service }),
    ...(chat.isGroup
      ? { chat_participants: participantsOf(reader, chat.rowId).slice(0, MOST_PARTICIPANTS).join(', ') }
      : {}),
  }
  return {
    deliveryId: isEdit ? `${row.guid}:${row.editedAt ?? 0}` : row.guid,
    chat: toChat(chat),
    sender,
    id: row.guid,
    text: isUnsent ? '' : content.text,
    ...(placeholder === undefined ? {} : { placeholder }),
    ts: isEdit ? (row.editedAt ?? row.date) : row.date,
    attachments,
    ...(replyTo ? { replyTo } : {}),
    mentionsMe: replyTo?.isMine === true || content.mentions.some((address) => owner.has(address)),
    edited: isEdit,
    ...(Object.keys(meta).length === 0 ? {} : { meta }),
  }
}

function toChat({ guid, isGroup, name }: ChatRow): Chat {
  return { id: guid, kind: isGroup ? 'group' : 'direct', ...(name === undefined ? {} : { title: name }) }
}

function toOwner({ identifier }: ChatRow): Sender {
  return { id: identifier, isBot: false, isOwner: true }
}

function toSender({ handle }: MessageRow, isIMessage: boolean, owner: Owner): Sender | undefined {
  if (handle === undefined) return undefined
  // Whoever forges the owner's number in an SMS gets a name that stands on no list by itself.
  const id = !isIMessage && owner.has(handle) ? `sms:${normalizeAddress(handle)}` : handle
  return { id, isBot: isBusiness(handle) }
}

function readReply(
  reader: Reader,
  { originatorGuid }: MessageRow,
  ledger: ReadOptions['ledger'],
): RepliedMessage | undefined {
  if (originatorGuid === undefined) return undefined
  const original = messageByGuid(reader, originatorGuid)
  if (!original) return { messageId: originatorGuid }
  const content = readContent(reader, original)
  const files = content.attachments.map((file) => toAttachment(file, original.isAudio))
  const words = content.text === '' ? placeholderOf(original, files) : content.text
  const isMine = ledger.isOurs(originatorGuid)
  const author = isMine ? undefined : original.isFromMe ? 'the owner' : original.handle
  return {
    messageId: originatorGuid,
    ...(words === undefined ? {} : { text: words }),
    ...(author === undefined ? {} : { sender: author }),
    ...(isMine ? { isMine } : {}),
  }
}

/** All of it; where a part was, the words of the others are what it says now. */
function wasUnsent(row: MessageRow, content: Content): boolean {
  if (row.retractedAt !== undefined) return true
  if (row.editedAt === undefined) return false
  return isBlank(content) || (row.summary !== undefined && parseSummary(row.summary)?.isUnsent === true)
}

/** What it said before the last edit, where that is kept. */
function textBefore({ summary }: MessageRow): string | undefined {
  const edits = summary === undefined ? [] : [...(parseSummary(summary)?.edits.values() ?? [])]
  const before = edits.flatMap((versions) => versions.at(-2)?.text ?? []).join('\n')
  return before === '' ? undefined : before.slice(0, MOST_BEFORE).toWellFormed()
}

function isBlank({ text, attachments }: Content): boolean {
  return text.trim() === '' && attachments.length === 0
}

function nothing(why: (ReadRow & { kind: 'nothing' })['why']): ReadRow {
  return { kind: 'nothing', why }
}
