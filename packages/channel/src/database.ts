/** For channels that keep a database of their own beside the journal: how the kit opens SQLite, and keeps it off the disk's pace. */

export { createDiskSync, type DiskSync } from './journal/disk-sync.ts'
export { createFold, type Fold } from './journal/fold.ts'
export { putAside } from './journal/salvage.ts'
export { isDamaged, openDatabase, SQLITE, sqliteCode } from './journal/sqlite.ts'
