/** Events whose `emit` failed without anybody looking: told on stderr, at most once a second, and never fatal. */
import { type BackchannelError, renderError } from '@backchannel/protocol'
import type { Log } from '../log.ts'

const INTERVAL_MS = 1_000

export interface LostEvents {
  add(error: BackchannelError): void
  /** Tells what is still to be told. */
  close(): void
}

export function createLostEvents(log: Log): LostEvents {
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
    add(error) {
      untold += 1
      last = renderError(error)
      if (timer === undefined) tell()
    },
    close() {
      clearTimeout(timer)
      tell()
      clearTimeout(timer)
    },
  }
}
