/**
 * What a hub remembers of chats: their current session, topics that belong to one, and which session sent which message. A
 * small database beside the journal, written by the holder alone; without it only this convenience is lost.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { toError } from '@backchannel/protocol'
import { isDamaged, isOtherDatabase, openDatabase } from '../../journal/sqlite.ts'
import type { Log } from '../../log.ts'
import type { ChatPlace, Memory } from './router.ts'

export interface RouteMemory extends Memory {
  setCurrent(chat: string, name: string): void
  /** A topic, with no thread where it is a chat of its own; `undefined` takes the binding away. */
  bind(chat: string, thread: string | undefined, name: string | undefined): void
  noteSent(chat: string, messages: readonly string[], name: string): void
  /** Somebody wrote there, so it is one of the chats that are told. */
  noteSeen(chat: string): void
  /** Chats whose current session it is, and topics bound to it, where something was written since a moment. */
  placesOf(name: string, since: number): readonly SessionPlace[]
  close(): void
}

/** A chat or topic that has a session of its own choice. */
export interface SessionPlace extends Pick<ChatPlace, 'chat' | 'thread'> {
  /** What is written in a topic waits for its session. */
  readonly isTopic: boolean
}

/** In the table of topics, where a chat is one itself. */
const WHOLE_CHAT = ''
const TABLES = `
CREATE TABLE IF NOT EXISTS chats (chat TEXT PRIMARY KEY, session TEXT, seen_at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS topics (chat TEXT, thread TEXT, session TEXT NOT NULL, PRIMARY KEY (chat, thread)) STRICT;
CREATE TABLE IF NOT EXISTS sent (
  seq INTEGER PRIMARY KEY, chat TEXT NOT NULL, message TEXT NOT NULL, session TEXT NOT NULL, UNIQUE (chat, message)
) STRICT;
`
/** Messages whose sender is known; an answer to an older one goes where the chat's messages go. */
const KEPT_SENT = 20_000
const PRUNE_EVERY = 500
/** A chat is noted as seen again after this long. */
const SEEN_EVERY_MS = 60_000

export function openMemory(folder: string, log: Log, now: () => number = Date.now): RouteMemory {
  const file = join(folder, 'routes.db')
  const database = openOrRenew(file, log)
  const prepare = (sql: string) => database.prepare(sql)
  const current = prepare('SELECT session FROM chats WHERE chat = ?')
  const setCurrent = prepare(
    'INSERT INTO chats VALUES (?1, ?2, ?3) ON CONFLICT (chat) DO UPDATE SET session = ?2, seen_at = ?3',
  )
  const seen = prepare('INSERT INTO chats VALUES (?1, NULL, ?2) ON CONFLICT (chat) DO UPDATE SET seen_at = ?2')
  const bound = prepare('SELECT session FROM topics WHERE chat = ? AND thread = ?')
  const bind = prepare('INSERT INTO topics VALUES (?1, ?2, ?3) ON CONFLICT (chat, thread) DO UPDATE SET session = ?3')
  const unbind = prepare('DELETE FROM topics WHERE chat = ? AND thread = ?')
  const sentBy = prepare('SELECT session FROM sent WHERE chat = ? AND message = ?')
  const sent = prepare('INSERT OR REPLACE INTO sent (chat, message, session) VALUES (?, ?, ?)')
  const prune = prepare('DELETE FROM sent WHERE seq <= (SELECT max(seq) FROM sent) - ?')
  const chatsOf = prepare('SELECT chat FROM chats WHERE session = ? AND seen_at >= ? ORDER BY seen_at DESC LIMIT 50')
  const topicsOf = prepare(
    'SELECT topics.chat, thread FROM topics JOIN chats USING (chat) WHERE topics.session = ? AND seen_at >= ? LIMIT 50',
  )
  const seenAt = new Map<string, number>()
  let noted = 0
  let closed = false

  const nameIn = (row: unknown) => {
    const name = (row as { session?: unknown } | undefined)?.session
    return typeof name === 'string' ? name : undefined
  }
  /** What can't be written is not remembered, and nothing else suffers. */
  const trying = <Result>(work: () => Result, otherwise: Result): Result => {
    if (closed) return otherwise
    try {
      return work()
    } catch (thrown) {
      log.warn(`what was said about sessions can't be remembered now: ${toError(thrown).message}`)
      return otherwise
    }
  }
  return {
    current: (chat) => trying(() => nameIn(current.get(chat)), undefined),
    boundTo: (chat, thread = WHOLE_CHAT) => trying(() => nameIn(bound.get(chat, thread)), undefined),
    sentBy: (chat, message) => trying(() => nameIn(sentBy.get(chat, message)), undefined),
    setCurrent: (chat, name) => trying(() => void setCurrent.run(chat, name, now()), undefined),
    bind: (chat, thread = WHOLE_CHAT, name = undefined) =>
      trying(() => void (name === undefined ? unbind.run(chat, thread) : bind.run(chat, thread, name)), undefined),
    noteSent: (chat, messages, name) =>
      trying(() => {
        for (const message of messages) sent.run(chat, message, name)
        noted += messages.length
        if (noted < PRUNE_EVERY) return
        noted = 0
        prune.run(KEPT_SENT)
      }, undefined),
    noteSeen(chat) {
      const time = now()
      if (time - (seenAt.get(chat) ?? 0) < SEEN_EVERY_MS) return
      if (seenAt.size > 10_000) seenAt.clear()
      seenAt.set(chat, time)
      trying(() => void seen.run(chat, time), undefined)
    },
    placesOf: (name, since) =>
      trying(
        () => [
          ...(chatsOf.all(name, since) as { chat: string }[]).map(({ chat }) => ({ chat, isTopic: false })),
          ...(topicsOf.all(name, since) as { chat: string; thread: string }[]).map(({ chat, thread }) => ({
            ...{ chat, isTopic: true },
            ...(thread === WHOLE_CHAT ? {} : { thread }),
          })),
        ],
        [] as SessionPlace[],
      ),
    close() {
      if (closed) return
      closed = true
      database.close()
    },
  }
}

function openOrRenew(file: string, log: Log): DatabaseSync {
  try {
    return open(file)
  } catch (thrown) {
    if (!isDamaged(thrown) && !isOtherDatabase(thrown)) {
      log.warn(`which session a chat talks to is not remembered after this one ends: ${toError(thrown).message}`)
      return open(':memory:')
    }
    log.warn(
      `${file} can't be used and is begun anew; chats ask again which session they talk to: ${toError(thrown).message}`,
    )
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
    return open(file)
  }
}

function open(file: string): DatabaseSync {
  const database = openDatabase(file)
  try {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 1000;${TABLES}`)
    return database
  } catch (thrown) {
    database.close()
    throw thrown
  }
}
