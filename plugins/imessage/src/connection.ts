/** The connection to Messages: what is sent works from the start, what comes in comes once the account is held. */
import { createHash } from 'node:crypto'
import type { Log } from '@backchannel/channel'
import { type Connection, PlatformError, type PlatformPorts } from '@backchannel/channel/chat'
import type { Config } from './config.ts'
import { attachmentsOf } from './database/attachments.ts'
import { chatByGuid, chatOfMessage } from './database/chats.ts'
import { messageByGuid } from './database/messages.ts'
import { IMESSAGE, type Owner } from './database/owner.ts'
import { DatabaseProblem } from './database/problem.ts'
import type { Reader, Source } from './database/source.ts'
import { openAttachment } from './inbound/download.ts'
import { toAttachment } from './inbound/kinds.ts'
import { createSend } from './outbound/send.ts'
import { createStaging } from './outbound/staging.ts'
import type { Ledger } from './own/ledger.ts'
import type { Timing } from './platform.ts'
import { startReading } from './reading/reader.ts'

export interface ConnectionOptions {
  readonly config: Config
  readonly source: Source
  readonly owner: Owner
  readonly ledger: Ledger
  readonly ports: PlatformPorts
  readonly session: AbortSignal
  readonly log: Log
  /** The channel's state directory. */
  readonly directory: string
  readonly home: string
  readonly timing?: Timing | undefined
}

export function createConnection(options: ConnectionOptions): Connection {
  const { config, source, owner, ledger, ports, session, log, directory, home, timing } = options
  const staging = createStaging(directory, config.database)
  const send = createSend({
    source,
    owner,
    ledger,
    staging,
    osascript: config.programs.osascript,
    ...(timing?.send ? { times: timing.send } : {}),
  })
  let reading: { close(): Promise<void> } | undefined

  const read = <Result>(work: (reader: Reader) => Result): Result => {
    try {
      return source.read(work)
    } catch (thrown) {
      if (!(thrown instanceof DatabaseProblem)) throw thrown
      throw new PlatformError(thrown.message, { kind: thrown.kind === 'locked' ? 'unsent' : 'refused', cause: thrown })
    }
  }
  /** The files of a message, of that chat alone. */
  const filesOf = (chatId: string, messageId: string) =>
    read((reader) => {
      const row = messageByGuid(reader, messageId)
      const isThere = row !== undefined && chatOfMessage(reader, row.rowId)?.guid === chatId
      return isThere ? { row, files: attachmentsOf(reader, row.rowId, home) } : undefined
    })

  return {
    // One database has one listener, whatever the state folders are.
    account: createHash('sha256').update(config.database).digest('hex').slice(0, 12),
    // What we write is written by the owner's own account: who is meant by a mention is the owner.
    me: () => undefined,
    listen() {
      reading ??= startReading({
        source,
        owner,
        ledger,
        allowsSms: config.allowsSms,
        ports,
        session,
        log,
        ...(timing?.reading ? { times: timing.reading } : {}),
      })
    },
    async place(chatId) {
      await owner.learn(source, session).catch(() => {})
      return read((reader) => {
        const chat = chatByGuid(reader, chatId)
        if (!chat) return undefined
        if (chat.isGroup) return { chat: chatId }
        const isOwner = owner.isSelfChat(chat) && chat.service === IMESSAGE
        return { chat: chatId, sender: chat.identifier, ...(isOwner ? { isOwner } : {}) }
      })
    },
    send,
    async attachments({ chatId, messageId }) {
      const found = filesOf(chatId, messageId)
      return found?.files.map((file) => toAttachment(file, found.row.isAudio)) ?? []
    },
    download({ fileId, chatId = '', messageId = '' }, signal) {
      const find = () => filesOf(chatId, messageId)?.files.find(({ guid }) => guid === fileId)
      const { database, programs } = config
      const waits = timing?.fileMs === undefined ? {} : { waitMs: timing.fileMs }
      return openAttachment(find, { database, home, sips: programs.sips, ...waits }, signal)
    },
    edit: () => unable('changes no message'),
    react: () => unable('sets no reaction'),
    typing: async () => {},
    answerPress: async () => {},
    async close() {
      await reading?.close()
      source.close()
      ledger.close()
    },
  }
}

function unable(words: string): Promise<never> {
  return Promise.reject(new PlatformError(`Messages ${words} for a script`, { kind: 'refused' }))
}
