/** The statements of a history, each prepared once, and rows as messages. */
import type { DatabaseSync } from 'node:sqlite'
import type { FileLink, Message } from '../wire.ts'
import { COLUMNS, prepareInsert, toCells, toMessage, transaction } from './rows.ts'

export interface Retention {
  /** The newest messages that are kept. */
  readonly count: number
  /** UTF-16 units of their texts together. */
  readonly units: number
}

export interface Store {
  /** In one transaction. A message that is known is replaced, and keeps its place. */
  write(messages: readonly Message[]): void
  /**
   * At most `limit` messages before that of the id, or the newest; oldest first. Fewer where their texts are long, one at
   * least; none for an id that is not known.
   */
  before(id: string | undefined, limit: number): Message[]
  find(id: string): Message | undefined
  /** The link of a file of some message. */
  findFile(url: string): FileLink | undefined
  /** The place of the newest message that is too much; it is looked for among all. */
  findExcess(keep: Retention): number | undefined
  /** Deletes up to `most` of the oldest messages up to a place. @returns whether there may be more */
  removeUntil(seq: number, most: number): boolean
  close(): void
}

/** UTF-16 units of the texts of one page: what a page of the browser takes at a time. */
const PAGE_UNITS = 2_000_000
export function createStore(database: DatabaseSync): Store {
  const insert = prepareInsert(database, 'REPLACE')
  const nextSeq = createSequence(database)
  const place = database.prepare('SELECT seq FROM messages WHERE id = ?')
  const before = database.prepare(`SELECT ${COLUMNS} FROM messages WHERE seq < ? ORDER BY seq DESC LIMIT ?`)
  const newest = database.prepare(`SELECT ${COLUMNS} FROM messages ORDER BY seq DESC LIMIT ?`)
  const byId = database.prepare(`SELECT ${COLUMNS} FROM messages WHERE id = ?`)
  const withFile = database.prepare('SELECT files FROM messages WHERE files IS NOT NULL AND instr(files, ?)')
  const total = database.prepare('SELECT sum(units) AS units FROM messages')
  const firstTooMany = database.prepare('SELECT seq FROM messages ORDER BY seq DESC LIMIT 1 OFFSET ?')
  const firstTooLong = database.prepare(
    `SELECT seq FROM (SELECT seq, sum(units) OVER (ORDER BY seq DESC) AS total FROM messages)
    WHERE total > ? ORDER BY seq DESC LIMIT 1`,
  )
  const nth = database.prepare('SELECT seq FROM messages WHERE seq <= ? ORDER BY seq LIMIT 1 OFFSET ?')
  const remove = database.prepare('DELETE FROM messages WHERE seq <= ?')

  return {
    write: (messages) =>
      transaction(database, () => {
        for (const message of messages) insert.run(nextSeq(message.ts), ...toCells(message))
      }),
    before(id, limit) {
      if (id === undefined) return takePage(newest.iterate(limit))
      const at = place.get(id) as { seq: number } | undefined
      return at ? takePage(before.iterate(at.seq, limit)) : []
    },
    find(id) {
      const row = byId.get(id)
      return row && toMessage(row)
    },
    findFile(url) {
      for (const { files } of withFile.all(JSON.stringify(url)) as { files: string }[]) {
        const link = (JSON.parse(files) as FileLink[]).find((file) => file.url === url)
        if (link) return link
      }
      return undefined
    },
    findExcess({ count, units }) {
      const isLong = ((total.get() as { units: number | null }).units ?? 0) > units
      const row = (isLong ? firstTooLong.get(units) : firstTooMany.get(count)) as { seq: number } | undefined
      return row?.seq
    },
    removeUntil(seq, most) {
      const row = nth.get(seq, most - 1) as { seq: number } | undefined
      remove.run(row?.seq ?? seq)
      return row !== undefined
    },
    close: () => database.close(),
  }
}

/** In a millisecond there is room for so many messages. */
const PER_MILLISECOND = 1024

/** By time, so that histories can be put together; never backwards, whatever the clock does. */
function createSequence(database: DatabaseSync): (ts: number) => number {
  let last = (database.prepare('SELECT max(seq) AS seq FROM messages').get() as { seq: number | null }).seq ?? 0
  return (ts) => {
    last = Math.max(last + 1, ts * PER_MILLISECOND)
    return last
  }
}

/** Newest first in, oldest first out. */
function takePage(rows: Iterable<unknown>): Message[] {
  const page: Message[] = []
  let units = 0
  for (const row of rows) {
    const message = toMessage(row)
    units += message.text.length
    if (units > PAGE_UNITS && page.length > 0) break
    page.unshift(message)
  }
  return page
}
