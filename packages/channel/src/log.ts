/** A channel's log: short lines on stderr, since stdout belongs to the protocol. */
import { BackchannelError, renderError, toError } from '@backchannel/protocol'
import { writeToStderr } from './stdio/stderr.ts'

export interface Log {
  /** For whoever runs the session: an address, a state that changed. */
  info(message: string): void
  /** Something did not work, and the channel goes on. */
  warn(message: string): void
  /** Something did not work, and a person must act. */
  error(message: string): void
}

/** Lines read `NAME: message`, `NAME: warning: message`, `NAME: error: message`, one line a message. */
export function createLog(name: string, write: (line: string) => void = writeToStderr): Log {
  const line = (prefix: string) => (message: string) => write(`${name}: ${prefix}${onOneLine(String(message))}\n`)
  return { info: line(''), warn: line('warning: '), error: line('error: ') }
}

/** An error of ours in its own words; any other with its stack, since its author has to find the place. */
export function renderFault(thrown: unknown): string {
  return BackchannelError.is(thrown) ? renderError(thrown) : (toError(thrown).stack ?? renderError(thrown))
}

function onOneLine(message: string): string {
  const lines = message.split(/[\r\n\u2028\u2029]+/).map((line) => line.trim())
  return lines.filter((line) => line !== '').join(' ⏎ ')
}
