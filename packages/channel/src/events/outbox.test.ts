/** The way of events without a journal: order, bounds, the window of a host with receipts, and what is refused. */
import { BackchannelError } from '@backchannel/protocol'
import { expect, it } from 'vitest'
import { createPipe, settled } from '../fixtures/pipe.ts'
import { createOutput } from '../stdio/output.ts'
import { createOutbox } from './outbox.ts'

const open = ({ receipts = false, highWaterMark = 1024 * 1024 } = {}) => {
  const pipe = createPipe(highWaterMark)
  const output = createOutput(
    () => {},
    pipe.stream,
    (chunk) => pipe.stream.write(chunk),
  )
  const outbox = createOutbox(output)
  outbox.open({ receipts, source: 'test' })
  const contents = () => pipe.lines.map((line) => JSON.parse(line).params.content)
  const settle = (eventId: string, state: 'queued' | 'started' | 'completed' | 'failed' | 'dropped') =>
    outbox.settle({ eventId, state })
  return {
    pipe,
    outbox,
    contents,
    settle,
    emit: (content: string, eventId = content) => outbox.emit({ content, eventId }),
  }
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => String(from + at))
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'sent',
    (error: unknown) => (BackchannelError.is(error) ? error.code : String(error)),
  )

it('sends at once what there is room for, and resolves with the id', async () => {
  const { outbox, pipe } = open({ receipts: true })
  expect(await outbox.emit({ content: 'a', meta: { k: 'v' }, eventId: 'e1' })).toMatchObject({ eventId: 'e1' })
  const { eventId } = await outbox.emit({ content: 'b' })
  expect(eventId).toMatch(/^[0-9a-f-]{36}$/)
  expect(pipe.lines).toEqual([
    '{"jsonrpc":"2.0","method":"notifications/claude/channel","params":{"content":"a","meta":{"k":"v"},"event_id":"e1"}}',
    `{"jsonrpc":"2.0","method":"notifications/claude/channel","params":{"content":"b","event_id":"${eventId}"}}`,
  ])
})

it('sends no id to a stock host', async () => {
  const { outbox, pipe } = open()
  await outbox.emit({ content: 'a', eventId: 'e1' })
  expect(pipe.lines).toEqual(['{"jsonrpc":"2.0","method":"notifications/claude/channel","params":{"content":"a"}}'])
})

it('takes the event as it is at the call', async () => {
  const { outbox, pipe, contents } = open({ highWaterMark: 1 })
  await pipe.read(false)
  const event = { content: 'before', meta: { key: 'before' } }
  const sent = [outbox.emit(event), outbox.emit(event)]
  event.content = 'after'
  event.meta.key = 'after'
  await pipe.read(true)
  await Promise.all(sent)
  expect(contents()).toEqual(['before', 'before'])
})

it('keeps the order of the calls while the pipe is full', async () => {
  const { emit, pipe, contents } = open({ highWaterMark: 1 })
  await pipe.read(false)
  const sent = numbers(1, 500).map((content) => emit(content))
  await settled()
  expect(contents()).toEqual([])
  await pipe.read(true)
  await Promise.all(sent)
  await settled()
  expect(contents()).toEqual(numbers(1, 500))
})

it('lets a host with receipts have 256 events unfinished, whatever happens to one makes room', async () => {
  const { emit, contents, settle } = open({ receipts: true })
  const sent = numbers(1, 260).map((content) => emit(content))
  await settled()
  expect(contents()).toEqual(numbers(1, 256))
  for (const state of ['queued', 'started'] as const) settle('1', state)
  settle('unknown', 'completed')
  settle('257', 'completed')
  await settled()
  expect(contents()).toHaveLength(256)
  settle('3', 'completed')
  await settled()
  expect(contents()).toEqual(numbers(1, 257))
  settle('3', 'completed')
  settle('1', 'failed')
  settle('2', 'dropped')
  await settled()
  expect(contents()).toEqual(numbers(1, 259))
  settle('4', 'completed')
  await Promise.all(sent)
})

it('has no window towards a stock host', async () => {
  const { emit, contents } = open()
  await Promise.all(numbers(1, 1000).map((content) => emit(content)))
  expect(contents()).toEqual(numbers(1, 1000))
})

it('lets 1024 events wait, and refuses the next one until there is room', async () => {
  const { emit, contents, settle } = open({ receipts: true })
  const sent = numbers(1, 256 + 1024).map((content) => emit(content))
  await expect(emit('one too many')).rejects.toMatchObject({
    code: 'outbox-full',
    message: '1024 events wait already because the session reads slowly.',
    hint: 'Try again later.',
  })
  settle('1', 'completed')
  sent.push(emit('again'))
  for (const number of numbers(2, 256 + 1024)) settle(number, 'completed')
  await Promise.all(sent)
  expect(contents()).toEqual([...numbers(1, 256 + 1024), 'again'])
})

