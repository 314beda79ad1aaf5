/**
 * What was said, on disk: written in groups a moment later, so that nobody waits for it. Where it can't be written the
 * chat goes on without, says so, and writes what it still has when the disk is back.
 */
import type { Log } from '@backchannel/channel'
import { createDiskSync, createFold, type DiskSync, type Fold, isDamaged } from '@backchannel/channel/database'
import type { FileLink, Message } from '../wire.ts'
import { hasHistory, openHistoryDatabase } from './open.ts'
import { createStore, type Retention, type Store } from './store.ts'

export interface HistoryOptions {
  readonly directory: string
  readonly log: Log
  /** What people at the page should know; `undefined` takes it back. */
  readonly onProblem: (problem: string | undefined) => void
  /** Default: 10,000 messages, 64 million units. */
  readonly keep?: Retention
}

export interface History {
  /** At most `limit` messages before that of the id, or the newest; oldest first. Empty where nothing can be read. */
  before(id: string | undefined, limit: number): readonly Message[]
  find(id: string): Message | undefined
  findFile(url: string): FileLink | undefined
  /** Keeps a message as it is now; never waits and never throws. */
  save(message: Message): void
  /** Writes what waits. Idempotent. */
  close(): Promise<void>
}

const KEEP: Retention = { count: 10_000, units: 64_000_000 }
/** A kill loses at most what was said in this time; the session gets it all the same. */
const WRITE_DELAY_MS = 20
const GROUP_MESSAGES = 256
/** After a failure. */
const RETRY_DELAY_MS = 1000
/** Messages that wait for a disk that can't be written. */
const MOST_WAITING = 1000
/** Groups between two looks at what is too much. */
const SHRINK_EVERY = 100
const SHRINK_AT_ONCE = 500

interface Opened {
  readonly store: Store
  readonly file: string
  readonly disk: DiskSync
  readonly fold: Fold
}

export function createHistory({ directory, log, onProblem, keep = KEEP }: HistoryOptions): History {
  const waiting = new Map<string, Message>()
  let opened: Opened | undefined
  let damaged: string | undefined
  let problem: string | undefined
  let timer: NodeJS.Timeout | undefined
  let shrinking: NodeJS.Timeout | undefined
  let groups = 0
  let closed = false

  const open = (): Opened => {
    if (opened) return opened
    const { database, file, damage } = openHistoryDatabase(directory, damaged)
    damaged = undefined
    if (damage) {
      log.error(
        `the history was damaged; it was put aside as ${damage.aside}, and ${damage.salvaged} messages were read out of it`,
      )
    }
    const disk = createDiskSync(`${file}-wal`)
    opened = { store: createStore(database), file, disk, fold: createFold(database, disk) }
    return opened
  }
  const shut = async ({ store, disk, fold }: Opened): Promise<void> => {
    const folded = fold.close()
    store.close()
    await folded
    await disk.close()
  }
  const succeeded = () => {
    if (problem === undefined) return
    problem = undefined
    log.warn('the history can be written again')
    onProblem(undefined)
  }
  const failed = (thrown: unknown) => {
    if (isDamaged(thrown) && opened) {
      // Opened anew with the next use, which puts it aside.
      damaged = opened.file
      void shut(opened).catch(() => {})
      opened = undefined
    }
    if (problem !== undefined) return
    problem = `The history in ${directory} can't be used: ${thrown instanceof Error ? thrown.message : String(thrown)}.`
    log.error(`${problem} The chat goes on, and what is said is not kept for the next start.`)
    onProblem(problem)
  }
  /** A little at a time, and in between the chat has its turn. */
  const shrink = (store: Store, excess?: number) => {
    shrinking = undefined
    try {
      const until = excess ?? store.findExcess(keep)
      if (until === undefined || !store.removeUntil(until, SHRINK_AT_ONCE) || store !== opened?.store) return
      shrinking = setTimeout(shrink, WRITE_DELAY_MS, store, until).unref()
    } catch {
      // What is wrong with the disk is told by the writes that matter.
    }
  }
  const write = (group: readonly Message[]): void => {
    const { store, fold } = open()
    store.write(group)
    fold.afterWrite(group.reduce((units, { text }) => units + text.length + 256, 0))
    groups += 1
    if (groups % SHRINK_EVERY === 1 && shrinking === undefined) shrink(store)
  }
  /** @returns whether everything is on its way to the disk */
  const flush = (most: number): boolean => {
    clearTimeout(timer)
    timer = undefined
    if (waiting.size === 0) return true
    const group = [...waiting.values()].slice(0, most)
    try {
      write(group)
    } catch (thrown) {
      failed(thrown)
      for (const id of [...waiting.keys()].slice(0, waiting.size - MOST_WAITING)) waiting.delete(id)
      schedule(nextDelay())
      return false
    }
    for (const message of group) if (waiting.get(message.id) === message) waiting.delete(message.id)
    succeeded()
    if (waiting.size > 0) schedule(0)
    return true
  }
  const nextDelay = () => (problem === undefined || damaged !== undefined ? WRITE_DELAY_MS : RETRY_DELAY_MS)
  const schedule = (delay: number) => {
    if (!closed) timer ??= setTimeout(flush, delay, GROUP_MESSAGES).unref()
  }
  const read = <Result>(work: (store: Store) => Result, nothing: Result): Result => {
    if (closed || (opened === undefined && !hasHistory(directory))) return nothing
    try {
      return work(open().store)
    } catch (thrown) {
      failed(thrown)
      return nothing
    }
  }

  return {
    before(id, limit) {
      // What waits is written first, so that what is read is what was said.
      flush(Number.POSITIVE_INFINITY)
      return read((store) => store.before(id, limit), [])
    },
    find: (id) => waiting.get(id) ?? read((store) => store.find(id), undefined),
    findFile: (url) => read((store) => store.findFile(url), undefined),
    save(message) {
      if (closed) return
      waiting.set(message.id, message)
      schedule(nextDelay())
    },
    async close() {
      if (closed) return
      if (!flush(Number.POSITIVE_INFINITY) && damaged !== undefined) flush(Number.POSITIVE_INFINITY)
      closed = true
      clearTimeout(timer)
      clearTimeout(shrinking)
      if (opened) await shut(opened)
      opened = undefined
    },
  }
}
