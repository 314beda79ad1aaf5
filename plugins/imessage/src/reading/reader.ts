/**
 * Reads what is new in the database, row after row, as one state machine: what is new is handed over, and only then the
 * place is moved; what can't be read now is tried again, whatever the reason is, and said.
 */
import type { Log } from '@backchannel/channel'
import { type PlatformPorts, pause, type Received } from '@backchannel/channel/chat'
import { sqliteCode } from '@backchannel/channel/database'
import { changesBetween, type MessageRow, messageById, messagesAfter, newestRow } from '../database/messages.ts'
import type { Owner } from '../database/owner.ts'
import { DatabaseProblem } from '../database/problem.ts'
import type { Reader, Source } from '../database/source.ts'
import { type ReadOptions, type ReadRow, readRow } from '../inbound/message.ts'
import { LedgerProblem } from '../own/ledger.ts'
import { type Age, createAge } from './age.ts'
import { PLACE, type Place, readPlace, type Waiting } from './place.ts'
import { createWaker } from './wake.ts'

export interface ReadingTimes {
  /** Between two looks without a notice of the system. */
  readonly lookMs: number
  /** After a look that failed. */
  readonly retryMs: number
  /** How long a row is waited for whose chat, or file, is not in the database yet. */
  readonly waitMs: number
}

export const READING_TIMES: ReadingTimes = { lookMs: 2_000, retryMs: 1_000, waitMs: 60_000 }

export interface ReadingOptions extends ReadOptions {
  readonly source: Source
  readonly owner: Owner
  readonly ports: Pick<PlatformPorts, 'receive' | 'reacted' | 'health' | 'memory'>
  readonly session: AbortSignal
  readonly log: Log
  readonly times?: ReadingTimes
  readonly now?: () => number
}

/** Rows at a time. */
const BATCH = 100
/** A message can be changed for a quarter of an hour: changes are looked for in so many rows before the place. */
const CHANGED_WITHIN = 1_000
/** Of the place, where nothing but the time has changed. */
const KEEP_EVERY_MS = 5 * 60_000

/** A row that is done with once it was handed over. */
interface Item {
  readonly row: MessageRow
  readonly read: ReadRow
  /** Read for the first time; again, since something was missing; or again, since it was changed. */
  readonly as: 'new' | 'late' | 'edit'
}

interface Look {
  readonly items: readonly Item[]
  readonly isFull: boolean
}

