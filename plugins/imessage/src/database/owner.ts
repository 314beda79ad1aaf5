/**
 * Whose Mac this is, from the database: the addresses that own messages were sent from over iMessage, of other devices too.
 * An SMS names no owner: its sender can be forged, and the address that it came to proves nothing.
 */
import { setImmediate } from 'node:timers/promises'
import { normalizeAddress, readAccount } from './address.ts'
import { allChats, type ChatRow, participantsOf } from './chats.ts'
import { type MessageRow, newestRow } from './messages.ts'
import type { Reader, Source } from './source.ts'

export interface Owner {
  has(address: string): boolean
  addresses(): readonly string[]
  /** Learns from an own message. @returns whether there was anything new in it */
  note(row: Pick<MessageRow, 'isFromMe' | 'service' | 'account' | 'callerId'>): boolean
  isSelfChat(chat: Pick<ChatRow, 'isGroup' | 'identifier'>): boolean
  /** Chats with oneself, the one used last first. */
  selfChats(reader: Reader): readonly ChatRow[]
  /** Reads the whole database once, the newest first, without holding anything up. @throws DatabaseProblem */
  learn(source: Source, signal: AbortSignal): Promise<void>
}

export const IMESSAGE = 'iMessage'
/** Rows at a time; some milliseconds. */
const STEP = 10_000

export function createOwner(): Owner {
  const own = new Set<string>()
  let learned: string | undefined
  let learning: Promise<void> | undefined

  const note: Owner['note'] = ({ isFromMe, service, account, callerId }) => {
    if (!isFromMe || service !== IMESSAGE) return false
    const before = own.size
    for (const address of [readAccount(account), readAccount(callerId)]) if (address) own.add(address)
    return own.size > before
  }
  const readAll = async (source: Source, signal: AbortSignal): Promise<void> => {
    const { rowId, file } = source.read((reader) => ({ ...newestRow(reader), file: reader.file }))
    if (learned === file) return
    for (let top = rowId; top > 0 && !signal.aborted; top -= STEP) {
      for (const row of source.read((reader) => ownAddresses(reader, top - STEP, top))) note(row)
      await setImmediate()
    }
    learned = file
  }
  const isSelfChat: Owner['isSelfChat'] = ({ isGroup, identifier }) => !isGroup && own.has(normalizeAddress(identifier))

  return {
    has: (address) => own.has(normalizeAddress(address)),
    addresses: () => [...own],
    note,
    isSelfChat,
    selfChats: (reader) =>
      allChats(reader).filter(
        (chat) => isSelfChat(chat) && participantsOf(reader, chat.rowId).every((one) => own.has(normalizeAddress(one))),
      ),
    learn(source, signal) {
      learning ??= readAll(source, signal).finally(() => {
        learning = undefined
      })
      return learning
    },
  }
}

function ownAddresses(reader: Reader, above: number, upTo: number) {
  const caller = reader.columns('message').has('destination_caller_id') ? 'destination_caller_id' : 'NULL'
  const sql = `SELECT DISTINCT account, ${caller} AS caller FROM message
    WHERE ROWID > ? AND ROWID <= ? AND is_from_me = 1 AND service = ?`
  return reader.all(sql, above, upTo, IMESSAGE).map(({ account, caller: id }) => ({
    isFromMe: true,
    service: IMESSAGE,
    account: typeof account === 'string' ? account : undefined,
    callerId: typeof id === 'string' ? id : undefined,
  }))
}
