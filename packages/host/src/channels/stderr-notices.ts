/** What a server prints on stderr, shown as notices: an address, a warning; a flood is cut and counted. */
import type { Readable } from 'node:stream'
import { createLineSplitter } from '@backchannel/protocol'
import type { NoticeLevel } from '../ui/events.ts'
import { createLimiter } from './limiter.ts'

const LINE_BYTES = 64 * 1024
const SHOWN_UNITS = 2_000

export interface StderrNotices {
  /** Of a new process of the server. */
  read(stream: Readable): void
  /** The last line of that process, for the words that explain its end. */
  readonly last: string | undefined
}

/** Lines among which the one that explains an end is looked for. */
const RECENT_LINES = 20
/** A line that says what went wrong, rather than where in the code. */
const FAULT = /^(?!\s*at ).*(\berror\b|Error\b|\bpanic\b|\bfatal\b|needs Node)/i
/** What Node prints after a crash. */
const TRAILER = /^(Node\.js v|Bun v)\d/

/** @param tell gets each line, prefixed with the source unless the server did that itself. */
export function createStderrNotices(
  source: string,
  tell: (level: NoticeLevel, message: string) => void,
): StderrNotices {
  const limiter = createLimiter({ perSecond: 3, burst: 30 })
  let recent: string[] = []
  let hidden = 0

  const tellHidden = () => {
    if (hidden > 0) tell('info', `${source}: … ${hidden} more ${hidden === 1 ? 'line was' : 'lines were'} not shown`)
    hidden = 0
  }
  const show = (text: string) => {
    const line = text.slice(0, SHOWN_UNITS)
    recent = [...recent, line].slice(-RECENT_LINES)
    if (!limiter.take()) {
      hidden += 1
      return
    }
    tellHidden()
    tell(levelOf(line), line.startsWith(`${source}:`) ? line : `${source}: ${line}`)
  }
  return {
    read(stream) {
      recent = []
      const splitter = createLineSplitter(LINE_BYTES, {
        line: (text) => show(text.trimEnd()),
        tooLong: () => show('(a very long line)'),
      })
      stream.on('data', (chunk: Buffer) => splitter.push(chunk))
      stream.on('end', () => {
        splitter.end()
        tellHidden()
      })
    },
    get last() {
      return recent.findLast((line) => FAULT.test(line)) ?? recent.findLast((line) => !TRAILER.test(line))
    },
  }
}

/** The kit's channels mark their lines `NAME: warning:` and `NAME: error:`. */
function levelOf(line: string): NoticeLevel {
  const mark = /^[\w#.:-]{1,60}: (warning|error): /.exec(line)?.[1]
  return mark === 'warning' || mark === 'error' ? mark : 'info'
}
