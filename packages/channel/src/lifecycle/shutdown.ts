/** The end of a channel process: within one second of its session, with status 0, whatever the author's code does. */
import { renderError, toError } from '@backchannel/protocol'
import { STOP_LIMIT_MS, type Stop } from '../define.ts'
import type { Log } from '../log.ts'

/** What the pipe may still take after `stop`. */
const FLUSH_LIMIT_MS = 150

export interface Shutdown {
  /** Aborts at the first reason to end. */
  readonly signal: AbortSignal
  /** Ends the process; the first call counts. */
  end(status: number): void
  /** Undoes what `start` did; called once at the end. */
  onStop(stop: Stop): void
}

/** Also owns SIGTERM, SIGINT, SIGHUP and what nobody caught. */
export function createShutdown(log: Log, flush: (signal: AbortSignal) => Promise<void>): Shutdown {
  const controller = new AbortController()
  const stops: Stop[] = []

  const finish = async (status: number) => {
    const hard = setTimeout(() => process.exit(status), STOP_LIMIT_MS + FLUSH_LIMIT_MS)
    await Promise.race([stopAll(), after(STOP_LIMIT_MS)])
    await flush(AbortSignal.timeout(FLUSH_LIMIT_MS))
    clearTimeout(hard)
    process.exit(status)
  }
  const stopAll = async () => {
    for (const stop of stops.splice(0).reverse()) {
      try {
        await stop()
      } catch (thrown) {
        log.error(`stopping failed: ${renderError(thrown)}`)
      }
    }
  }
  const end = (status: number) => {
    if (controller.signal.aborted) return
    controller.abort()
    void finish(status)
  }
  const crash = (what: string) => (thrown: unknown) => {
    log.error(`${what}: ${toError(thrown).stack ?? renderError(thrown)}`)
    end(1)
  }
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => end(0))
  process.on('uncaughtException', crash('uncaught error'))
  process.on('unhandledRejection', crash('unhandled rejection'))

  return {
    signal: controller.signal,
    end,
    onStop(stop) {
      stops.push(stop)
    },
  }
}

function after(milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, milliseconds).unref()
  return promise
}
