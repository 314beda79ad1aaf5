/** Events whose `emit` failed without anybody looking: told on stderr, at most once a second, and never fatal. */
import { renderError, toError } from '@backchannel/protocol'
import type { Log } from '../log.ts'

const INTERVAL_MS = 1_000

export interface LostEvents {
  /** The same promise for the author, whose rejection is known here. */
  watch<Result>(emitting: Promise<Result>): Promise<Result>
  /** Whether a rejection that nobody caught is of a watched promise; it is told then. */
  takes(thrown: unknown): boolean
  /** Tells what is still to be told. */
  close(): void
}

/** @param ending true once the session has ended: then what was not sent is no news. */
export function createLostEvents(log: Log, ending: () => boolean): LostEvents {
  const rejections = new WeakSet<object>()
  let untold = 0
  let last = ''
  let timer: NodeJS.Timeout | undefined

  const tell = () => {
    timer = undefined
    if (untold === 0) return
    log.warn(`${untold === 1 ? 'an event was' : `${untold} events were`} not sent: ${last}`)
    untold = 0
    timer = setTimeout(tell, INTERVAL_MS).unref()
  }
  return {
    watch: (emitting) =>
      emitting.then(undefined, (thrown) => {
        const error = toError(thrown)
        rejections.add(error)
        throw error
      }),
    takes(thrown) {
      if (typeof thrown !== 'object' || thrown === null || !rejections.has(thrown)) return false
      if (ending()) return true
      untold += 1
      last = renderError(thrown)
      if (timer === undefined) tell()
      return true
    },
    close() {
      clearTimeout(timer)
      tell()
      clearTimeout(timer)
    },
  }
}
