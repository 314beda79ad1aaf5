/**
 * Whose words the rows of a chat with oneself are: the agent's, or the owner's. A message to oneself is written by Messages
 * as one row or as two, a sent one and a received one, in either order, in one chat or in those of two own addresses.
 *
 * Each send of ours opens an entry before it is made: where to, which words, above which row. One later row of each kind
 * closes it, and each row counts once, so that no row of ours is taken for the owner's, and no message of the owner is lost
 * for having the words of one of ours. The entries are in a file of their own, since another session may send while this
 * one listens, and the next process has to know.
 */
import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { isDamaged, openDatabase, putAside } from '@backchannel/channel/database'

/** One row of Messages, as far as it matters here. */
export interface OwnRow {
  readonly guid: string
  readonly rowId: number
  readonly key: string
  /** The guid of its chat. */
  readonly chat: string
  readonly isFromMe: boolean
  /** Milliseconds since 1970, as the row says. */
  readonly date: number
}

/**
 * - `ours`: a row of something that the agent sent.
 * - `message`: the first row of a message of the owner.
 * - `twin`: the second one.
 */
export type Verdict = 'ours' | 'message' | 'twin'

export interface NewSend {
  /** Unique to the message, and the same when it is tried again. */
  readonly sendId: string
  readonly chat: string
  /** A chat with oneself: then a received row may come too, and under another own address. */
  readonly isSelf: boolean
  readonly key: string
  /** Of the parts, each a row of its own, that Messages may make of it in place of one; default none. */
  readonly parts?: readonly string[]
  /** The newest row before it. */
  readonly mark: number
}

export interface SendState {
  readonly isNew: boolean
  readonly mark: number
  /** A row of it was seen. */
  readonly isSeen: boolean
}

export interface Ledger {
  /** Opens an entry, or finds the one that an earlier try has opened. */
  open(send: NewSend): SendState
  isSeen(sendId: string): boolean
  /** It was certainly not sent. */
  discard(sendId: string): void
  /** Of a row in a chat with oneself. The same row again gets the same answer. */
  judge(row: OwnRow): Verdict
  /** Of an own row in any other chat: closes the entry that it belongs to. */
  noteSent(row: OwnRow): void
  /** Whether a message, by its guid, was sent by the agent. */
  isOurs(guid: string): boolean
  close(): void
}

/** Rows of one message have been seen five minutes apart, by their own dates. */
export const TWIN_MS: number = 10 * 60_000
/** How long a send may take to show, whatever the row's date says: an Apple event waits in a program that hangs. */
const KEPT_MS = 7 * 24 * 60 * 60_000
const PRUNE_EVERY = 200
/** Between the id of a send and the number of a part of it. */
const PART = '#'

const SCHEMA = `
CREATE TABLE IF NOT EXISTS own (
  id INTEGER PRIMARY KEY,
  send_id TEXT UNIQUE,
  key TEXT NOT NULL,
  chat TEXT NOT NULL,
  is_self INTEGER NOT NULL,
  mark INTEGER NOT NULL,
  at INTEGER NOT NULL,
  sent_guid TEXT,
  received_guid TEXT,
  first_guid TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS own_by_key ON own (key);
CREATE INDEX IF NOT EXISTS own_by_sent ON own (sent_guid) WHERE sent_guid IS NOT NULL;
CREATE INDEX IF NOT EXISTS own_by_received ON own (received_guid) WHERE received_guid IS NOT NULL;
`

interface Entry {
  readonly id: number
  readonly send_id: string | null
  readonly mark: number
  readonly at: number
  readonly sent_guid: string | null
  readonly received_guid: string | null
  readonly first_guid: string | null
}

/**
 * Opened, and made where it is missing, when it is needed for the first time. Each function throws an Error where it can't be
 * used: then nothing may be sent or judged.
 * @param file its folder is made too
 */
