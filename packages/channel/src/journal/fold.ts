/**
 * Folds the write-ahead log back into the database before SQLite would: flushed outside of the event loop first, so that
 * the checkpoint, which has to wait for the disk, finds next to nothing to wait for.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { DiskSync } from './disk-sync.ts'

/** Transactions between two folds; a few pages each. */
const EVERY_WRITES = 200

export interface Fold {
  afterWrite(): void
  /** Resolves when none is under way. Idempotent. */
  close(): Promise<void>
}

export function createFold(database: DatabaseSync, disk: DiskSync): Fold {
  let writes = 0
  let folding: Promise<void> | undefined
  let closed = false

  const fold = async (): Promise<void> => {
    try {
      await disk.sync()
      if (!closed) database.exec('PRAGMA wal_checkpoint(PASSIVE)')
    } catch {
      // A full or failing disk is told by the writes that matter; SQLite folds by itself at a larger size.
    } finally {
      folding = undefined
    }
  }
  return {
    afterWrite() {
      writes += 1
      if (writes < EVERY_WRITES || folding !== undefined) return
      writes = 0
      folding = fold()
    },
    async close() {
      closed = true
      await folding
    },
  }
}
