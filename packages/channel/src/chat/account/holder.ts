/**
 * Who receives for an account of which there are several state folders: one process, by a lock that the kernel frees when it
 * dies. Others stand by: what their agents send works, they say so, and one of them takes over when it is free. Sessions with
 * one state folder are attached to each other long before, by the hub.
 */
import { renderError } from '@backchannel/protocol'
import { releaseLock, takeLock } from '../../journal/lock.ts'
import type { Log } from '../../log.ts'
import { ensureDirectory } from '../../state/directory.ts'

export interface HolderOptions {
  /** The lock of the account; none where the platform does not say whose it is, or this process is to hold nothing. */
  readonly shared: SharedLock | undefined
  readonly log: Log
  readonly title: string
  /** Called once, when the account is held; `after` another session, whose work is to be taken up. */
  held(after: 'nobody' | 'another'): void
}

export interface SharedLock {
  readonly directory: string
  /** Letters, digits, `_` and `-`. */
  readonly name: string
}

export interface Holder {
  isHeld(): boolean
  /** Gives the account back. Idempotent. */
  close(): void
}

/** How soon a standby notices: well within five seconds, and at the price of opening a file. */
const LOOK_MS = 1_000

export async function createHolder({ shared, log, title, held }: HolderOptions): Promise<Holder> {
  const other = shared && (await prepare(shared, log))
  let isHeld = false
  let closed = false
  let told = ''
  let timer: NodeJS.Timeout | undefined

  const say = (words: string) => {
    if (words !== told) log.info(words)
    told = words
  }
  const take = (): boolean => !other || takeLock(other.directory, other.name)
  const look = () => {
    if (closed || isHeld) return
    try {
      isHeld = take()
    } catch (thrown) {
      say(`${title} is not listened to: whether another session does can't be found out: ${renderError(thrown)}`)
    }
    if (isHeld) {
      const after = told === '' ? 'nobody' : 'another'
      if (after === 'another') say(`the other session is gone; this one receives from ${title} now`)
      held(after)
      return
    }
    if (told === '') {
      say(
        `standby: another session receives from ${title}. Replies from here work; this session takes over when it ends.`,
      )
    }
    timer = setTimeout(look, LOOK_MS).unref()
  }
  look()
  return {
    isHeld: () => isHeld,
    close() {
      if (closed) return
      closed = true
      clearTimeout(timer)
      if (isHeld && other) releaseLock(other.directory, other.name)
    },
  }
}

/** Where the second lock can't be kept, the first one has to do. */
async function prepare(shared: SharedLock, log: Log): Promise<SharedLock | undefined> {
  try {
    await ensureDirectory(shared.directory)
    return shared
  } catch (thrown) {
    log.warn(`sessions with another state folder are not noticed: ${renderError(thrown)}`)
    return undefined
  }
}
