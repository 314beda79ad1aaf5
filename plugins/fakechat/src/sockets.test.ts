/** The WebSocket: acknowledgements that mean something, repeats, back-pressure, and clients that send nonsense. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BackchannelError, type Emitted } from '@backchannel/channel'
import { deferred, staysTrue, waitFor } from '@backchannel/testkit'
import { expect, test } from 'vitest'
import { connectSocket, form, openTestChat, upload } from './chat.fixture.ts'
import type { OlderFrame } from './wire.ts'

const noAbort = new AbortController().signal

test('hello comes first: the run, the source, and what was said', async () => {
  await using chat = await openTestChat({ receipts: true })
  await using first = await connectSocket(chat.port)
  expect(first.frames[0]).toEqual({
    type: 'hello',
    run: expect.stringMatching(/^[0-9a-f-]{36}$/),
    source: 'fakechat',
    receipts: true,
    messages: [],
    older: false,
  })
  first.send({ id: 'u1', text: 'question' })
  await first.next('sent')
  const id = (await chat.chat.reply({ text: 'draft', replyTo: 'u1' }, noAbort)).slice(6, -1)
  chat.chat.edit(id, 'answer')
  await using second = await connectSocket(chat.port)
  expect(second.frames[0]?.['run']).toBe(first.frames[0]?.['run'])
  expect(second.frames[0]?.['messages']).toEqual([
    { id: 'u1', from: 'user', text: 'question', ts: expect.any(Number), state: 'sent' },
    { id, from: 'assistant', text: 'answer', ts: expect.any(Number), replyTo: 'u1', edited: true },
  ])
})

test('a page gets the newest messages, and older ones when it asks for them', async () => {
  await using chat = await openTestChat()
  const replies = Array.from({ length: 250 }, (_, at) => chat.chat.reply({ text: `${at}` }, noAbort))
  await Promise.all(replies)
  await using page = await connectSocket(chat.port)
  const pages = [page.frames[0] as unknown as OlderFrame]
  for (const expected of [true, false]) {
    const before = pages[0]?.messages[0]?.id ?? ''
    page.send({ type: 'older', before })
    pages.unshift((await page.next('older')) as unknown as OlderFrame)
    expect(pages[0]).toMatchObject({ before, older: expected })
  }
  expect(pages.map(({ messages }) => messages.length)).toEqual([50, 100, 100])
  expect(pages.flatMap(({ messages }) => messages.map(({ text }) => Number(text)))).toEqual(replies.map((_, at) => at))
  page.send({ type: 'older', before: 'unknown' })
  expect(await page.next('older')).toEqual({ type: 'older', before: 'unknown', messages: [], older: false })
})

test('where nothing can be kept the chat goes on, and every page is told', async () => {
  const prepare = (directory: string) => mkdir(join(directory, 'history.db')).then(() => {})
  await using chat = await openTestChat({ prepare })
  await using page = await connectSocket(chat.port)
  page.send({ id: 'u1', text: 'hello' })
  await page.next('sent')
  await chat.chat.reply({ text: 'an answer' }, noAbort)
  expect(await page.next('problem')).toMatchObject({ message: expect.stringContaining(chat.directory) })
  await using other = await connectSocket(chat.port)
  await other.next('problem')
  expect(other.frames[0]?.['messages']).toMatchObject([{ text: 'hello' }, { text: 'an answer' }])
  expect(chat.log.filter((line) => line.startsWith('error'))).toHaveLength(1)
})

test('a message is acknowledged only when it is stored', async () => {
  await using chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  const pipe = deferred<Emitted>()
  chat.emit = () => pipe.promise
  page.send({ id: 'u1', text: 'hello' })
  expect(await staysTrue(() => page.frames.length === 1, 60)).toBe(true)
  pipe.resolve({ eventId: 'event', duplicate: false })
  expect(await page.next('sent')).toEqual({ type: 'sent', id: 'u1', ts: expect.any(Number) })
})

test('other pages see the message, its sender does not see it twice', async () => {
  await using chat = await openTestChat()
  await using sender = await connectSocket(chat.port)
  await using other = await connectSocket(chat.port)
  sender.send({ id: 'u1', text: 'hello' })
  expect(await other.next('user')).toEqual({ type: 'user', id: 'u1', text: 'hello', ts: expect.any(Number) })
  await upload(chat.port, form({ id: 'u2', text: '', file: new File(['x'], 'a.png', { type: 'image/png' }) }))
  const link = { url: expect.stringMatching(/^\/uploads\/[\w-]+\.png$/), name: 'a.png', size: 1, mime: 'image/png' }
  expect(await other.next('user')).toMatchObject({ id: 'u2', text: '', files: [link] })
  await sender.next('sent')
  expect(sender.frames.filter(({ id }) => id === 'u1')).toHaveLength(1)
})

test('the same message again is acknowledged and not sent again, also while the first is on its way', async () => {
  await using chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  for (let count = 0; count < 3; count += 1) page.send({ id: 'u1', text: 'once' })
  expect(await page.next('sent')).not.toHaveProperty('duplicate')
  expect(await page.next('sent')).toMatchObject({ id: 'u1', duplicate: true })
  await using other = await connectSocket(chat.port)
  other.send({ id: 'u1', text: 'once' })
  expect(await other.next('sent')).toMatchObject({ id: 'u1', duplicate: true })
  expect(chat.events).toHaveLength(1)
})

test('another message under a used id is refused, not swallowed', async () => {
  await using chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  page.send({ id: 'u1', text: 'first' })
  page.send({ id: 'u1', text: 'second' })
  expect(await page.next('error')).toMatchObject({ id: 'u1', error: 'message-invalid' })
  const id = (await chat.chat.reply({ text: 'from the agent' }, noAbort)).slice(6, -1)
  page.send({ id, text: 'from the agent' })
  expect(await page.next('error')).toMatchObject({ id, error: 'message-invalid' })
  expect(chat.events.map(({ content }) => content)).toEqual(['first'])
})

test('a message that an earlier run has stored is acknowledged as a duplicate, and its receipts are followed', async () => {
  await using chat = await openTestChat({ receipts: true })
  await using page = await connectSocket(chat.port)
  let stored = ''
  chat.emit = async ({ eventId = '' }) => {
    stored = eventId
    return { eventId, duplicate: true }
  }
  page.send({ id: 'u1', text: 'again' })
  expect(await page.next('sent')).toMatchObject({ id: 'u1', duplicate: true })
  chat.chat.settle({ eventId: stored, state: 'completed' })
  expect(await page.next('state')).toMatchObject({ id: 'u1', state: 'completed' })
})

test('a refused message says why and can be tried again', async () => {
  await using chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  chat.emit = () => Promise.reject(new BackchannelError('outbox-full', '1024 events wait.', { hint: 'Try later.' }))
  page.send({ id: 'u1', text: 'hello' })
  expect(await page.next('error')).toEqual({
    type: 'error',
    id: 'u1',
    error: 'outbox-full',
    message: '1024 events wait.',
    hint: 'Try later.',
  })
  chat.emit = undefined
  page.send({ id: 'u1', text: 'hello' })
  await page.next('sent')
  expect(chat.events).toHaveLength(1)
})

test('receipts become states, in every page and in the history', async () => {
  await using chat = await openTestChat({ receipts: true })
  await using page = await connectSocket(chat.port)
  await using other = await connectSocket(chat.port)
  page.send({ id: 'u1', text: 'hello' })
  await page.next('sent')
  const eventId = chat.events[0]?.eventId ?? ''
  chat.chat.settle({ eventId, state: 'started' })
  chat.chat.settle({ eventId, state: 'failed', reason: 'the agent stopped' })
  chat.chat.settle({ eventId: 'unknown', state: 'completed' })
  for (const one of [page, other]) {
    expect(await one.next('state')).toEqual({ type: 'state', id: 'u1', state: 'started' })
    expect(await one.next('state')).toEqual({ type: 'state', id: 'u1', state: 'failed', reason: 'the agent stopped' })
  }
  await using late = await connectSocket(chat.port)
  expect(late.frames[0]?.['messages']).toMatchObject([{ id: 'u1', state: 'failed', reason: 'the agent stopped' }])
})

test('while the session is slow the socket is not read: a flood costs the client, not the channel', async () => {
  await using chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  const pipe = deferred()
  let waiting = 0
  chat.emit = async () => {
    waiting += 1
    await pipe.promise
    return { eventId: 'event', duplicate: false }
  }
  const text = 'x'.repeat(100_000)
  for (let count = 0; count < 200; count += 1) page.send({ id: `u${count}`, text })
  // One MiB of them, and what the socket had read already.
  await waitFor(() => waiting >= 11, { what: 'the first messages' })
  expect(await staysTrue(() => waiting < 25, 100)).toBe(true)
  pipe.resolve()
  await waitFor(() => page.frames.filter(({ type }) => type === 'sent').length === 200, { what: 'all of them' })
  expect(page.frames.flatMap(({ type, id }) => (type === 'sent' ? [id] : []))).toEqual(
    Array.from({ length: 200 }, (_, at) => `u${at}`),
  )
})

test.each([
  ['not JSON', 'hello'],
  ['half of it', '{"id":"u1"'],
  ['a string', '"hello"'],
  ['null', 'null'],
  ['a list', '[{"id":"u1","text":"x"}]'],
  ['no id', '{"text":"x"}'],
  ['an id of the wrong type', '{"id":1,"text":"x"}'],
  ['an empty id', '{"id":"","text":"x"}'],
  ['an id with a line break', '{"id":"a\\nb","text":"x"}'],
  ['an id without end', `{"id":"${'a'.repeat(5000)}","text":"x"}`],
  ['no text', '{"id":"u1"}'],
  ['text of the wrong type', '{"id":"u1","text":{"toString":1}}'],
  ['blank text', '{"id":"u1","text":"  \\n "}'],
  ['binary', Buffer.from('{"id":"u1","text":"x"}')],
])('%s is answered with an error, and the next message goes through', async (_, data) => {
  await using chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  page.sendRaw(data)
  const error = await page.next('error')
  expect(error).toMatchObject({ error: 'message-invalid', message: expect.any(String), hint: expect.any(String) })
  expect(JSON.stringify(error).length).toBeLessThan(700)
  page.send({ id: 'u2', text: 'fine' })
  expect(await page.next('sent')).toMatchObject({ id: 'u2' })
  expect(chat.events.map(({ content }) => content)).toEqual(['fine'])
})

test('a frame over 1 MB closes that socket with 1009; others go on', async () => {
  await using chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  await using other = await connectSocket(chat.port)
  page.send({ id: 'u1', text: 'x'.repeat(1024 * 1024) })
  expect(await page.closed).toBe(1009)
  other.send({ id: 'u2', text: 'fine' })
  await other.next('sent')
  expect(chat.events).toHaveLength(1)
})

test('more connections than anyone needs are refused, and there is room again when one goes', async () => {
  await using chat = await openTestChat()
  const pages = await Promise.all(Array.from({ length: 64 }, () => connectSocket(chat.port)))
  await expect(connectSocket(chat.port)).rejects.toThrow('503')
  await pages[0]?.[Symbol.asyncDispose]()
  await using again = await waitFor(() => connectSocket(chat.port), { what: 'room for a page' })
  again.send({ id: 'u1', text: 'hello' })
  await again.next('sent')
  await Promise.all(pages.map((page) => page[Symbol.asyncDispose]()))
})

test('the end of the channel closes every page with 1001 at once', async () => {
  const chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  const before = performance.now()
  await chat[Symbol.asyncDispose]()
  expect(await page.closed).toBe(1001)
  expect(performance.now() - before).toBeLessThan(700)
})