it('lets 16 MiB wait, however few events they are', async () => {
  const { emit, pipe } = open({ highWaterMark: 1 })
  await pipe.read(false)
  await emit('fills the pipe')
  const megabyte = 'x'.repeat(1024 * 1024)
  const sent = numbers(1, 16).map((id) => emit(megabyte, id))
  expect(await codeOf(emit('one too many'))).toBe('outbox-full')
  await pipe.read(true)
  await Promise.all(sent)
})

it.each([
  ['content of another type', { content: 7 }, 'The event can\'t be sent: "content" is of type number.'],
  ['no content', {}, 'The event can\'t be sent: "content" is of type undefined.'],
  ['no object', 'text', "The event can't be sent: it is no object."],
  ['a meta key with a dash', { content: '', meta: { 'chat-id': '1' } }, /meta key "chat-id" would be dropped/],
  ['an empty meta key', { content: '', meta: { '': '1' } }, /meta key "" would be dropped/],
  ['a meta key with a letter that is none', { content: '', meta: { größe: '1' } }, /meta key "größe"/],
  ['a source', { content: '', meta: { Source: 'web' } }, /meta key "Source" would be dropped/],
  ['a meta value of another type', { content: '', meta: { count: 1 } }, /"meta.count" is of type number/],
  ['meta that is text', { content: '', meta: 'key' }, /"meta" is no object/],
  ['meta that is null', { content: '', meta: null }, /"meta" is no object/],
  ['meta that is a list', { content: '', meta: ['key'] }, /"meta" is no object/],
  ['an empty id', { content: '', eventId: '' }, /"eventId" is no text/],
  ['an id of another type', { content: '', eventId: 7 }, /"eventId" is no text/],
])('refuses %s, and sends nothing', async (_, event, message) => {
  const { outbox, pipe } = open()
  await expect(outbox.emit(event as never)).rejects.toMatchObject({
    code: 'arguments-invalid',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
    hint: expect.any(String),
  })
  expect(pipe.lines).toEqual([])
})

it('takes names that every object has as meta keys like any other', async () => {
  const { outbox, pipe } = open()
  await outbox.emit({ content: '', meta: JSON.parse('{"__proto__":"a","constructor":"b"}') })
  expect(pipe.lines[0]).toContain('"meta":{"__proto__":"a","constructor":"b"}')
})

it('takes 1,114,112 bytes, meta included, and refuses one more', async () => {
  const { outbox } = open()
  const most = 1_114_112
  const meta = { key: 'üü' }
  expect(await codeOf(outbox.emit({ content: 'x'.repeat(most - 7), meta }))).toBe('sent')
  await expect(outbox.emit({ content: `x${'x'.repeat(most - 7)}`, meta })).rejects.toMatchObject({
    code: 'event-too-large',
    message: 'The event has 1114113 bytes; 1114112 is the most.',
  })
  expect(await codeOf(outbox.emit({ content: 'ü'.repeat(most / 2 + 1) }))).toBe('event-too-large')
})

it('refuses an id that is in use, waiting or unfinished, and takes it again afterwards', async () => {
  const { emit, pipe, settle } = open({ receipts: true, highWaterMark: 1 })
  await emit('a', 'id')
  expect(await codeOf(emit('b', 'id'))).toBe('arguments-invalid')
  settle('id', 'completed')
  await pipe.read(false)
  await emit('c', 'id')
  const waiting = emit('d', 'waits')
  expect(await codeOf(emit('e', 'waits'))).toBe('arguments-invalid')
  await pipe.read(true)
  await waiting
})

it('refuses everything before a session has registered the channel', async () => {
  const pipe = createPipe(1)
  const outbox = createOutbox(
    createOutput(
      () => {},
      pipe.stream,
      (chunk) => pipe.stream.write(chunk),
    ),
  )
  await expect(outbox.emit({ content: 'a' })).rejects.toMatchObject({
    code: 'not-registered',
    hint: expect.stringContaining('--channels'),
  })
})

it('refuses what waits, and all that follows, once it is closed', async () => {
  const { emit, outbox, pipe, contents } = open({ highWaterMark: 1 })
  await pipe.read(false)
  const [first, ...rest] = numbers(1, 5).map((content) => codeOf(emit(content)))
  await outbox.close()
  await outbox.close()
  outbox.open({ receipts: false, source: 'test' })
  expect(await first).toBe('sent')
  expect(await Promise.all([...rest, codeOf(emit('6'))])).toEqual(Array(5).fill('closed'))
  await pipe.read(true)
  expect(contents()).toEqual(['1'])
})
