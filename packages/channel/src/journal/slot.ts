/**
 * Which journal a process gets. The first takes `journal.db`; a second session of the same channel at the same time
 * gets one of its own; and whoever comes later adopts what the processes that are gone have left.
 */
import { existsSync } from 'node:fs'
import { BackchannelError } from '@backchannel/protocol'
import { releaseLock, takeLock } from './lock.ts'
import { journalPath } from './open.ts'
import { isEnding, readOwner, removeOwner, writeOwner } from './owner.ts'

/** Sessions that may have one channel's journal open at a time. */
const SLOTS = 16
/** The price of each slot that is taken; one of two that try at once gets it in a tenth of this. */
const LOCK_WAIT_MS = 20
/** Of two that try at once on a busy machine neither may get it in that time: tried again until somebody says that it is theirs. */
const UNOWNED_WAIT_MS = 1_000
/** For a channel whose session was killed, which is gone within a second: what it still stores must not come after ours. */
const ENDING_WAIT_MS = 1_500

export interface Slot {
  readonly name: string
  readonly file: string
  /** Journals of processes that are gone, with their locks taken; to be released one by one. */
  orphans(): Iterable<{ readonly file: string; release(): void }>
  release(): void
}

/**
 * @param source the session's name for the channel, noted for the doctor
 * @throws BackchannelError `journal-unavailable` where every slot is taken
 */
export function takeSlot(directory: string, source: string): Slot {
  for (const name of slotNames()) {
    if (!tryLock(directory, name)) continue
    try {
      writeOwner(directory, name, source)
    } catch (thrown) {
      // Kept, the lock would keep this very process out of its journal once the disk is back.
      releaseLock(directory, name)
      throw thrown
    }
    return {
      name,
      file: journalPath(directory, name),
      *orphans() {
        for (const other of slotNames()) {
          const file = journalPath(directory, other)
          if (other === name || !existsSync(file) || !takeLockIfPossible(directory, other)) continue
          yield { file, release: () => releaseLock(directory, other) }
        }
      },
      release() {
        removeOwner(directory, name)
        releaseLock(directory, name)
      },
    }
  }
  throw new BackchannelError('journal-unavailable', `${SLOTS} processes have a journal in ${directory} open already.`, {
    hint: 'End a session that uses this channel, or give this one another state directory.',
  })
}

function tryLock(directory: string, name: string): boolean {
  const until = performance.now() + UNOWNED_WAIT_MS
  do {
    if (takeLock(directory, name, LOCK_WAIT_MS)) return true
    if (isEnding(directory, name)) return takeLock(directory, name, ENDING_WAIT_MS)
  } while (readOwner(directory, name) === null && performance.now() < until)
  return false
}

/** A lock that can't be tried, for want of room or rights, is not to be had now. */
function takeLockIfPossible(directory: string, name: string): boolean {
  try {
    return takeLock(directory, name)
  } catch {
    return false
  }
}

export function* slotNames(): Iterable<string> {
  yield 'journal'
  for (let number = 2; number <= SLOTS; number += 1) yield `journal-${number}`
}
