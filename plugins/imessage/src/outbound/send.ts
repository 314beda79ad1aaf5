/**
 * Sends one message and says so only when its row is in the database: AppleScript's word that it was sent proves nothing.
 * One at a time, each with an entry in the ledger that is written first, so that its rows are known again as our own.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type OutgoingMessage, PlatformError, type SentMessage } from '@backchannel/channel/chat'
import { type ChatRow, chatByGuid, chatOfMessage } from '../database/chats.ts'
import { messagesAfter, newestRow } from '../database/messages.ts'
import { IMESSAGE, type Owner } from '../database/owner.ts'
import { DatabaseProblem } from '../database/problem.ts'
import type { Reader, Source } from '../database/source.ts'
import { contentKey, readContent } from '../inbound/content.ts'
import { keyOf, linkParts } from '../own/key.ts'
import type { Ledger } from '../own/ledger.ts'
import { GRANT_AUTOMATION } from '../permissions.ts'
import { runScript, type ScriptResult } from './osascript.ts'
import { FILE_TO_ADDRESS, FILE_TO_CHAT, TEXT_TO_ADDRESS, TEXT_TO_CHAT } from './script.ts'
import type { Staged, Staging } from './staging.ts'
import { type Target, targetsOf } from './targets.ts'

export interface SendTimes {
  /** For osascript to answer. */
  readonly scriptMs: number
  /** For the row to appear after it did, or failed to. */
  readonly rowMs: number
  /** For the row of a message that an earlier process was sending when it ended. */
  readonly resumedMs: number
}

export const SEND_TIMES: SendTimes = { scriptMs: 30_000, rowMs: 10_000, resumedMs: 3_000 }

export interface SendOptions {
  readonly source: Source
  readonly owner: Owner
  readonly ledger: Ledger
  readonly staging: Staging
  readonly osascript: string
  readonly times?: SendTimes
}

export type Send = (message: OutgoingMessage, signal: AbortSignal) => Promise<SentMessage>

/** What Messages answers where it has sent nothing, and would know no better a moment later. */
const NO_SUCH_CHAT = new Set([-1728, -1719])
const NOT_ALLOWED = new Set([-1743, -1744])
/** Messages is not there, or on its way. */
const NOT_RUNNING = new Set([-600, -609, -10810])
const TIMED_OUT = -1712
/** Between two looks for a row: it is there at once, or it takes its time. */
const FIRST_LOOK_MS = 4
const LOOK_MS = 100
const MOST_ROWS = 500

interface Sending {
  readonly sendId: string
  readonly chat: ChatRow
  readonly isSelf: boolean
  /** Of the whole, and of the parts that Messages may make of it. */
  readonly keys: readonly string[]
  readonly mark: number
}