export function startReading(options: ReadingOptions): { close(): Promise<void> } {
  const { source, owner, ports, session, log, times = READING_TIMES, now = Date.now } = options
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, session])
  const waker = createWaker(source.path)
  const say = createSaying(log)
  let place: Place | undefined
  let kept = ''
  let keptAt = 0
  let age: Age | undefined
  let file: string | undefined
  let failures = 0
  /** When each changed row was changed, as far as it was handed over. */
  const changed = new Map<number, number>()

  /** Where to begin: at the place that was kept, or at the newest row where there is none, or it is of another database. */
  const begin = async (): Promise<void> => {
    const before = place ?? readPlace(await ports.memory.recall(PLACE))
    place = source.read((reader) => {
      const newest = newestRow(reader)
      const isOther = before !== undefined && !isSame(reader, before)
      if (isOther) log.warn(`${source.path} is another database now; what comes from now on is heard`)
      else if (file !== undefined && file !== reader.file) log.warn(`${source.path} was replaced; reading goes on`)
      file = reader.file
      const found =
        before && !isOther ? before : { row: newest.rowId, guid: newest.guid, waiting: [], editedAt: now(), at: now() }
      changed.clear()
      for (const { rowId, editedAt } of changesBetween(reader, found.row - CHANGED_WITHIN, found.row)) {
        if (editedAt <= found.editedAt) changed.set(rowId, editedAt)
      }
      return found
    })
    age ??= createAge(place.at)
    await keep()
    await owner.learn(source, signal)
  }
  const keep = async (): Promise<void> => {
    if (!place) return
    const { at, ...rest } = place
    const text = JSON.stringify(rest)
    if (text === kept && at - keptAt < KEEP_EVERY_MS) return
    await ports.memory.keep(PLACE, place)
    kept = text
    keptAt = at
  }

  /** What can't be read is told and left out: read again, it would be read no better, and hold up all that comes after it. */
  const readOrLeave = (reader: Reader, row: MessageRow, isEdit: boolean): ReadRow => {
    try {
      return readRow(reader, row, isEdit, options)
    } catch (thrown) {
      // Neither is a matter of this row.
      if (thrown instanceof LedgerProblem || sqliteCode(thrown) !== undefined) throw thrown
      log.warn(`row ${row.rowId} of ${source.path} can't be read, and is left out: ${String(thrown).slice(0, 200)}`)
      return { kind: 'nothing', why: 'event' }
    }
  }
  const judge = (reader: Reader, row: MessageRow, as: Item['as'], oldest: number): Item => {
    const read = readOrLeave(reader, row, as === 'edit')
    if (row.date < oldest && (read.kind === 'message' || read.kind === 'reaction')) {
      say.old()
      return { row, as, read: { kind: 'nothing', why: 'event' } }
    }
    if (read.kind === 'nothing' && read.why === 'sms') say.sms()
    return { row, read, as }
  }
  /** What is to be handed over, and the place once that is done. */
  const look = (before: Place): Look =>
    source.read((reader) => {
      const oldest = age?.limit(now()) ?? 0
      const rows = messagesAfter(reader, before.row, BATCH)
      const late = before.waiting.flatMap(({ row }) => messageById(reader, row) ?? [])
      const edits = changesBetween(reader, before.row - CHANGED_WITHIN, before.row)
        .filter(({ rowId, editedAt }) => changed.get(rowId) !== editedAt)
        .filter(({ rowId }) => !late.some((row) => row.rowId === rowId))
        .flatMap(({ rowId }) => messageById(reader, rowId) ?? [])
      const items = [
        ...late.map((row) => judge(reader, row, 'late', oldest)),
        ...edits.map((row) => judge(reader, row, 'edit', oldest)),
        ...rows.map((row) => judge(reader, row, 'new', oldest)),
      ]
      return { items, isFull: rows.length === BATCH }
    })
  /** The place once these are done with. */
  const placeAfter = (before: Place, done: readonly Item[]): Place => {
    const last = done.findLast(({ as }) => as === 'new')?.row
    const isDone = (row: number) => done.some((item) => item.row.rowId === row)
    return {
      row: last?.rowId ?? before.row,
      guid: last?.guid ?? before.guid,
      waiting: [
        ...before.waiting.filter(({ row }) => !isDone(row)),
        ...done.flatMap((item) => stillWaiting(item, before.waiting)),
      ],
      editedAt: Math.max(before.editedAt, ...done.map(({ row }) => row.editedAt ?? 0)),
      at: now(),
    }
  }
  /** A row whose other parts never come is given up, and that is said. */
  const stillWaiting = ({ row, read, as }: Item, before: readonly Waiting[]): readonly Waiting[] => {
    if (read.kind !== 'wait' || as === 'edit') return []
    const since = before.find((one) => one.row === row.rowId)?.since ?? now()
    if (now() - since < times.waitMs) return [{ row: row.rowId, since }]
    log.warn(`row ${row.rowId} of ${source.path} belongs to no chat, or its file is missing; it is left out`)
    return []
  }
  const give = ({ read }: Item): Promise<Received> | undefined => {
    if (read.kind === 'message') return ports.receive(read.message)
    return read.kind === 'reaction' ? ports.reacted(read.reaction) : undefined
  }
  /** @returns milliseconds to wait before the rows from the first one that could not be stored are given again */
  const handOver = async (items: readonly Item[], before: Place): Promise<number | undefined> => {
    // All at once, in order: each chat keeps its own order behind this, and a slow one holds up no other.
    const results = await Promise.all(items.map(give))
    const stuck = results.findIndex((one) => one?.kind === 'deferred')
    // The others come again: what was stored of them is known, by the journal and by the ledger.
    const done = stuck === -1 ? items : items.slice(0, stuck)
    for (const { row, read } of done) {
      if (row.editedAt !== undefined && read.kind !== 'wait') changed.set(row.rowId, row.editedAt)
    }
    place = placeAfter(before, done)
    forgetOld(changed, place.row - CHANGED_WITHIN)
    const result = results[stuck]
    return result?.kind === 'deferred' ? result.retryAfterMs : undefined
  }

  const turn = async (): Promise<number> => {
    if (!place || source.read((reader) => reader.file) !== file || isFailing()) await begin()
    if (!place || signal.aborted) return times.lookMs
    const found = look(place)
    failures = 0
    ports.health({ state: 'connected', at: now() })
    const wait = await handOver(found.items, place)
    await keep()
    return wait ?? (found.isFull ? 0 : times.lookMs)
  }
  const isFailing = () => failures > 0
  const recover = (thrown: unknown): number => {
    failures += 1
    const isBrief = thrown instanceof DatabaseProblem && thrown.kind === 'locked' && failures < 2
    const detail = thrown instanceof Error ? thrown.message : String(thrown)
    if (!isBrief) ports.health({ state: 'offline', detail, retryAt: now() + times.retryMs })
    return times.retryMs
  }
  const run = async (): Promise<void> => {
    ports.health({ state: 'connecting' })
    while (!signal.aborted) {
      let hasFailed = false
      const wait = await turn().catch((thrown) => {
        hasFailed = true
        return recover(thrown)
      })
      // A try that fails touches the files itself: no notice of that is news.
      if (hasFailed || wait === 0) await pause(wait, signal)
      else await waker.wait(wait, signal)
    }
  }

  const running = run().catch((thrown) => log.error(`reading has ended: ${String(thrown)}`))
  return {
    async close() {
      ended.abort()
      await running
      waker.close()
    },
  }
}

/** The row that was read last is the same one, or was deleted from a database whose numbers go on behind it. */
function isSame(reader: Reader, { row, guid }: Place): boolean {
  if (row === 0) return true
  const there = messageById(reader, row)
  if (there) return there.guid === guid
  const [counted] = reader.all("SELECT seq FROM sqlite_sequence WHERE name = 'message'")
  return Number(counted?.['seq'] ?? 0) >= row
}

function forgetOld(changed: Map<number, number>, below: number): void {
  for (const row of changed.keys()) if (row <= below) changed.delete(row)
}

/** What happens often and is worth one line. */
function createSaying(log: Log): { old(): void; sms(): void } {
  const said = new Set<string>()
  const once = (words: string) => {
    if (said.has(words)) return
    said.add(words)
    log.info(words)
  }
  return {
    old: () => once('a sync brings in old messages, which are not taken for new ones'),
    sms: () =>
      once(
        'a message came over SMS or RCS and is not heard: the number of its sender can be forged. To hear those all the same: IMESSAGE_ALLOW_SMS=true',
      ),
  }
}
