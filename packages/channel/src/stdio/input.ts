/** Lines from the host: framing with a size limit, so that a host gone wrong can't exhaust memory. */
import type { Readable } from 'node:stream'

/** The longest line taken, in bytes; a longer one is skipped and reported. */
export const LINE_BYTES: number = 16 * 1024 * 1024

export interface InputHandlers {
  /** One line without its newline; blank lines are passed over. */
  line(text: string): void
  /** A line over {@link LINE_BYTES} was skipped. */
  tooLong(): void
  /** End of input: the session has ended. Called once. */
  end(): void
}

/** Reads `stdin` until it ends. The returned function pauses (`true`) and resumes (`false`) reading. */
export function readLines(handlers: InputHandlers, stdin: Readable = process.stdin): (paused: boolean) => void {
  let parts: Buffer[] = []
  let bytes = 0
  let skipping = false
  let ended = false

  const finishLine = () => {
    const text = parts.length === 1 ? (parts[0]?.toString('utf8') ?? '') : Buffer.concat(parts).toString('utf8')
    parts = []
    bytes = 0
    if (skipping) skipping = false
    else if (text.trim() !== '') handlers.line(text)
  }
  const keep = (part: Buffer) => {
    if (skipping || part.length === 0) return
    bytes += part.length
    if (bytes <= LINE_BYTES) {
      parts.push(part)
      return
    }
    parts = []
    skipping = true
    handlers.tooLong()
  }
  stdin.on('data', (chunk: Buffer) => {
    let from = 0
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      keep(chunk.subarray(from, at))
      finishLine()
      from = at + 1
    }
    keep(chunk.subarray(from))
  })
  const end = () => {
    if (ended) return
    ended = true
    handlers.end()
  }
  stdin.on('end', end)
  stdin.on('close', end)
  stdin.on('error', end)
  return (paused) => {
    if (paused) stdin.pause()
    else stdin.resume()
  }
}