export function createSend(options: SendOptions): Send {
  const { source, owner, ledger, staging, osascript, times = SEND_TIMES } = options
  /** The form of a chat's id that worked last. */
  const known = new Map<string, Target>()
  let last: Promise<unknown> = Promise.resolve()

  const look = (sending: Sending): boolean => {
    source.read((reader) => claimRows(reader, sending, { owner, ledger }))
    return ledger.isSeen(sending.sendId)
  }
  const appears = async (sending: Sending, ms: number, signal: AbortSignal): Promise<boolean> => {
    let pause = FIRST_LOOK_MS
    for (const end = Date.now() + ms; ; ) {
      // A database that is locked in this moment says nothing yet.
      const seen = attempt(() => look(sending))
      if (seen === true) return true
      if (Date.now() >= end) return false
      await sleep(pause, undefined, { signal })
      pause = Math.min(pause * 2, LOOK_MS)
    }
  }
  const run = async (chat: ChatRow, staged: Staged, isFile: boolean, signal: AbortSignal): Promise<ScriptResult> => {
    const forms = targetsOf(chat)
    const first = known.get(chat.guid)
    let result: ScriptResult = { kind: 'failed', code: undefined, words: 'there is no way to write to this chat' }
    for (const target of first ? [first, ...forms.filter(({ id }) => id !== first.id)] : forms) {
      const toChat = target.by === 'chat'
      const script = isFile ? (toChat ? FILE_TO_CHAT : FILE_TO_ADDRESS) : toChat ? TEXT_TO_CHAT : TEXT_TO_ADDRESS
      const limits = { program: osascript, limitMs: times.scriptMs, signal }
      result = await runScript(script, [staged.path, target.id], limits)
      if (result.kind === 'done') known.set(chat.guid, target)
      if (result.kind !== 'failed' || result.code === undefined || !NO_SUCH_CHAT.has(result.code)) return result
      known.delete(chat.guid)
    }
    return result
  }

  const sendOne = async (message: OutgoingMessage, signal: AbortSignal): Promise<SentMessage> => {
    const { chatId, key: sendId, text, files } = message
    const [file] = files
    const begun = readOrFail(() =>
      source.read((reader) => ({ chat: chatByGuid(reader, chatId), mark: newestRow(reader).rowId })),
    )
    const { chat } = begun
    if (!chat) throw new PlatformError(`Messages has no chat ${chatId.slice(0, 100)}`, { kind: 'refused' })
    const isSelf = owner.isSelfChat(chat) && chat.service === IMESSAGE
    const key = file ? keyOf('', [file.name]) : keyOf(text.text, [])
    const parts = file ? [] : linkParts(text.text).map((part) => keyOf(part, []))
    const entry = ledger.open({ sendId, chat: chat.guid, isSelf, key, parts, mark: begun.mark })
    const sending: Sending = { sendId, chat, isSelf, keys: [key, ...parts], mark: entry.mark }
    if (entry.isSeen) return SENT
    // A process that was killed may have sent it, and a script of it may still be at it.
    if (!entry.isNew && (await appears(sending, times.resumedMs, signal))) return SENT
    const staged = file ? await staging.file(file, signal) : await staging.text(text.text)
    try {
      const result = await run(chat, staged, file !== undefined, signal)
      return await conclude(result, sending, signal)
    } finally {
      if (!file) await staged.remove()
    }
  }
  const conclude = async (result: ScriptResult, sending: Sending, signal: AbortSignal): Promise<SentMessage> => {
    const problem = result.kind === 'failed' ? refusal(result, sending.chat) : undefined
    // Where it was certainly not sent, the owner may write the same words.
    if (problem) {
      if (attempt(() => look(sending)) === true) return SENT
      ledger.discard(sending.sendId)
      throw problem
    }
    if (await appears(sending, times.rowMs, signal)) return SENT
    const words =
      result.kind === 'done'
        ? `Messages took the message, and none appeared within ${times.rowMs / 1000} s, so it was probably not sent: look at the chat on the Mac`
        : `${result.words}, and no message appeared; it may still be sent. If macOS asks whether Messages may be controlled, allow it. ${GRANT_AUTOMATION}`
    // Not tried again: Messages may only be slow, and then it would be there twice.
    throw new PlatformError(words, { kind: 'refused' })
  }

  return (message, signal) => {
    const mine = last.catch(() => {}).then(() => sendOne(message, signal))
    last = mine
    return mine
  }
}

const SENT: SentMessage = { messageIds: [] }

/** Gives the rows since the mark that are in question to the ledger, which counts each once. */
function claimRows(
  reader: Reader,
  { chat, isSelf, keys, mark }: Sending,
  { owner, ledger }: Pick<SendOptions, 'owner' | 'ledger'>,
): void {
  for (const row of messagesAfter(reader, mark, MOST_ROWS)) {
    if (!isSelf && !row.isFromMe) continue
    const of = chatOfMessage(reader, row.rowId)
    if (!of || !(isSelf ? owner.isSelfChat(of) : of.identifier === chat.identifier)) continue
    const content = readContent(reader, row)
    const key = contentKey(content)
    if (content.isPartial || !keys.includes(key)) continue
    const own = { guid: row.guid, rowId: row.rowId, key, isFromMe: row.isFromMe, date: row.date }
    if (isSelf) ledger.judge({ ...own, chat: of.guid })
    else ledger.noteSent({ ...own, chat: chat.guid })
    if (row.isFromMe && row.error !== 0) {
      throw new PlatformError(`Messages could not send it (error ${row.error}): look at the chat on the Mac`, {
        kind: 'refused',
      })
    }
  }
}

/** Undefined where nobody knows whether it was sent. */
function refusal(
  { code, words }: { code: number | undefined; words: string },
  chat: ChatRow,
): PlatformError | undefined {
  if (code === TIMED_OUT) return undefined
  if (code !== undefined && NOT_ALLOWED.has(code)) {
    return new PlatformError(`macOS does not let this app control Messages (${code}). ${GRANT_AUTOMATION}`, {
      kind: 'unauthorized',
    })
  }
  if (code !== undefined && NOT_RUNNING.has(code)) {
    return new PlatformError(`Messages is not running (${code})`, { kind: 'unsent' })
  }
  if (code !== undefined && NO_SUCH_CHAT.has(code)) {
    const text = `Messages can't write to the chat ${chat.guid} (${code}): write something in it on the Mac, then try again`
    return new PlatformError(text, { kind: 'refused' })
  }
  return new PlatformError(`osascript failed: ${words}`, { kind: 'refused' })
}

/** Undefined where the database can't be read in this moment. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof DatabaseProblem) return undefined
    throw thrown
  }
}

function readOrFail<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (thrown) {
    if (!(thrown instanceof DatabaseProblem)) throw thrown
    throw new PlatformError(thrown.message, { kind: 'unsent', cause: thrown })
  }
}
