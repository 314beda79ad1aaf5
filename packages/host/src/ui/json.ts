/** The stream as JSON lines (`docs/stream-json.md`): every event as it is, `type` and `at` first. */
import type { EventStream, SessionEvent } from './events.ts'
import type { FrontEnd } from './interaction.ts'
import { createLineWriter, type LineOutput } from './line-writer.ts'

export interface JsonOptions {
  /** Lines kept for a reader that is behind. Default 10,000; beyond that, lines are left out and a notice counts them. */
  readonly limit?: number
  /** Nobody reads `out` any more. */
  onClosed?(): void
}

/** Subscribes to `stream`; `close()` ends that and waits, a second at most, until the reader has taken every line. */
export function createJsonRenderer(stream: EventStream, out: LineOutput, options: JsonOptions = {}): FrontEnd {
  const writer = createLineWriter(out, { ...options, omitted })
  const unsubscribe = stream.subscribe((event) => writer.write(renderJson(event)))
  return {
    async close() {
      unsubscribe()
      await writer.close()
    },
  }
}

/** Legal inside JSON strings, yet able to drive a terminal that shows the line, or to split it for some readers. */
const UNSAFE = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** One line of well-formed UTF-8: lone surrogates, control and invisible characters are written as `\uXXXX`. */
export function renderJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function omitted(count: number): string {
  const notice: SessionEvent = {
    type: 'notice',
    level: 'error',
    message: `${count} events were not written here: the reader of this stream was too slow.`,
  }
  const { type, ...rest } = notice
  return renderJson({ type, at: new Date().toISOString(), ...rest })
}
