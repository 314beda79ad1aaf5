/** Tells the operator about requests that were not taken, without letting the one who sends them fill the log. */
import type { BackchannelError, Log } from '@backchannel/channel'

export interface RefusalLog {
  /** Logs the first of its code at once; others of that code within ten seconds are counted. */
  add(error: BackchannelError): void
  /** Tells how many were counted and not told yet. */
  close(): void
}

interface Period {
  readonly until: number
  untold: number
}

const PERIOD_MS = 10_000

export function createRefusalLog(log: Pick<Log, 'warn'>, now: () => number = Date.now): RefusalLog {
  const periods = new Map<string, Period>()
  return {
    add({ code, message }) {
      const period = periods.get(code)
      if (period && now() < period.until) {
        period.untold += 1
        return
      }
      log.warn(`did not take a request: ${message}${period?.untold ? ` (${period.untold} more before, ${code})` : ''}`)
      periods.set(code, { until: now() + PERIOD_MS, untold: 0 })
    },
    close() {
      for (const [code, { untold }] of periods) {
        if (untold > 0) log.warn(`did not take more requests: ${untold} (${code})`)
      }
      periods.clear()
    },
  }
}
