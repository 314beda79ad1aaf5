/** One line on standard error that says how far something is; only where a person is looking. */
import { stripVTControlCharacters } from 'node:util'

export interface ProgressLine {
  show(step: string, detail?: string): void
  /** Takes the line away, before something else is written. */
  clear(): void
}

const CLEAR = '\r\u001b[K'
const NARROWEST = 20

export function createProgressLine(output: NodeJS.WriteStream): ProgressLine {
  let shown = ''
  return {
    show(step, detail) {
      if (!output.isTTY) return
      const line = stripVTControlCharacters(`${step} … ${detail ?? ''}`.trimEnd()).replace(/\p{Cc}/gu, ' ')
      const cut = line.slice(0, Math.max(NARROWEST, (output.columns ?? 80) - 1))
      if (cut === shown) return
      output.write(`${CLEAR}${cut}`)
      shown = cut
    },
    clear() {
      if (shown !== '') output.write(CLEAR)
      shown = ''
    },
  }
}
