/** The end of a channel process: within one second of its session, with status 0, whatever the author's code does. */
import { renderError } from '@backchannel/protocol'
import { STOP_LIMIT_MS, type Stop } from '../define.ts'
import { type Log, renderFault } from '../log.ts'
import { flushStderr } from '../stdio/stderr.ts'

/** What the pipes may still take after `stop`. */
const FLUSH_LIMIT_MS = 100

export interface ShutdownPorts {
  readonly log: Log
  /** Resolves when everything sent is in the pipe, or the signal aborts. */
  flush(signal: AbortSignal): Promise<void>
  /** Takes a rejection that nobody caught, if it is known and no reason to end. */
  forgives(thrown: unknown): boolean
}

export interface Shutdown {
  /** Aborts at the first reason to end. */
  readonly signal: AbortSignal
  /** Ends the process; the first call counts. */
  end(status: number): void
  /** Undoes what `start` did; called once at the end. */
  onStop(stop: Stop): void
}

/** Also owns SIGTERM, SIGINT, SIGHUP and what nobody caught. */
export function createShutdown({ log, flush, forgives }: ShutdownPorts): Shutdown {
  const controller = new AbortController()
  const stops: Stop[] = []

  const finish = async (status: number) => {
    const hard = setTimeout(() => process.exit(status), STOP_LIMIT_MS + FLUSH_LIMIT_MS)
    await Promise.race([stopAll(), after(STOP_LIMIT_MS)])
    const limit = AbortSignal.timeout(FLUSH_LIMIT_MS)
    await Promise.all([flush(limit), flushStderr(limit)])
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
  const crash = (what: string, thrown: unknown) => {
    if (isEcho(controller.signal, thrown)) return
    log.error(`${what}: ${renderFault(thrown)}`)
    end(1)
  }
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => end(0))
  // Node would listen for a debugger, by which any program of this user could answer in an approver's place.
  if (process.platform !== 'win32') process.on('SIGUSR1', () => {})
  process.on('uncaughtException', (thrown) => crash('uncaught error', thrown))
  process.on('unhandledRejection', (thrown) => {
    if (!forgives(thrown)) crash('unhandled rejection', thrown)
  })

  return {
    signal: controller.signal,
    end,
    onStop(stop) {
      stops.push(stop)
    },
  }
}

/** Whether an error is nothing but the news that the session has ended, as everything that waited for it gets it. */
export function isEcho(signal: AbortSignal, thrown: unknown): boolean {
  return signal.aborted && (thrown === signal.reason || (thrown instanceof Error && thrown.name === 'AbortError'))
}

function after(milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, milliseconds).unref()
  return promise
}
