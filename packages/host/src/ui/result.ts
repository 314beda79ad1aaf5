/** One JSON object at the end of a session, for scripts that want the answer and not the way to it. */
import type { EventStream, StampedEvent } from './events.ts'
import type { FrontEnd } from './interaction.ts'
import { renderJson } from './json.ts'
import { createLineWriter, type LineOutput } from './line-writer.ts'

/** The fields of the object, in the order in which they are written (`docs/stream-json.md`). */
export interface SessionResult {
  readonly type: 'result'
  readonly at: string
  readonly session_id: string
  readonly agent: string
  /** How the last turn went; `failed` too where the session ended without one. */
  readonly outcome: 'completed' | 'interrupted' | 'failed'
  /** What the agent said in the last turn in which it said something. */
  readonly text: string
  readonly turns: number
  readonly tool_calls: number
  /** From the start of the session to its end. */
  readonly duration_ms: number
  /** Failed turns and error notices, the last 100. */
  readonly errors: readonly string[]
  readonly reason: string
}

const ERRORS_KEPT = 100

/** Prints when the session ends, or at `close()` if it did not get that far. */
export function createResultRenderer(
  stream: EventStream,
  out: LineOutput,
  options: { onClosed?(): void } = {},
): FrontEnd {
  const omitted = () => ''
  const writer = createLineWriter(out, { ...options, omitted })
  const collector = createCollector()
  let printed = false
  const print = () => {
    if (!printed) writer.write(renderJson(collector.result()))
    printed = true
  }
  const unsubscribe = stream.subscribe((event) => {
    collector.add(event)
    if (event.type === 'session.ended') print()
  })
  return {
    async close() {
      unsubscribe()
      print()
      await writer.close()
    },
  }
}

function createCollector(): { add(event: StampedEvent): void; result(): SessionResult } {
  const errors: string[] = []
  let started: Extract<StampedEvent, { type: 'session.started' }> | undefined
  let outcome: SessionResult['outcome'] = 'failed'
  let text: { turn: number; parts: string[] } = { turn: 0, parts: [] }
  let turns = 0
  let calls = 0
  let reason = 'closed'
  let at: string | undefined

  const note = (error: string) => {
    errors.push(error)
    if (errors.length > ERRORS_KEPT) errors.shift()
  }
  return {
    add(event) {
      at = event.at
      if (event.type === 'session.started') started = event
      else if (event.type === 'turn.started') turns += 1
      else if (event.type === 'tool.called') calls += 1
      else if (event.type === 'agent.text') {
        if (event.turn !== text.turn) text = { turn: event.turn, parts: [] }
        text.parts.push(event.text)
      } else if (event.type === 'turn.finished') {
        outcome = event.outcome
        if (event.outcome === 'failed') note(event.error ?? 'the agent gave no reason')
      } else if (event.type === 'notice' && event.level === 'error') note(event.message)
      else if (event.type === 'channel.refused') note(`${event.entry} (${event.reason}): ${event.message}`)
      else if (event.type === 'session.ended') reason = event.reason
    },
    result: () => ({
      type: 'result',
      at: at ?? new Date().toISOString(),
      session_id: started?.session_id ?? '',
      agent: started?.agent ?? '',
      outcome,
      text: text.parts.join('\n'),
      turns,
      tool_calls: calls,
      duration_ms: started && at ? Math.max(0, Date.parse(at) - Date.parse(started.at)) : 0,
      errors,
      reason,
    }),
  }
}
