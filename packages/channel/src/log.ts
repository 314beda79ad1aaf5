/** A channel's log: short lines on stderr, since stdout belongs to the protocol. */

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
  const line = (prefix: string) => (message: string) =>
    write(`${name}: ${prefix}${message.replace(/\s*\n\s*/g, ' ⏎ ')}\n`)
  return { info: line(''), warn: line('warning: '), error: line('error: ') }
}

function writeToStderr(line: string): void {
  process.stderr.write(line)
}
