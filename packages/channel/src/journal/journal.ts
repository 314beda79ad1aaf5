/**
 * The channel's durable store: an event is on disk before its source is told that it was received. Everything asked
 * for within one tick of the event loop is written in one transaction.
 */
import type { DatabaseSync } from 'node:sqlite'
import { BackchannelError } from '@backchannel/protocol'
import { adoptJournal } from './adopt.ts'
import { createDiskSync } from './disk-sync.ts'
import { createFold } from './fold.ts'
import { createMemory, type Memory } from './memory.ts'
import { openJournalDatabase, unavailable } from './open.ts'
import { GONE, isGone, watchPlace } from './place.ts'
import { createRetention } from './retention.ts'
import type { EventState } from './schema.ts'
import { isDamaged } from './sqlite.ts'
import type { Appended, NewEvent, Store, StoredEvent } from './store.ts'
import { createTasks, type Tasks } from './tasks.ts'

/** What an acknowledged event survives: the end of the process, or the loss of power too. */
export type Durability = 'process' | 'power'

export interface JournalOptions {
  /** The database's path; its directory exists, and this process holds its lock. */
  readonly file: string
  readonly durability: Durability
  /** Closed events that are kept, for history and for recognising a repeated delivery; `Infinity` deletes none. */
  readonly keepClosed: number
  /** Open events that may be stored. */
  readonly mostOpen: number
  /** An earlier use met damage: the file is put aside before anything else. */
  readonly damaged?: boolean
  /**
   * The file is damaged, or was deleted or moved: this journal takes nothing more, and another is to be opened, with
   * `damaged` in the first case.
   * @param marks what could not be written any more, for the one that is opened in its place
   */
  onLost(why: 'damaged' | 'gone', marks: readonly Mark[]): void
  /** How many of the events about to be written will be offered at once, in order; they are written as `offered`. */
  claim(count: number): number
  /** Gets what was claimed, once it is written. */
  offer(events: readonly StoredEvent[]): void
  /** A person should know: a damaged file, a disk that came back. */
  report(level: 'warn' | 'error', message: string): void
  now(): number
}

export interface Journal {
  /**
   * Resolves once the event is stored as durably as configured; a delivery id that was seen before stores nothing.
   * @throws BackchannelError `journal-unavailable` (disk full, not writable), `journal-full` or `closed`
   */
  append(event: NewEvent): Promise<Appended>
  /** Notes what became of an event; written with the next group, kept until it can be. */
  mark(eventId: string, state: EventState, options?: { reason?: string; close?: boolean }): void
  /**
   * Notes that the event of a number was read, and is done with, and every open one from `from` on; like {@link mark}, but
   * not kept over damage. @param from default: that event alone
   */
  read(seq: number, from?: number): void
  /** Notes that something happened, for the doctor; the time is that of the next group. */
  note(name: string): void
  /** The next open events after `seq`, written as `offered` before they are returned. */
  takeOpen(afterSeq: number, limit: number): readonly StoredEvent[]
  /** The next open events after `seq`, left as they are. */
  look(afterSeq: number, limit: number): readonly StoredEvent[]
  /**
   * Of these events, those that are still open, by their ids and as they were: written as `offered` before they are
   * returned. @throws Error where nothing can be written
   */
  take(eventIds: readonly string[]): ReadonlyMap<string, StoredEvent>
  readonly store: Store
  /** What this process has taken on and not finished. */
  readonly tasks: Tasks
  /** What the next process has to know again. */
  readonly memory: Memory
  /**
   * Takes over the open events of a journal whose process is gone. @returns how many
   * @throws Error where nothing could be taken over; the orphan stays as it is
   */
  adopt(orphan: string): number
  /** Writes what waits and closes the file. Idempotent. */
  close(): Promise<void>
}

const GROUP_EVENTS = 512
/** What became of events is written with the next new ones, or this much later: a kill before that repeats, labelled. */
const MARK_DELAY_MS = 25
/** Marks that could not be written are tried again this much later, also where no event comes. */
const RETRY_MS = 1_000

/** Kept from being collected, which would close them. */
const neverClosed: DatabaseSync[] = []

interface Waiting {
  readonly event: NewEvent
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: unknown) => void
}
/** What became of an event. */
export interface Mark {
  readonly eventId: string
  readonly state: EventState
  readonly reason: string | undefined
  readonly close: boolean
}

