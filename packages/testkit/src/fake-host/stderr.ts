/** What a channel says on stderr: kept, waited for, and shown when something else fails. */
import type { Readable } from 'node:stream'
import { deferred, type WaitOptions, withDeadline } from '../wait.ts'

export interface StderrText {
  readonly text: string
  /** For messages: the last lines, indented. */
  lastLines(): string
  waitFor(pattern: RegExp, options: WaitOptions): Promise<RegExpExecArray>
  end(reason: Error): void
}

const SHOWN_LINES = 15

export function collectStderr(stream: Readable): StderrText {
  const changes = new Set<() => void>()
  let text = ''
  let ended: Error | undefined
  const changed = () => {
    for (const look of changes) look()
  }
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    changed()
  })
  stream.on('error', () => {})

  const lastLines = () => {
    if (text.trim() === '') return 'The process wrote nothing to stderr.'
    const shown = text.trimEnd().split('\n').slice(-SHOWN_LINES)
    return `The last lines on stderr:\n${shown.map((line) => `  ${line}`).join('\n')}`
  }
  return {
    get text() {
      return text
    },
    lastLines,
    async waitFor(pattern, options) {
      // A sticky or global pattern would keep its place between the looks.
      const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
      const found = deferred<RegExpExecArray>()
      const look = () => {
        const match = stateless.exec(text)
        if (match) found.resolve(match)
        else if (ended) found.reject(ended)
      }
      changes.add(look)
      look()
      try {
        return await withDeadline(found.promise, { ...options, what: `${pattern} on stderr`, seen: lastLines })
      } finally {
        changes.delete(look)
      }
    },
    end(reason) {
      ended = reason
      changed()
    },
  }
}
