/** Tells the operator about requests that were turned away, without letting the one who sends them fill the log. */
import type { Log } from '@backchannel/channel'

export interface RefusalLog {
  /** Logs the first of a period at once; the rest of it are counted, and told with the first of a later period. */
  add(reason: string): void
}

const PERIOD_MS = 10_000

export function createRefusalLog(log: Pick<Log, 'warn'>, now: () => number = Date.now): RefusalLog {
  let next = 0
  let untold = 0
  return {
    add(reason) {
      if (now() < next) {
        untold += 1
        return
      }
      const more = untold === 0 ? '' : ` (${untold} more since the last such line)`
      log.warn(`did not take a request: ${reason}${more}`)
      next = now() + PERIOD_MS
      untold = 0
    },
  }
}