export function openJournal(options: JournalOptions): Journal {
  const { file, report, now } = options
  const waiting: Waiting[] = []
  let marks: Mark[] = []
  /** Numbers that were read; each of these costs one statement. */
  let ranges: { readonly from: number; to: number }[] = []
  const facts = new Set<string>()
  let scheduled: NodeJS.Immediate | undefined
  let later: NodeJS.Timeout | undefined
  let closed = false
  let failing = false
  let filled = false

  const { database, store, setAside, damagedLog } = openJournalDatabase(file, now, options.damaged)
  if (damagedLog !== undefined) {
    report(
      'error',
      `the end of the journal's log was damaged, so events stored last may be missing; a copy is ${damagedLog}`,
    )
  }
  if (setAside !== undefined) {
    report(
      'error',
      `the journal was damaged; it was put aside as ${setAside}, and ${store.openCount()} waiting events were read out of it`,
    )
  }
  const disk = createDiskSync(`${file}-wal`)
  const fold = createFold(database, disk)
  const isFlushed = options.durability === 'power'
  const retention = createRetention(store, options.keepClosed, (thrown) => {
    // A full or failing disk is told by the writes that matter.
    if (isDamaged(thrown)) abandon('damaged')
  })

  const assertInPlace = watchPlace(file)

  const schedule = () => {
    scheduled ??= setImmediate(flush)
  }
  const scheduleLater = (delay = MARK_DELAY_MS) => {
    later ??= setTimeout(flush, delay)
  }
  const unschedule = () => {
    clearImmediate(scheduled)
    clearTimeout(later)
    scheduled = undefined
    later = undefined
  }
  /** One transaction: marks first, then as many new events as a group takes. */
  const flush = () => {
    unschedule()
    const group = waiting.splice(0, GROUP_EVENTS)
    const noted = marks
    marks = []
    try {
      const results = write(group, noted)
      ranges = []
      facts.clear()
      if (failing) report('warn', 'the journal can be written again')
      failing = false
      acknowledge(group, results)
      retention.afterWrite()
      fold.afterWrite(measure(group))
    } catch (thrown) {
      // Marks are facts that stay true; they are written when the disk is back.
      marks = [...noted, ...marks].slice(-options.mostOpen)
      const error = unavailable(file, thrown)
      if (!failing) report('error', error.message)
      failing = true
      for (const { reject } of group) reject(error)
      if (isDamaged(thrown)) return abandon('damaged')
      if (isGone(thrown)) return abandon('gone')
      if (marks.length > 0 || ranges.length > 0) scheduleLater(RETRY_MS)
    }
    if (waiting.length > 0) schedule()
  }
  const abandon = (why: 'damaged' | 'gone') => {
    if (closed) return
    closed = true
    unschedule()
    retention.close()
    void fold.close()
    // At once: the last connection deletes the log by its name, which the log of the next journal has too.
    if (why === 'damaged') store.close()
    // Another process may have made that one already.
    else neverClosed.push(database)
    void disk.close()
    const error = unavailable(file, new Error(why === 'damaged' ? 'it is damaged' : GONE))
    for (const { reject } of waiting.splice(0)) reject(error)
    options.onLost(why, marks)
  }
  /** @returns what became of each; nothing for one that there was no room for */
  const write = (group: readonly Waiting[], noted: readonly Mark[]): (Appended | undefined)[] => {
    if (group.length > 0) assertInPlace()
    const claimed = group.length === 0 ? 0 : options.claim(group.length)
    const results = store.transaction(() => {
      for (const { eventId, state, reason, close } of noted) store.mark(eventId, state, reason, close)
      for (const { from, to } of ranges) store.read(from, to)
      for (const name of facts) store.fact(name)
      let left = claimed
      return group.map(({ event }): Appended | undefined => {
        if (store.openCount() >= options.mostOpen) {
          const stored = store.known(event)
          return stored && { stored, duplicate: true }
        }
        const appended = store.insert(event, left > 0 ? 'offered' : 'stored')
        if (!appended.duplicate) left -= 1
        return appended
      })
    })
    const offered = results.filter((one) => one !== undefined && !one.duplicate).slice(0, claimed) as Appended[]
    if (offered.length > 0) options.offer(offered.map(({ stored }) => stored))
    return results
  }
  const acknowledge = (group: readonly Waiting[], results: readonly (Appended | undefined)[]) => {
    const isFull = results.includes(undefined)
    if (isFull && !filled) report('error', full(options.mostOpen).message)
    filled = isFull || (filled && results.every((one) => one?.duplicate))
    const settle = () => {
      for (const [index, { resolve, reject }] of group.entries()) {
        const appended = results[index]
        if (appended === undefined) reject(full(options.mostOpen))
        else resolve(appended)
      }
    }
    if (!isFlushed || group.length === 0) return settle()
    disk.sync().then(settle, (thrown) => {
      const error = unavailable(file, thrown)
      report('error', error.message)
      for (const { reject } of group) reject(error)
    })
  }

  const reading = <Result>(read: () => Result): Result => {
    try {
      return read()
    } catch (thrown) {
      if (isDamaged(thrown)) abandon('damaged')
      throw thrown
    }
  }
  /** Written as `offered`, and returned as they were. */
  const takeOut = (find: () => readonly StoredEvent[]): readonly StoredEvent[] =>
    reading(() =>
      store.transaction(() => {
        const events = find()
        for (const { eventId, state } of events)
          if (state === 'stored') store.mark(eventId, 'offered', undefined, false)
        return events
      }),
    )
  const writeAlone = async <Result>(work: () => Result): Promise<Result> => {
    if (closed) throw new BackchannelError('closed', 'The session has ended; nothing more is stored.')
    try {
      assertInPlace()
      const result = store.transaction(work)
      if (isFlushed) await disk.sync()
      return result
    } catch (thrown) {
      if (isDamaged(thrown)) abandon('damaged')
      else if (isGone(thrown)) abandon('gone')
      throw BackchannelError.is(thrown) ? thrown : unavailable(file, thrown)
    }
  }
  const tasks = createTasks({ database, now, write: writeAlone })
  const memory = createMemory({ database, now, write: writeAlone })

  return {
    append(event) {
      if (closed)
        return Promise.reject(new BackchannelError('closed', 'The session has ended; the event was not stored.'))
      const { promise, resolve, reject } = Promise.withResolvers<Appended>()
      waiting.push({ event, resolve, reject })
      schedule()
      return promise
    },
    mark(eventId, state, { reason, close = false } = {}) {
      if (closed) return
      marks.push({ eventId, state, reason, close })
      scheduleLater()
    },
    read(seq, from = seq) {
      if (closed) return
      const last = ranges.at(-1)
      if (last && from === last.to + 1) last.to = seq
      else ranges.push({ from, to: seq })
      scheduleLater()
    },
    note(name) {
      if (closed) return
      facts.add(name)
      scheduleLater()
    },
    takeOpen: (afterSeq, limit) => (closed ? [] : takeOut(() => store.openAfter(afterSeq, limit))),
    look: (afterSeq, limit) => (closed ? [] : reading(() => store.openAfter(afterSeq, limit))),
    take(eventIds) {
      const find = () => eventIds.flatMap((eventId) => store.findOpen(eventId) ?? [])
      return new Map((closed ? [] : takeOut(find)).map((event) => [event.eventId, event]))
    },
    store,
    tasks,
    memory,
    adopt(orphan) {
      const { count, setAside: damaged } = adoptJournal(orphan, database, now)
      store.recount()
      if (damaged !== undefined)
        report('error', `the journal of an earlier session was damaged; it was put aside as ${damaged}`)
      return count
    },
    async close() {
      if (closed) return
      const left = () => waiting.length + marks.length + facts.size + ranges.length
      while (left() > 0) {
        const before = left()
        flush()
        if (left() >= before) break
      }
      if (closed) return
      unschedule()
      closed = true
      retention.close()
      await fold.close()
      await disk.close()
      store.close()
    },
  }
}

/** What a group writes, in UTF-16 units; a row has about so many besides its content. */
function measure(group: readonly Waiting[]): number {
  return group.reduce((units, { event }) => units + event.content.length + 256, 0)
}

function full(most: number): BackchannelError {
  return new BackchannelError('journal-full', `${most} events wait already for a session to take them.`, {
    hint: 'Start a session with this channel, or look with `backchannel doctor` at what waits.',
  })
}
