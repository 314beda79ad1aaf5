/** A log of a process that runs for months: a file of bounded size, and a few older ones beside it, for their owner alone. */
import { appendFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

export interface RotatingLogOptions {
  /** Bytes after which a new file is begun. Default 5 MB. */
  readonly mostBytes?: number
  /** Older files that are kept, as `NAME.1` and so on. Default 3. */
  readonly keep?: number
}

export interface RotatingLog {
  readonly file: string
  /** Writes a line with the time before it. A disk that is full ends nothing: the line is left out. */
  write(line: string): void
}

const MOST_BYTES = 5_000_000
const KEEP = 3

export function createRotatingLog(file: string, options: RotatingLogOptions = {}): RotatingLog {
  const { mostBytes = MOST_BYTES, keep = KEEP } = options
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  let bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0

  const rotate = () => {
    rmSync(`${file}.${keep}`, { force: true })
    for (let number = keep - 1; number >= 0; number -= 1) {
      const from = number === 0 ? file : `${file}.${number}`
      if (statSync(from, { throwIfNoEntry: false })) renameSync(from, `${file}.${number + 1}`)
    }
    bytes = 0
  }
  return {
    file,
    write(line) {
      const text = `${new Date().toISOString()} ${line}\n`
      try {
        if (bytes > 0 && bytes + Buffer.byteLength(text) > mostBytes) rotate()
        appendFileSync(file, text, { mode: 0o600 })
        bytes += Buffer.byteLength(text)
      } catch {
        // It is a log of what goes on, and what goes on must not end by it.
      }
    },
  }
}
