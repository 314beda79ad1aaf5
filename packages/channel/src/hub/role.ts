/** What this process is to the account: its holder, attached to that one, or neither yet; and work that is done where it is held. */
import { setTimeout as sleep } from 'node:timers/promises'
import { BackchannelError } from '@backchannel/protocol'
import type { Attached } from './attached.ts'

export interface Role {
  /** The way to the holder, while this process is not the one. */
  readonly attached: Attached | undefined
  /** From now on, and until it ends. */
  hold(): void
  attach(to: Attached): void
  /** The holder is gone. */
  leave(): void
  /**
   * Does something where the account is held, and again at the next holder where the connection ends before the answer.
   * @throws what it throws, BackchannelError `hub-lost` where nobody holds the account for ten seconds
   */
  withHolder<Result>(
    until: AbortSignal,
    there: (to: Attached) => Promise<Result>,
    here: () => Promise<Result> | Result,
  ): Promise<Result>
}

/** What a tool waits for somebody to hold the account. */
const CALL_WAIT_MS = 10_000
/** The end of a connection is about to be noticed. */
const NOTICED_MS = 100

/** @param title as people call the platform */
export function createRole(title: string): Role {
  let attached: Attached | undefined
  let isHolder = false
  let known = Promise.withResolvers<void>()

  const whenKnown = async (until: AbortSignal): Promise<void> => {
    const late = AbortSignal.any([until, AbortSignal.timeout(CALL_WAIT_MS)])
    const aborted = Promise.withResolvers<void>()
    late.addEventListener('abort', () => aborted.resolve(), { once: true })
    await Promise.race([known.promise, aborted.promise])
    until.throwIfAborted()
    if (late.aborted) throw unreachable(title)
  }
  return {
    get attached() {
      return attached
    },
    hold() {
      isHolder = true
      known.resolve()
    },
    attach(to) {
      attached = to
      known.resolve()
    },
    leave() {
      attached = undefined
      known = Promise.withResolvers()
    },
    async withHolder(until, there, here) {
      for (;;) {
        await whenKnown(until)
        if (isHolder) return here()
        if (!attached) continue
        try {
          return await there(attached)
        } catch (thrown) {
          if (!BackchannelError.is(thrown) || thrown.code !== 'hub-lost' || until.aborted) throw thrown
          await sleep(NOTICED_MS, undefined, { signal: until, ref: false })
        }
      }
    },
  }
}

function unreachable(title: string): BackchannelError {
  return new BackchannelError('hub-lost', `No session that receives from ${title} can be reached.`, {
    hint: '`backchannel doctor` shows which process holds the account; end it where it does not answer.',
  })
}
