/**
 * Folds the write-ahead log back into the database while nobody waits: a checkpoint has to wait for the disk, and so has
 * the first transaction after it. The log is flushed outside of the event loop first, so that little is left to wait for.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { DiskSync } from './disk-sync.ts'

/** Nothing was written for so long: nothing waits, most likely. */
const QUIET_MS = 200
/** In pages of the log; fewer are not worth two waits for the disk. */
const LEAST_PAGES = 100
/** Where events never cease it is folded all the same, before SQLite does it by itself at 4,000 in the middle of a commit. */
const MOST_PAGES = 2_000
/** What a transaction takes at least: the ends of the table and of its indexes. */
const PAGES_A_WRITE = 4
/** What is new in a page of 4 KB, in UTF-16 units; on the safe side. */
const UNITS_A_PAGE = 2_048

/** The first write after a checkpoint begins the log anew, and waits for the disk: it is made here, and changes nothing. */
const FOLD = 'PRAGMA wal_checkpoint(PASSIVE); PRAGMA application_id = 0'

export interface Fold {
  /** @param units of text, that a transaction has written */
  afterWrite(units: number): void
  /** Resolves when none is under way. Idempotent. */
  close(): Promise<void>
}

export function createFold(database: DatabaseSync, disk: DiskSync): Fold {
  let pages = 0
  let seenPages = 0
  let folding: Promise<void> | undefined
  let quiet: NodeJS.Timeout | undefined
  let closed = false

  const fold = async (): Promise<void> => {
    pages = 0
    try {
      await disk.sync()
      if (!closed) database.exec(FOLD)
    } catch {
      // A full or failing disk is told by the writes that matter; SQLite folds by itself at a larger size.
    } finally {
      folding = undefined
    }
  }
  /** One timer, whatever is written: it looks whether anything was. */
  const watch = () => {
    seenPages = pages
    quiet ??= setTimeout(() => {
      quiet = undefined
      if (pages > seenPages) return watch()
      if (pages >= LEAST_PAGES) folding ??= fold()
    }, QUIET_MS).unref()
  }
  return {
    afterWrite(units) {
      if (closed) return
      pages += PAGES_A_WRITE + units / UNITS_A_PAGE
      if (pages >= MOST_PAGES) folding ??= fold()
      if (quiet === undefined) watch()
    },
    async close() {
      closed = true
      clearTimeout(quiet)
      await folding
    },
  }
}
