/** The one object of `--output-format json`. */
import { expect, test } from 'vitest'
import { EventStream } from './events.ts'
import { createResultRenderer } from './result.ts'

function start(): { stream: EventStream; lines: string[]; close(): Promise<void> } {
  let time = Date.parse('2026-01-02T03:04:05.000Z')
  const stream = new EventStream(() => {
    time += 100
    return new Date(time)
  })
  const lines: string[] = []
  const renderer = createResultRenderer(stream, { write: (text) => lines.push(text) })
  return { stream, lines, close: () => renderer.close() }
}

test('tells the last answer, the counts and the errors, once', async () => {
  const { stream, lines, close } = start()
  stream.emit({ type: 'session.started', session_id: 's1', agent: 'demo', cwd: '/', permission_mode: 'default' })
  stream.emit({ type: 'channel.refused', entry: 'server:x', reason: 'not-found', message: 'no such server' })
  stream.emit({ type: 'turn.started', turn: 1, input: 'one', event_ids: [] })
  stream.emit({ type: 'agent.text', turn: 1, text: 'first' })
  stream.emit({ type: 'turn.finished', turn: 1, outcome: 'completed' })
  stream.emit({ type: 'turn.started', turn: 2, input: 'two', event_ids: [] })
  stream.emit({ type: 'tool.called', turn: 2, call_id: 'c', tool: 'LS', input: {} })
  stream.emit({ type: 'agent.text', turn: 2, text: 'second' })
  stream.emit({ type: 'agent.text', turn: 2, text: 'answer' })
  stream.emit({ type: 'turn.finished', turn: 2, outcome: 'completed' })
  stream.emit({ type: 'session.ended', reason: 'completed' })
  await close()
  expect(lines).toMatchInlineSnapshot(`
    [
      "{"type":"result","at":"2026-01-02T03:04:06.100Z","session_id":"s1","agent":"demo","outcome":"completed","text":"second\\nanswer","turns":2,"tool_calls":1,"duration_ms":1000,"errors":["server:x (not-found): no such server"],"reason":"completed"}
    ",
    ]
  `)
})

test('is printed at close where the session did not get to its end', async () => {
  const { lines, close } = start()
  await close()
  expect(JSON.parse(lines.join(''))).toMatchObject({ type: 'result', outcome: 'failed', turns: 0, text: '' })
})
