/** `docs/stream-json.md` against the code: every type has an example, every example holds, both ways. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { SessionEvent, StampedEvent } from './events.ts'
import { EventStream } from './events.ts'
import { parseInput } from './input/stream-json.ts'
import { renderJson } from './json.ts'
import { createLineState } from './line-state.ts'
import { renderLines } from './lines.ts'
import { createResultRenderer } from './result.ts'

const page = await readFile(join(import.meta.dirname, '../../../../docs/stream-json.md'), 'utf8')
const [out = [], input = [], answer = [], result = []] = [...page.matchAll(/^```json\n([\s\S]*?)\n```$/gm)].map(
  ([, lines = '']) => lines.split('\n'),
)

/** Complete by its type: a type that is added to the stream is missing here until it is on the page too. */
const TYPES: Readonly<Record<SessionEvent['type'], true>> = {
  'session.started': true,
  'channel.registered': true,
  'channel.refused': true,
  'channel.closed': true,
  'event.received': true,
  'event.dropped': true,
  'turn.started': true,
  'agent.text': true,
  'tool.called': true,
  'tool.finished': true,
  'permission.requested': true,
  'permission.resolved': true,
  'question.requested': true,
  'question.resolved': true,
  'turn.finished': true,
  notice: true,
  'session.ended': true,
}

describe('out', () => {
  test('has an example and a row of each type', () => {
    const types = out.map((line) => (JSON.parse(line) as StampedEvent).type)
    expect(types.toSorted()).toEqual(Object.keys(TYPES).toSorted())
    for (const type of types) expect(page).toContain(`\n| \`${type}\` |`)
  })

  test.each(out)('%s is what the renderer writes, and people can read it', (line) => {
    const event = JSON.parse(line) as StampedEvent
    expect(renderJson(event)).toBe(line)
    expect(Object.keys(event).slice(0, 2)).toEqual(['type', 'at'])
    expect(() => renderLines(event, createLineState())).not.toThrow()
  })
})

describe('in', () => {
  test.each(input)('%s is taken', (line) => {
    expect(parseInput(line)).toEqual({ input: JSON.parse(line) })
  })

  test('the answer to a wrong line is as shown', () => {
    const problem = parseInput('{"type":"prompt"}')
    const { message } = JSON.parse(answer[0] ?? '') as { message: string }
    expect(message).toBe(`Input 4 was not taken: ${'problem' in problem ? problem.problem : ''}`)
  })
})

test('the result has the fields that are shown, in that order', async () => {
  const lines: string[] = []
  await createResultRenderer(new EventStream(), { write: (text) => lines.push(text) }).close()
  const keys = (line = '') => Object.keys(JSON.parse(line) as object)
  expect(keys(lines[0])).toEqual(keys(result[0]))
})
