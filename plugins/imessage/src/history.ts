/** The tool `chat_messages`: earlier messages of the chats that are let in, as the official plugin shows them, with their ids. */
import { normalizeAddress } from './database/address.ts'
import { allChats, type ChatRow, chatByGuid, participantsOf } from './database/chats.ts'
import { lastMessages, type MessageRow } from './database/messages.ts'
import { IMESSAGE, type Owner } from './database/owner.ts'
import type { Reader } from './database/source.ts'
import { readContent } from './inbound/content.ts'
import { placeholderOf, safe, toAttachment } from './inbound/kinds.ts'
import { readTapback } from './inbound/tapback.ts'

export interface HistoryOptions {
  readonly owner: Owner
  readonly allowsSms: boolean
  /** Of groups with a list of members, by their ids: whose words are shown, in the form in which addresses are compared. */
  readonly members?: ReadonlyMap<string, readonly string[]>
}

/** Chats at a time; an agent that wants another one names it. */
const MOST_CHATS = 20
/** UTF-16 units of all that is shown. */
const MOST_UNITS = 48_000
const TEXT_UNITS = 2_000

/** Where each chat is let in: all of them, or the one that was named. */
export function findChats(reader: Reader, guid: string | undefined): readonly ChatRow[] {
  if (guid === undefined) return allChats(reader)
  const chat = chatByGuid(reader, guid)
  return chat ? [chat] : []
}

export function renderHistory(
  reader: Reader,
  chats: readonly ChatRow[],
  limit: number,
  options: HistoryOptions,
): string {
  const blocks: string[] = []
  let left = MOST_UNITS
  let omitted = 0
  for (const chat of chats) {
    const block = blocks.length < MOST_CHATS ? renderChat(reader, chat, limit, options, left) : undefined
    if (block === undefined) omitted += blocks.length < MOST_CHATS && left > 0 ? 0 : 1
    else blocks.push(block)
    left -= block?.length ?? 0
  }
  if (blocks.length === 0) return '(no messages)'
  const more = omitted > 0 ? [`(${omitted} more: name one with chat_guid)`] : []
  return [...blocks, ...more].join('\n\n')
}

/** Undefined for a chat in which nothing was written, or for which there is no room. */
function renderChat(
  reader: Reader,
  chat: ChatRow,
  limit: number,
  { owner, allowsSms, members }: HistoryOptions,
  room: number,
): string | undefined {
  const lines: { readonly day: string; readonly text: string }[] = []
  const listed = members?.get(chat.guid)
  let used = 0
  let hidden = 0
  // From the newest on, so that what does not fit is what is oldest.
  for (const row of lastMessages(reader, chat.rowId, limit).toReversed()) {
    if (!allowsSms && row.service !== IMESSAGE && !row.isFromMe) continue
    const words = renderWords(reader, row)
    if (words === undefined) continue
    // A chat is no way around the gate.
    if (listed && !row.isFromMe && !listed.includes(normalizeAddress(row.handle ?? ''))) {
      hidden += 1
      continue
    }
    const at = new Date(row.date)
    const text = `[${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}] ${nameOf(row, owner)}: ${words}`
    used += text.length + 1
    if (used > room) break
    lines.unshift({ day: at.toDateString(), text })
  }
  if (lines.length + hidden === 0) return undefined
  const days = lines.map(({ day, text }, at) => (day === lines[at - 1]?.day ? text : `-- ${day} --\n${text}`))
  const note = hidden === 0 ? [] : [`(${hidden} of members who are not let in, not shown)`]
  return [renderTitle(reader, chat), ...days, ...note].join('\n')
}

/** The chat's id stands in the first line: what the agent needs to answer there, and the operator to let a group in. */
function renderTitle(reader: Reader, { rowId, guid, isGroup, identifier, name }: ChatRow): string {
  if (!isGroup) return `=== DM with ${safe(identifier)} (chat_id: ${guid}) ===`
  const people = participantsOf(reader, rowId).map(safe).join(', ')
  return `=== Group "${safe(name ?? '')}" (${people}) (chat_id: ${guid}) ===`
}

function renderWords(reader: Reader, row: MessageRow): string | undefined {
  if (row.itemType !== 0 || readTapback(row)) return undefined
  const { text, attachments } = readContent(reader, row)
  const files = attachments.map((file) => toAttachment(file, row.isAudio))
  const words = text === '' ? (placeholderOf(row, files) ?? '') : text
  if (words === '') return undefined
  const cut = words.length > TEXT_UNITS ? `${words.slice(0, TEXT_UNITS).toWellFormed()}…` : words
  return `${cut.replace(/[\r\n\u0085\u2028\u2029]+/g, ' ⏎ ')}${files.length > 0 ? ' [attachment]' : ''}`
}

function nameOf({ isFromMe, handle }: MessageRow, owner: Owner): string {
  if (isFromMe || (handle !== undefined && owner.has(handle))) return 'me'
  return handle === undefined ? 'unknown' : safe(normalizeAddress(handle))
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}
