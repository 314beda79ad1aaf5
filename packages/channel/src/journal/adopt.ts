/** Takes over the open events of a journal whose process is gone, and removes it once they are safe. */
import { rmSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { copyOpenEvents } from './copy.ts'

/** @returns how many events were taken over. A journal that can't be read whole is left where it is. */
export function adoptJournal(orphan: string, into: DatabaseSync): number {
  const { copied, complete } = copyOpenEvents(orphan, into)
  if (complete) for (const suffix of ['', '-wal', '-shm']) rmSync(`${orphan}${suffix}`, { force: true })
  return copied
}
