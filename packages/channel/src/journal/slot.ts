/**
 * Which journal a process gets. The first takes `journal.db`; a second session of the same channel at the same time
 * gets one of its own; and whoever comes later adopts what the processes that are gone have left.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import { releaseLock, takeLock } from './lock.ts'
import { journalPath } from './open.ts'

/** Sessions that may have one channel's journal open at a time. */
const SLOTS = 16
/** The price of each slot that is taken; one of two that try at once gets it in a tenth of this. */
const LOCK_WAIT_MS = 20

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
    if (!takeLock(directory, name, LOCK_WAIT_MS)) continue
    const owner = { pid: process.pid, since: new Date().toISOString(), source }
    try {
      writeFileSync(ownerPath(directory, name), `${JSON.stringify(owner)}\n`, { mode: 0o600 })
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
        if (isOwner(directory, name)) rmSync(ownerPath(directory, name), { force: true })
        releaseLock(directory, name)
      },
    }
  }
  throw new BackchannelError('journal-unavailable', `${SLOTS} processes have a journal in ${directory} open already.`, {
    hint: 'End a session that uses this channel, or give this one another state directory.',
  })
}

/** A lock that can't be tried, for want of room or rights, is not to be had now. */
function takeLockIfPossible(directory: string, name: string): boolean {
  try {
    return takeLock(directory, name)
  } catch {
    return false
  }
}

/** Not after the folder was deleted, and another process has made it anew. */
function isOwner(directory: string, name: string): boolean {
  try {
    return (JSON.parse(readFileSync(ownerPath(directory, name), 'utf8')) as { pid: unknown }).pid === process.pid
  } catch {
    return false
  }
}

/** Says which process has a slot, for the doctor. */
export function ownerPath(directory: string, name: string): string {
  return join(directory, `${name}.owner`)
}

export function* slotNames(): Iterable<string> {
  yield 'journal'
  for (let number = 2; number <= SLOTS; number += 1) yield `journal-${number}`
}
