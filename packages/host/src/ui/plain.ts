/** The transcript as plain lines: for pipes, logs, services and terminals that can do no more. */
import type { EventStream, StampedEvent } from './events.ts'
import type { FrontEnd } from './interaction.ts'
import { createLineState, nextLineState } from './line-state.ts'
import { createLineWriter, type LineOutput } from './line-writer.ts'
import { type Line, renderLines, type Tone } from './lines.ts'

export interface PlainOptions {
  /** Default: only where `out` is a terminal and `NO_COLOR` is unset. */
  readonly color?: boolean
  /** Only the agent's text, without marks: the text form of `-p`. */
  readonly quiet?: boolean
  /** Where warnings, errors, refusals and failed turns go under `quiet`; by default they are not shown. */
  readonly errors?: LineOutput
  /** Nobody reads `out` any more. */
  onClosed?(): void
}

/** Subscribes to `stream`; `close()` ends that and waits for what is still to be written. */
export function createPlainRenderer(stream: EventStream, out: LineOutput, options: PlainOptions = {}): FrontEnd {
  const { quiet = false } = options
  const writer = createLineWriter(out, { ...closedHandler(options), omitted })
  const problems = options.errors && createLineWriter(options.errors, { omitted })
  const color = options.color ?? wantsColor(out)
  const errorColor = options.errors !== undefined && (options.color ?? wantsColor(options.errors))
  let state = createLineState()

  const unsubscribe = stream.subscribe((event) => {
    const lines = renderLines(event, state)
    state = nextLineState(state, event)
    if (!quiet) for (const line of lines) writer.write(paint(line, color))
    else if (event.type === 'agent.text') for (const { text } of lines) writer.write(text)
    else if (isProblem(event)) for (const line of lines) problems?.write(paint(line, errorColor))
  })
  return {
    async close() {
      unsubscribe()
      await Promise.all([writer.close(), problems?.close()])
    },
  }
}

/** True where escape sequences are understood and wanted (https://no-color.org). */
export function wantsColor(out: LineOutput, env: NodeJS.ProcessEnv = process.env): boolean {
  return out.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
}

function omitted(count: number): string {
  return `! ${count} lines were left out: the reader of this output was too slow.`
}

function closedHandler({ onClosed }: PlainOptions): { onClosed?(): void } {
  return onClosed ? { onClosed } : {}
}

/** What someone who asked for the answer alone still has to know. */
function isProblem(event: StampedEvent): boolean {
  if (event.type === 'notice') return event.level !== 'info'
  if (event.type === 'turn.finished') return event.outcome !== 'completed'
  return event.type === 'channel.refused' || event.type === 'channel.closed' || event.type === 'event.dropped'
}

/** SGR parameters. */
const COLORS: Readonly<Record<Tone, string>> = {
  inbound: '36',
  prompt: '1',
  call: '32',
  result: '2',
  failure: '31',
  agent: '',
  good: '32',
  info: '2',
  warning: '33',
  error: '31',
  quiet: '2',
}
/** Of these, the mark alone is coloured: the text is there to be read. */
const MARK_ONLY: ReadonlySet<Tone> = new Set(['call', 'good', 'info', 'inbound'])

function paint({ tone, mark, text }: Line, color: boolean): string {
  const code = COLORS[tone]
  if (!color || code === '') return `${mark}${text}`.trimEnd()
  const marked = MARK_ONLY.has(tone) ? [mark, text] : [`${mark}${text}`, '']
  return `\u001b[${code}m${marked[0]}\u001b[0m${marked[1]}`.trimEnd()
}
