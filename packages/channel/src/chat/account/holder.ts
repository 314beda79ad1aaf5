/**
 * Who receives for an account: one process, by a lock that the kernel frees when it dies. Others stand by: what their agents
 * send works, they say who holds the account, and one of them takes over when it is free.
 */
import { renderError } from '@backchannel/protocol'
import { releaseLock, takeLock } from '../../journal/lock.ts'
import type { Log } from '../../log.ts'
import { ensureDirectory } from '../../state/directory.ts'

export interface HolderOptions {
  /** The channel's state directory, which stands for the account. */
  readonly directory: string
  readonly log: Log
  readonly title: string
  /** Called once, when the account is held; `after` another session, whose work is to be taken up. */
  held(after: 'nobody' | 'another'): void
}

export interface Holder {
  isHeld(): boolean
  /** Gives the account back. Idempotent. */
  close(): void
}

const LOCK = 'account'
/** How soon a standby notices: well within five seconds, and at the price of opening a file. */
const LOOK_MS = 1_000

export async function createHolder({ directory, log, title, held }: HolderOptions): Promise<Holder> {
  await ensureDirectory(directory)
  let isHeld = false
  let closed = false
  let told = ''
  let timer: NodeJS.Timeout | undefined

  const say = (words: string) => {
    if (words !== told) log.info(words)
    told = words
  }
  const look = () => {
    if (closed || isHeld) return
    try {
      isHeld = takeLock(directory, LOCK)
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
      if (isHeld) releaseLock(directory, LOCK)
    },
  }
}
