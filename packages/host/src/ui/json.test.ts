/** JSON lines: order of fields, well-formed output, slow readers and readers that leave. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventStream } from './events.ts'
import { createJsonRenderer, renderJson } from './json.ts'

const clock = () => new Date('2026-01-02T03:04:05.678Z')

async function text(stream: PassThrough): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

test('one object a line, type and time first', async () => {
  const stream = new EventStream(clock)
  const out = new PassThrough()
  const renderer = createJsonRenderer(stream, out)
  stream.emit({
    type: 'channel.registered',
    entry: 'server:webhook',
    source: 'webhook',
    capabilities: { permission: false, tools: ['reply'], extension: [] },
  })
  stream.emit({ type: 'event.received', source: 'webhook', event_id: 'e1', content: 'a\n"b"', meta: { path: '/' } })
  stream.emit({ type: 'turn.finished', turn: 1, outcome: 'completed' })
  const read = text(out)
  await renderer.close()
  out.end()
  expect(await read).toMatchInlineSnapshot(`
    "{"type":"channel.registered","at":"2026-01-02T03:04:05.678Z","entry":"server:webhook","source":"webhook","capabilities":{"permission":false,"tools":["reply"],"extension":[]}}
    {"type":"event.received","at":"2026-01-02T03:04:05.678Z","source":"webhook","event_id":"e1","content":"a\\n\\"b\\"","meta":{"path":"/"}}
    {"type":"turn.finished","at":"2026-01-02T03:04:05.678Z","turn":1,"outcome":"completed"}
    "
  `)
})

test('any text survives, and none of it can drive a terminal or break UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (content) => {
      const line = renderJson({ content })
      expect(JSON.parse(line)).toEqual({ content })
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/)
      expect(line.isWellFormed()).toBe(true)
    }),
    { numRuns: 1_000 },
  )
  expect(renderJson('\ud800\u009b\u202e')).toBe('"\\ud800\\u009b\\u202e"')
})

test('a slow reader gets what was kept and is told what was not', async () => {
  const stream = new EventStream(clock)
  const out = new PassThrough({ highWaterMark: 64 })
  const renderer = createJsonRenderer(stream, out, { limit: 10 })
  for (let turn = 1; turn <= 100; turn++) stream.emit({ type: 'turn.finished', turn, outcome: 'completed' })
  const read = text(out)
  await renderer.close()
  out.end()
  const events = (await read)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; turn?: number; message?: string })
  const turns = events.flatMap(({ turn }) => turn ?? [])
  expect(turns).toEqual(Array.from({ length: turns.length }, (_, index) => index + 1))
  expect(turns.length).toBeGreaterThanOrEqual(10)
  expect(events.at(-1)).toMatchObject({
    type: 'notice',
    level: 'error',
    message: `${100 - turns.length} events were not written here: the reader of this stream was too slow.`,
  })
})

test('close waits for a stalled reader no longer than its deadline', async () => {
  const stream = new EventStream(clock)
  const out = new PassThrough({ highWaterMark: 1 })
  const renderer = createJsonRenderer(stream, out)
  for (let turn = 1; turn <= 3; turn++) stream.emit({ type: 'turn.finished', turn, outcome: 'completed' })
  await renderer.close()
})

test('a reader that leaves: EPIPE on a real pipe calls onClosed', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.destroy()'], { stdio: ['pipe', 'ignore', 'ignore'] })
  const stream = new EventStream()
  const closed = Promise.withResolvers<void>()
  const renderer = createJsonRenderer(stream, child.stdin, { onClosed: closed.resolve })
  await once(child, 'exit')
  stream.emit({ type: 'notice', level: 'info', message: 'nobody hears this' })
  await closed.promise
  stream.emit({ type: 'notice', level: 'info', message: 'nor this' })
  await renderer.close()
})
