/** iMessage as the kit of chats drives it: what it takes, and the connection that is made when a session has registered the channel. */
import { join } from 'node:path'
import { BackchannelError, type Log } from '@backchannel/channel'
import type { Platform, PlatformLimits, PlatformPorts } from '@backchannel/channel/chat'
import type { Config } from './config.ts'
import { createConnection } from './connection.ts'
import { normalizeAddress } from './database/address.ts'
import { newestRow } from './database/messages.ts'
import { createOwner, type Owner } from './database/owner.ts'
import { createSource } from './database/source.ts'
import { findChats, renderHistory } from './history.ts'
import type { SendTimes } from './outbound/send.ts'
import { openLedger } from './own/ledger.ts'
import type { ReadingTimes } from './reading/reader.ts'

export interface Imessage extends Platform {
  readonly owner: Owner
  /** Learns who the owner is. Never rejects: whatever is wrong with the database is told where it is needed. */
  learn(): Promise<void>
  /** @throws BackchannelError `settings-invalid` with what to do, where the database can't be read now */
  assertReadable(): void
  /** Chats with oneself, for prompts: the address, and the chat's id; the one used last first. */
  ownChats(): Promise<readonly { readonly sender: string; readonly chat: string }[]>
  /** Of a chat that is let in, or of all of them. @throws BackchannelError `not-registered`, `chat-refused`; DatabaseProblem */
  history(chat: string | undefined, limit: number): Promise<string>
}

export interface ImessageOptions {
  readonly config: Config
  /** @throws BackchannelError `settings-invalid` where there is no Messages */
  assertUsable(): void
  /** The channel's state directory. */
  readonly directory: string
  /** Of what is known of own messages; one for all state directories. */
  readonly accounts: string
  readonly home: string
  readonly log: Log
  readonly timing?: Timing
}

/** For tests: shorter waits. */
export interface Timing {
  readonly send?: SendTimes
  readonly reading?: ReadingTimes
  readonly fileMs?: number
}

const MEGABYTE = 1024 ** 2

const LIMITS: PlatformLimits = {
  textUnits: 10_000,
  richText: 'plain',
  filesOut: { maxBytes: 100 * MEGABYTE, perMessage: 1, placement: 'own' },
  filesIn: { maxBytes: 100 * MEGABYTE, by: 'message' },
  edit: false,
  reactions: 'none',
  replies: false,
  // By the ledger and the database: a second time it is looked whether the first one is there.
  deduplicates: true,
}

export function createImessage(options: ImessageOptions): Imessage {
  const { config, assertUsable, directory, accounts, home, log, timing } = options
  const owner = createOwner()
  const source = createSource(config.database)
  let ports: PlatformPorts | undefined
  const learn = () => owner.learn(source, new AbortController().signal).catch(() => {})

  return {
    title: 'iMessage',
    limits: LIMITS,
    owner,
    learn,
    assertReadable() {
      try {
        source.read(newestRow)
      } catch (thrown) {
        throw new BackchannelError('settings-invalid', `${(thrown as Error).message}.`, { cause: thrown })
      }
    },
    async ownChats() {
      await learn()
      try {
        return source
          .read((reader) => owner.selfChats(reader))
          .map(({ guid, identifier }) => ({ sender: identifier, chat: guid }))
      } catch {
        return []
      }
    },
    async history(chat, limit) {
      if (!ports) throw notRegistered()
      await learn()
      const hears = ports.hears
      const found = source.read((reader) => findChats(reader, chat))
      const places = found.map(({ guid, isGroup, identifier, service }) => ({
        chat: guid,
        ...(isGroup ? {} : { sender: identifier }),
        ...(owner.isSelfChat({ isGroup, identifier }) && service === 'iMessage' ? { isOwner: true } : {}),
      }))
      const may = await Promise.all(places.map((place) => hears(place)))
      const chats = found.filter((_, at) => may[at])
      if (chats.length === 0) {
        if (chat === undefined) return '(no allowlisted chats — configure via /imessage:access)'
        throw refused(chat)
      }
      const members = new Map<string, readonly string[]>()
      for (const { guid, isGroup } of chats) {
        const listed = isGroup ? await ports.members?.(guid) : undefined
        if (listed) members.set(guid, listed.map(normalizeAddress))
      }
      const { allowsSms } = config
      return source.read((reader) => renderHistory(reader, chats, limit, { owner, allowsSms, members }))
    },
    async start(given, signal) {
      assertUsable()
      ports = given
      const ledger = openLedger(join(accounts, 'imessage-own.db'))
      void learn()
      return createConnection({
        config,
        source,
        owner,
        ledger,
        ports: given,
        session: signal,
        log,
        directory,
        home,
        timing,
      })
    },
  }
}

function notRegistered(): BackchannelError {
  const text = 'No session has registered imessage, so its messages are not read.'
  return new BackchannelError('not-registered', text, {
    hint: 'Name imessage after --channels when the session starts.',
  })
}

function refused(chat: string): BackchannelError {
  const text = `chat ${chat.slice(0, 100)} is not allowlisted — add via /imessage:access`
  return new BackchannelError('chat-refused', text)
}
