/** Wire compatibility: a client written for the official fakechat, all of it spelled out here, works with this one. */
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { waitFor } from '@backchannel/testkit'
import { expect, test } from 'vitest'
import { ask, connectSocket, form, openTestChat, upload } from './chat.fixture.ts'

const noAbort = new AbortController().signal

test('a text over the WebSocket is an event with the official keys, in their order', async () => {
  await using chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  page.sendRaw('{"id":"u1780000000000-1","text":"hello there"}')
  const [event] = await waitFor(() => (chat.events.length > 0 ? chat.events : undefined), { what: 'the event' })
  expect(event?.content).toBe('hello there')
  expect(Object.entries(event?.meta ?? {})).toEqual([
    ['chat_id', 'web'],
    ['message_id', 'u1780000000000-1'],
    ['user', 'web'],
    ['ts', expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)],
  ])
})

test('an upload is 204 and an event with file_path', async () => {
  await using chat = await openTestChat()
  const file = new File(['a,b\n1,2\n'], 'table.csv', { type: 'text/csv' })
  const answer = await upload(chat.port, form({ id: 'u1780000000000-2', text: 'look at this', file }))
  expect([answer.status, await answer.text()]).toEqual([204, ''])
  const [event] = chat.events
  expect(event?.content).toBe('look at this')
  expect(Object.keys(event?.meta ?? {}).slice(0, 5)).toEqual(['chat_id', 'message_id', 'user', 'ts', 'file_path'])
  const path = event?.meta?.['file_path'] ?? ''
  expect(dirname(path)).toBe(join(chat.directory, 'inbox'))
  expect(path).toMatch(/\.csv$/)
  expect(await readFile(path, 'utf8')).toBe('a,b\n1,2\n')
})

test('an upload without text has the name of the file as its content', async () => {
  await using chat = await openTestChat()
  await upload(chat.port, form({ id: 'u1', text: '', file: new File(['x'], 'photo.png', { type: 'image/png' }) }))
  expect(chat.events[0]?.content).toBe('(photo.png)')
})

test('an upload without an id is 400 "missing id"', async () => {
  await using chat = await openTestChat()
  const answer = await upload(chat.port, form({ text: 'hi', file: new File(['x'], 'a.txt') }))
  expect([answer.status, await answer.text()]).toEqual([400, 'missing id'])
  expect(chat.events).toEqual([])
})

test('a reply is a "msg" frame, and its first file in "file" downloads from /files/', async () => {
  await using chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  const path = join(chat.directory, 'answer.txt')
  await writeFile(path, 'forty-two')
  const result = await chat.chat.reply({ text: 'here', replyTo: 'u1', files: [path] }, noAbort)
  expect(result).toMatch(/^sent \(m\d{13}-1\)$/)
  const frame = await page.next('msg')
  expect(frame).toMatchObject({
    type: 'msg',
    id: result.slice(6, -1),
    from: 'assistant',
    text: 'here',
    ts: expect.any(Number),
    replyTo: 'u1',
    file: { url: expect.stringMatching(/^\/files\/[\w.-]+\.txt$/), name: 'answer.txt' },
  })
  const answer = await ask(chat.port, (frame['file'] as { url: string }).url)
  expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([
    200,
    'text/plain; charset=utf-8',
    'forty-two',
  ])
})

test('a reply without extras has no optional keys', async () => {
  await using chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  await chat.chat.reply({ text: 'plain' }, noAbort)
  expect(Object.keys(await page.next('msg')).sort()).toEqual(['from', 'id', 'text', 'ts', 'type'])
})

test('an edit is an "edit" frame with id and text', async () => {
  await using chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  const id = (await chat.chat.reply({ text: 'draft' }, noAbort)).slice(6, -1)
  expect(chat.chat.edit(id, 'final')).toBe('ok')
  expect(await page.next('edit')).toEqual({ type: 'edit', id, text: 'final' })
})

test('what was said while no page was open reaches even a client that reads no history', async () => {
  await using chat = await openTestChat()
  const result = await chat.chat.reply({ text: 'anybody there?' }, noAbort)
  expect(result).toMatch(/^sent \(m\d+-1\); no page is open, it is shown when one connects$/)
  await using page = await connectSocket(chat.port)
  expect(await page.next('msg')).toMatchObject({ from: 'assistant', text: 'anybody there?' })
  await using second = await connectSocket(chat.port)
  await chat.chat.reply({ text: 'now both' }, noAbort)
  expect(await second.next('msg')).toMatchObject({ text: 'now both' })
})

test.each([
  ['GET', '/ws', 400, 'upgrade failed'],
  ['GET', '/files/..', 400, 'bad'],
  ['GET', '/files/..%2f..%2fetc%2fpasswd', 400, 'bad'],
  ['GET', '/files/a%2fb', 400, 'bad'],
  ['GET', '/files/../../etc/passwd', 400, 'bad'],
  ['GET', '/files/%', 400, 'bad'],
  ['GET', '/files/absent.txt', 404, 'not found'],
  ['GET', '/other', 404, 'not found'],
  ['POST', '/other', 404, 'not found'],
])('%s %s is %i %s', async (method, path, status, body) => {
  await using chat = await openTestChat()
  const answer = await ask(chat.port, path, { method })
  expect([answer.status, answer.body]).toEqual([status, body])
})
