/** The plain renderer on real streams: what is printed, coloured, left quiet, and what a slow reader costs. */
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { EventStream } from './events.ts'
import { createPlainRenderer } from './plain.ts'

function collect(): { readonly text: string; write(text: string): boolean } {
  const parts: string[] = []
  return {
    get text() {
      return parts.join('')
    },
    write(text) {
      parts.push(text)
      return true
    },
  }
}

function playTurn(stream: EventStream): void {
  stream.emit({ type: 'event.received', source: 'webhook', event_id: 'e1', content: 'hello', meta: {} })
  stream.emit({ type: 'turn.started', turn: 1, input: '<channel …>', event_ids: ['e1'] })
  stream.emit({ type: 'tool.called', turn: 1, call_id: 'c1', tool: 'Read', input: { path: 'a.txt' } })
  stream.emit({ type: 'tool.finished', turn: 1, call_id: 'c1', ok: true, summary: 'text' })
  stream.emit({ type: 'agent.text', turn: 1, text: 'I read it.\n\nDone.' })
  stream.emit({ type: 'turn.finished', turn: 1, outcome: 'failed', error: 'out of words' })
}

test('prints lines until it is closed', async () => {
  const stream = new EventStream()
  const out = collect()
  const renderer = createPlainRenderer(stream, out)
  playTurn(stream)
  await renderer.close()
  await renderer.close()
  stream.emit({ type: 'notice', level: 'info', message: 'too late' })
  expect(out.text).toMatchInlineSnapshot(`
    "← webhook: hello
    ⏺ Read (a.txt)
      ⎿ text
    ⏺ I read it.

      Done.
    ✗ The turn failed: out of words
    "
  `)
})

test('quiet: the agent alone, problems elsewhere', async () => {
  const stream = new EventStream()
  const out = collect()
  const errors = collect()
  const renderer = createPlainRenderer(stream, out, { quiet: true, errors })
  stream.emit({ type: 'notice', level: 'info', message: 'the demo agent runs' })
  playTurn(stream)
  await renderer.close()
  expect(out.text).toBe('I read it.\n\nDone.\n')
  expect(errors.text).toBe('✗ The turn failed: out of words\n')
})

test('colours the mark or the line, only where asked for', async () => {
  const stream = new EventStream()
  const out = collect()
  const renderer = createPlainRenderer(stream, out, { color: true })
  stream.emit({ type: 'event.received', source: 'webhook', event_id: 'e1', content: 'hi \u001b[31m', meta: {} })
  stream.emit({ type: 'notice', level: 'error', message: 'no' })
  stream.emit({ type: 'agent.text', turn: 1, text: 'plain' })
  await renderer.close()
  expect(out.text).toBe(
    '\u001b[36m← \u001b[0mwebhook: hi \n\u001b[31m✗ no\u001b[0m\n⏺ plain\n'.replace('hi \n', 'hi\n'),
  )
})

test('a reader that goes away is told of once', async () => {
  const stream = new EventStream()
  const out = new PassThrough()
  let closed = 0
  const renderer = createPlainRenderer(stream, out, {
    onClosed: () => {
      closed += 1
    },
  })
  out.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  await new Promise((resolve) => out.once('close', resolve))
  playTurn(stream)
  await renderer.close()
  expect(closed).toBe(1)
})
