/**
 * Writes lines to a stream whose reader may be slow or gone. What it does not take yet is kept up to a limit; beyond
 * that, lines are left out and counted, and the count is written as soon as the reader takes lines again: a stalled
 * reader costs bounded memory, and it learns what it missed.
 */

/** What of a writable stream is used; a plain `{ write }` does too, and is then never waited for. */
export interface LineOutput {
  write(text: string): unknown
  readonly isTTY?: boolean
  on?(event: 'drain' | 'error' | 'close', listener: (error?: Error) => void): unknown
  off?(event: 'drain' | 'error' | 'close', listener: (error?: Error) => void): unknown
}

export interface LineWriterOptions {
  /** Lines kept for a reader that is behind. Default 10,000. */
  readonly limit?: number
  /** UTF-16 units kept, likewise. Default 16 million. */
  readonly unitLimit?: number
  /** The reader has closed its end (EPIPE) or the stream failed. Called once; nothing is written after it. */
  onClosed?(): void
  /** The line that stands for `count` lines left out. */
  omitted(count: number): string
}

export interface LineWriter {
  /** @param line without its newline */
  write(line: string): void
  /** Resolves when everything was taken, the reader is gone, or `deadlineMs` (default 1,000) has passed. Idempotent. */
  close(deadlineMs?: number): Promise<void>
}

export function createLineWriter(out: LineOutput, options: LineWriterOptions): LineWriter {
  const limit = options.limit ?? 10_000
  const unitLimit = options.unitLimit ?? 16_000_000
  const flushed = Promise.withResolvers<void>()
  let waiting: string[] = []
  let units = 0
  let omitted = 0
  let blocked = false
  let ended = false
  let closing: Promise<void> | undefined

  const send = (line: string) => {
    const taken = out.write(`${line}\n`)
    // Without a drain event there is nothing to wait for.
    blocked = taken === false && out.on !== undefined
  }
  const drain = () => {
    blocked = false
    let next = 0
    for (; next < waiting.length && !blocked && !ended; next++) send(waiting[next] ?? '')
    units -= waiting.slice(0, next).reduce((sum, line) => sum + line.length, 0)
    waiting = waiting.slice(next)
    if (waiting.length > 0 || blocked) return
    if (omitted > 0) {
      const count = omitted
      omitted = 0
      send(options.omitted(count))
    }
    if (closing && !blocked) flushed.resolve()
  }
  const gone = () => {
    if (ended) return
    ended = true
    waiting = []
    flushed.resolve()
    if (!closing) options.onClosed?.()
  }
  out.on?.('drain', drain)
  out.on?.('error', gone)
  out.on?.('close', gone)

  const finish = async (deadlineMs: number): Promise<void> => {
    if (!blocked && waiting.length === 0) flushed.resolve()
    const timer = setTimeout(flushed.resolve, deadlineMs)
    await flushed.promise
    clearTimeout(timer)
    ended = true
    out.off?.('drain', drain)
    out.off?.('close', gone)
    // The error listener stays: an EPIPE that comes late must not end the process with a stack trace.
  }
  return {
    write(line) {
      if (ended || closing) return
      if (!blocked && waiting.length === 0) send(line)
      else if (omitted > 0 || waiting.length >= limit || units + line.length > unitLimit) omitted += 1
      else {
        waiting.push(line)
        units += line.length
      }
    },
    close(deadlineMs = 1_000) {
      closing ??= finish(deadlineMs)
      return closing
    },
  }
}
