/** Earlier messages of a chat as the agent reads them: the official line each, and beneath it what hangs on the message. */
import type { AccessFile } from '../../access/access-file.ts'
import type { Place } from '../../access/gate.ts'
import { displayName, renderSize } from '../../files/names.ts'
import { isOnList } from '../inbound/admit.ts'
import { inRange } from '../inbound/check.ts'
import { safeName } from '../inbound/event.ts'
import type { HistoryMessage, Sender } from '../platform/inbound.ts'

export interface HistoryView {
  readonly file: AccessFile | undefined
  readonly place: Place
  readonly myId: string | undefined
}

/** UTF-16 units of a message; the whole of it stands in the chat. */
const TEXT_UNITS = 4_000
const QUOTED_UNITS = 200

/** What nobody let in has written is left out, and counted: a chat is no way around the gate. */
export function renderHistory(messages: readonly HistoryMessage[], view: HistoryView): string {
  const shown = messages.filter(({ sender }) => mayShow(sender, view))
  const left = messages.length - shown.length
  const note = left === 0 ? [] : [`(${left} of senders who are not let in ${left === 1 ? 'is' : 'are'} not shown)`]
  const lines = shown.map((message) => renderOne(message, view.myId))
  return lines.length + note.length === 0 ? '(no messages)' : [...lines, ...note].join('\n')
}

function mayShow(sender: Sender | undefined, { file, place, myId }: HistoryView): boolean {
  if (sender === undefined || file === undefined) return false
  if (sender.id === myId) return true
  const isDirect = place.sender !== undefined
  if (isDirect) return sender.id === place.sender
  return isOnList(file, sender, place)
}

function renderOne(message: HistoryMessage, myId: string | undefined): string {
  const { id, ts, sender, text, placeholder, attachments, replyTo, forwardedFrom, thread, edited } = message
  const words = onOneLine(text === '' ? (placeholder ?? '') : text, TEXT_UNITS)
  const count = attachments.length === 0 ? '' : ` +${attachments.length}att`
  const details = [
    ...(replyTo === undefined
      ? []
      : [`answers ${replyTo.messageId}${by(replyTo.isMine === true ? 'me' : replyTo.sender)}${quote(replyTo.text)}`]),
    ...(forwardedFrom === undefined ? [] : [`forwarded from ${safeName(forwardedFrom)}`]),
    ...attachments.map(
      ({ name, fileId, mime = 'unknown', size }) =>
        `file ${displayName(name ?? fileId)} (${safeName(mime)}${size === undefined ? '' : `, ${renderSize(size)}`})`,
    ),
    ...(thread === undefined
      ? []
      : [
          `thread ${thread.chatId}${thread.title === undefined ? '' : ` "${safeName(thread.title)}"`}${thread.messages === undefined ? '' : `, ${thread.messages} messages`}`,
        ]),
    ...(edited ? ['edited'] : []),
  ]
  const line = `[${new Date(inRange(ts)).toISOString()}] ${nameOf(sender, myId)}: ${words}  (id: ${id}${count})`
  return [line, ...details.map((detail) => `  ${detail}`)].join('\n')
}

/** Only we are `me`, whatever somebody calls themselves. */
function nameOf(sender: Sender | undefined, myId: string | undefined): string {
  if (sender === undefined) return 'unknown'
  if (sender.id === myId) return 'me'
  const name = safeName(sender.handle ?? sender.name ?? '') || sender.id
  return `${name === 'me' ? `me (${sender.id})` : name}${sender.isBot ? ' (bot)' : ''}`
}

function by(name: string | undefined): string {
  return name === undefined ? '' : ` by ${safeName(name)}`
}

function quote(text: string | undefined): string {
  return text === undefined || text === '' ? '' : `: ${onOneLine(text, QUOTED_UNITS)}`
}

/** As the official servers show a line break; nothing that a message holds begins a line of its own. */
function onOneLine(text: string, most: number): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text
  return cut.toWellFormed().replace(/[\r\n\u0085\u2028\u2029]+/g, ' ⏎ ')
}
