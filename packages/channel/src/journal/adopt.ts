/** Takes over the open events of a journal whose process is gone, and removes it once they are safe. */
import type { DatabaseSync } from 'node:sqlite'
import { copyEvents } from './copy.ts'
import { copyDeliveries } from './deliveries-copy.ts'
import { copyMemory } from './memory.ts'
import { putAside, removeDatabase } from './salvage.ts'
import { assertKnownVersion } from './schema.ts'
import { isDamaged, openDatabase } from './sqlite.ts'
import { copyTasks } from './tasks-copy.ts'

export interface Adopted {
  readonly count: number
  /** Where the rest of a damaged journal is: left in its place, it would be taken over again and again. */
  readonly setAside: string | undefined
}

/** @throws Error where nothing was taken over: no room, or a newer version wrote it. It is left where it is then. */
export function adoptJournal(orphan: string, into: DatabaseSync, now: () => number): Adopted {
  if (!isReadable(orphan)) return { count: 0, setAside: putAside(orphan, now) }
  const { copied, complete } = copyEvents(orphan, into, 'open')
  copyTasks(orphan, into)
  copyMemory(orphan, into)
  copyDeliveries(orphan, into, now)
  if (!complete) return { count: copied, setAside: putAside(orphan, now) }
  removeDatabase(orphan)
  return { count: copied, setAside: undefined }
}

function isReadable(file: string): boolean {
  const database = openDatabase(file, { readOnly: true })
  try {
    assertKnownVersion(database, file)
    return true
  } catch (thrown) {
    if (isDamaged(thrown)) return false
    throw thrown
  } finally {
    database.close()
  }
}
