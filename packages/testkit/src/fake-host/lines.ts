/** Splits a byte stream into lines, whatever their length and wherever a chunk cuts a character. */

export interface LineSplitter {
  push(chunk: Buffer): void
  /** Hands over what came after the last newline, if anything did. */
  end(): void
}

/** @param onLine gets each line without its newline; `complete` is false for an unterminated last one. */
export function createLineSplitter(onLine: (line: string, complete: boolean) => void): LineSplitter {
  let parts: Buffer[] = []
  const take = (): string => {
    const text = Buffer.concat(parts).toString('utf8')
    parts = []
    return text
  }
  return {
    push(chunk) {
      let from = 0
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
        parts.push(chunk.subarray(from, at))
        onLine(take(), true)
        from = at + 1
      }
      if (from < chunk.length) parts.push(chunk.subarray(from))
    },
    end() {
      if (parts.length > 0) onLine(take(), false)
    },
  }
}
