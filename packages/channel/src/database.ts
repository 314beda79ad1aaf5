/** For channels that keep a database of their own beside the journal: how the kit opens SQLite, and keeps it off the disk's pace. */

export { createDiskSync, type DiskSync } from './journal/disk-sync.ts'
export { createFold, type Fold } from './journal/fold.ts'
export { isDamaged, moveAside } from './journal/open.ts'
export { openDatabase, SQLITE, sqliteCode } from './journal/sqlite.ts'
