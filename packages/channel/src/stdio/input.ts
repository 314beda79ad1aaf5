/** Lines from the host, and the end of the session that the end of stdin means. */
import type { Readable } from 'node:stream'
import { createLineSplitter, type LineHandlers } from '@backchannel/protocol'

/** The longest line taken, in bytes; a longer one is skipped and reported. */
export const LINE_BYTES: number = 16 * 1024 * 1024

export interface InputHandlers extends LineHandlers {
  /** End of input: the session has ended. Called once. */
  end(): void
}

/** Reads `stdin` until it ends, without a pause: a stream that is not read does not show its end. */
export function readLines(handlers: InputHandlers, stdin: Readable = process.stdin): void {
  const splitter = createLineSplitter(LINE_BYTES, handlers)
  let ended = false
  const end = () => {
    if (ended) return
    ended = true
    handlers.end()
  }
  stdin.on('data', (chunk: Buffer) => splitter.push(chunk))
  stdin.on('end', end)
  stdin.on('close', end)
  stdin.on('error', end)
}
