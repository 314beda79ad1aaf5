/** Splits bytes into lines with a size limit, so that a peer that sends no newline can't exhaust memory. */

export interface LineHandlers {
  /** One line without its newline; blank lines are passed over. */
  line(text: string): void
  /** A line passed the limit; called once for it, and the line is skipped. */
  tooLong(): void
}

export interface LineSplitter {
  push(chunk: Uint8Array): void
  /** The input has ended: what came after the last newline is a line too. */
  end(): void
}

const NEWLINE = 10

/** @param limit the longest line taken, in bytes. Bytes that are not UTF-8 become U+FFFD. */
export function createLineSplitter(limit: number, handlers: LineHandlers): LineSplitter {
  const decoder = new TextDecoder()
  let parts: Uint8Array[] = []
  let bytes = 0

  const keep = (part: Uint8Array) => {
    const before = bytes
    bytes += part.length
    if (bytes <= limit) parts.push(part)
    else if (before <= limit) {
      parts = []
      handlers.tooLong()
    }
  }
  const finish = () => {
    const whole = bytes <= limit
    const text = whole ? decode(parts) : ''
    parts = []
    bytes = 0
    if (whole && text.trim() !== '') handlers.line(text)
  }
  const decode = (pieces: readonly Uint8Array[]): string => {
    if (pieces.length === 1) return decoder.decode(pieces[0])
    return pieces.map((piece) => decoder.decode(piece, { stream: true })).join('') + decoder.decode()
  }
  return {
    push(chunk) {
      let from = 0
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
        keep(chunk.subarray(from, at))
        finish()
        from = at + 1
      }
      keep(chunk.subarray(from))
    },
    end: finish,
  }
}