export function openLedger(file: string, now: () => number = Date.now): Ledger {
  let held: DatabaseSync | undefined
  let opened = 0
  const current = (): DatabaseSync => {
    held ??= open(file)
    return held
  }
  const letGo = () => {
    const before = held
    held = undefined
    if (before?.isOpen) before.close()
  }
  const all = (sql: string, ...values: SQLInputValue[]) =>
    current()
      .prepare(sql)
      .all(...values) as unknown as readonly Entry[]
  const run = (sql: string, ...values: SQLInputValue[]) =>
    current()
      .prepare(sql)
      .run(...values)
  /** Whole or not at all: another process may judge the same row in this moment. */
  const alone = <Result>(work: () => Result): Result => {
    try {
      current().exec('BEGIN IMMEDIATE')
      const result = work()
      current().exec('COMMIT')
      return result
    } catch (thrown) {
      // What it knew is of minutes: it is put aside, and the next try has a new one.
      letGo()
      if (isDamaged(thrown)) putAside(file, now)
      throw unusable(file, thrown)
    }
  }
  const byGuid = (guid: string) => all('SELECT * FROM own WHERE sent_guid = ?1 OR received_guid = ?1', guid)[0]
  const close = (entry: Entry, { guid, isFromMe }: OwnRow) => {
    run(`UPDATE own SET ${isFromMe ? 'sent_guid' : 'received_guid'} = ? WHERE id = ?`, guid, entry.id)
    const [whole, part] = (entry.send_id ?? '').split(PART)
    if (!whole) return
    // It came whole, so no part of it will come; or in parts, so it will not come whole.
    if (part === undefined) run('DELETE FROM own WHERE send_id GLOB ? AND sent_guid IS NULL', `${whole}${PART}*`)
    else run('UPDATE own SET sent_guid = ?1, received_guid = ?1 WHERE send_id = ?2', 'in parts', whole)
  }
  /** Those that wait for a row of this kind: ours that nobody has seen yet first, then the nearest in time. */
  const waiting = ({ key, chat, isFromMe, rowId, date }: OwnRow): Entry | undefined => {
    const column = isFromMe ? 'sent_guid' : 'received_guid'
    // A chat may turn out to be one with oneself only by the row that is judged.
    const entries = all(
      `SELECT * FROM own WHERE key = ? AND (is_self = 1 OR chat = ?) AND ${column} IS NULL`,
      ...[key, chat],
    )
    const isUnseen = (entry: Entry) =>
      entry.send_id !== null && entry.sent_guid === null && entry.received_guid === null
    const distance = (entry: Entry) => Math.abs(entry.at - date)
    return entries
      .filter((entry) => distance(entry) <= TWIN_MS && (entry.send_id === null || rowId > entry.mark))
      .sort((a, b) => Number(isUnseen(b)) - Number(isUnseen(a)) || distance(a) - distance(b) || a.id - b.id)[0]
  }

  return {
    open: ({ sendId, chat, isSelf, key, parts = [], mark }) =>
      alone(() => {
        opened += 1
        if (opened % PRUNE_EVERY === 1) run('DELETE FROM own WHERE at < ?', now() - KEPT_MS)
        const add = (id: string, ofKey: string) =>
          run(
            'INSERT INTO own (send_id, key, chat, is_self, mark, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
            ...[id, ofKey, chat, isSelf ? 1 : 0, mark, now()],
          )
        const { changes } = add(sendId, key)
        if (Number(changes) > 0) for (const [at, part] of parts.entries()) add(`${sendId}${PART}${at}`, part)
        const [entry] = all('SELECT * FROM own WHERE send_id = ?', sendId)
        return { isNew: Number(changes) > 0, mark: entry?.mark ?? mark, isSeen: entry !== undefined && isSeen(entry) }
      }),
    isSeen: (sendId) => alone(() => all('SELECT * FROM own WHERE send_id = ?', sendId).some(isSeen)),
    discard: (sendId) =>
      alone(() => {
        const unseen = 'sent_guid IS NULL AND received_guid IS NULL'
        run(`DELETE FROM own WHERE (send_id = ? OR send_id GLOB ?) AND ${unseen}`, sendId, `${sendId}${PART}*`)
      }),
    judge: (row) =>
      alone(() => {
        const known = byGuid(row.guid)
        if (known) return verdictOf(known, row.guid)
        const entry = waiting(row)
        if (entry) {
          close(entry, row)
          return entry.send_id === null ? 'twin' : 'ours'
        }
        const column = row.isFromMe ? 'sent_guid' : 'received_guid'
        run(
          `INSERT INTO own (key, chat, is_self, mark, at, ${column}, first_guid) VALUES (?, ?, 1, ?, ?, ?, ?)`,
          ...[row.key, row.chat, row.rowId, row.date, row.guid, row.guid],
        )
        return 'message'
      }),
    noteSent: (row) =>
      alone(() => {
        if (byGuid(row.guid)) return
        const sql =
          'SELECT * FROM own WHERE key = ? AND chat = ? AND is_self = 0 AND sent_guid IS NULL AND mark < ? ORDER BY id LIMIT 1'
        const [entry] = all(sql, row.key, row.chat, row.rowId)
        if (entry) close(entry, row)
      }),
    isOurs: (guid) =>
      alone(() => {
        const entry = byGuid(guid)
        return entry !== undefined && entry.send_id !== null
      }),
    close: letGo,
  }
}

/** Told apart from a failure of the database of Messages, which is read in the same breath. */
export class LedgerProblem extends Error {
  override readonly name = 'LedgerProblem'
}

function unusable(file: string, cause: unknown): LedgerProblem {
  const words = cause instanceof Error ? cause.message : String(cause)
  return new LedgerProblem(`${file}, which knows the messages of our own, can't be used: ${words}`, { cause })
}

function isSeen({ sent_guid, received_guid }: Entry): boolean {
  return sent_guid !== null || received_guid !== null
}

function verdictOf({ send_id, first_guid }: Entry, guid: string): Verdict {
  if (send_id !== null) return 'ours'
  return first_guid === guid ? 'message' : 'twin'
}

function open(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const database = openDatabase(file)
  try {
    chmodSync(file, 0o600)
    database.exec(`PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${SCHEMA}`)
    return database
  } catch (thrown) {
    database.close()
    throw thrown
  }
}
