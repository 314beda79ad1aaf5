/** Uploads: what reaches the session and the disk, and that a bad one leaves nothing behind and says why. */
import { once } from 'node:events'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { BackchannelError } from '@backchannel/channel'
import { staysTrue, waitFor } from '@backchannel/testkit'
import { expect, test } from 'vitest'
import { ask, form, openTestChat, type TestChat, upload } from './chat.fixture.ts'

const LIMIT = 50 * 1024 * 1024

async function inbox(chat: TestChat): Promise<string[]> {
  return readdir(join(chat.directory, 'inbox')).catch(() => [])
}

function multipart(body: string): Parameters<typeof ask>[2] {
  return { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=b' }, body }
}

test('meta tells name, type and size; the stored name is ours and for the owner alone', async () => {
  await using chat = await openTestChat()
  const file = new File(['%PDF'], 'Q3 "final" ../../report.t<x>t', { type: 'application/pdf' })
  expect((await upload(chat.port, form({ id: 'u1', text: '', file }))).status).toBe(204)
  const { content, meta = {} } = chat.events[0] ?? {}
  expect(content).toBe('(report.t<x>t)')
  expect(meta).toMatchObject({
    attachment_name: 'report.t<x>t',
    attachment_mime: 'application/pdf',
    attachment_size: '4',
  })
  expect(meta['file_path']).toMatch(/[/\\]inbox[/\\]\d{13}-[0-9a-f]{12}\.bin$/)
  if (process.platform !== 'win32') expect((await stat(meta['file_path'] ?? '')).mode & 0o777).toBe(0o600)
})

test('several files are one event', async () => {
  await using chat = await openTestChat()
  const files = [new File(['1'], 'a.txt'), new File(['22'], 'b.txt'), new File(['333'], 'c.txt')]
  await upload(chat.port, form({ id: 'u1', text: '', file: files }))
  const { content, meta = {} } = chat.events[0] ?? {}
  expect(chat.events).toHaveLength(1)
  expect(content).toBe('(a.txt, b.txt, c.txt)')
  expect(meta['attachment_count']).toBe('3')
  expect(await readFile(meta['file_path'] ?? '', 'utf8')).toBe('1')
  expect(await readFile(meta['file_path_3'] ?? '', 'utf8')).toBe('333')
  expect(meta['attachment_name_2']).toBe('b.txt')
})

test('a name in any language arrives as it is, and line ends as they were typed', async () => {
  await using chat = await openTestChat()
  const file = new File(['x'], 'отчёт 日本.txt', { type: 'text/plain' })
  await upload(chat.port, form({ id: 'u1', text: 'two\nlines', file }))
  expect(chat.events[0]).toMatchObject({ content: 'two\nlines', meta: { attachment_name: 'отчёт 日本.txt' } })
})

test('text alone, with the empty file part of a form, is a message without a file', async () => {
  await using chat = await openTestChat()
  await upload(chat.port, form({ id: 'u1', text: 'just text', file: new File([], '') }))
  expect(chat.events[0]?.content).toBe('just text')
  expect(Object.keys(chat.events[0]?.meta ?? {})).toEqual(['chat_id', 'message_id', 'user', 'ts'])
  expect(await inbox(chat)).toEqual([])
})

test('the same upload twice is one event and one file', async () => {
  await using chat = await openTestChat()
  const send = () => upload(chat.port, form({ id: 'u1', text: 'once', file: new File(['x'], 'a.txt') }))
  const answers = await Promise.all([send(), send()])
  expect([...answers.map(({ status }) => status), (await send()).status]).toEqual([204, 204, 204])
  expect(chat.events).toHaveLength(1)
  expect(await inbox(chat)).toHaveLength(1)
})

test('a file of exactly 50 MB passes, one byte more is 413 and gone', async () => {
  await using chat = await openTestChat()
  const send = (id: string, size: number) =>
    upload(chat.port, form({ id, text: '', file: new File([Buffer.alloc(size)], 'big.iso') }))
  expect((await send('u1', LIMIT)).status).toBe(204)
  const answer = await send('u2', LIMIT + 1)
  expect([answer.status, await answer.json()]).toEqual([
    413,
    { error: 'file-too-large', message: expect.stringMatching(/big\.iso.*50 MB/), hint: expect.any(String) },
  ])
  expect(chat.events).toHaveLength(1)
  expect(await inbox(chat)).toHaveLength(1)
}, 60_000)

test('one bad file of several takes the others with it', async () => {
  await using chat = await openTestChat()
  const files = Array.from({ length: 11 }, (_, at) => new File(['x'], `${at}.txt`))
  const answer = await upload(chat.port, form({ id: 'u1', text: '', file: files }))
  expect([answer.status, await answer.json()]).toMatchObject([400, { message: expect.stringContaining('10 files') }])
  expect(chat.events).toEqual([])
  expect(await inbox(chat)).toEqual([])
})

test.each([
  ['no multipart at all', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }],
  ['no content type', { method: 'POST', body: 'x' }],
  ['no boundary', { method: 'POST', headers: { 'content-type': 'multipart/form-data' }, body: 'x' }],
  ['an end in the middle', multipart('--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nhalf')],
  ['headers that never end', multipart(`--b\r\n${'x'.repeat(100_000)}`)],
  ['an empty body', multipart('')],
  ['a file in another field', multipart(part('name="document"; filename="a.txt"'))],
  ['nothing to send', multipart(part('name="id"').replace('--b--', part('name="text"', '  ')))],
  ['an id that is none', multipart(part('name="id"', 'two words').replace('--b--', part('name="text"', 'hello')))],
])('%s is 400 with the reason, and leaves nothing', async (_, request) => {
  await using chat = await openTestChat()
  const answer = await ask(chat.port, '/upload', request)
  expect(answer.status).toBe(400)
  expect(JSON.parse(answer.body)).toMatchObject({
    error: expect.stringMatching(/^(upload|message)-invalid$/),
    message: expect.stringMatching(/\w{3}/),
    hint: expect.any(String),
  })
  expect(chat.events).toEqual([])
  expect(await inbox(chat)).toEqual([])
  expect((await upload(chat.port, form({ id: 'u9', text: 'still here' }))).status).toBe(204)
})

function part(parameters: string, content = 'x'): string {
  return `--b\r\ncontent-disposition: form-data; ${parameters}\r\n\r\n${content}\r\n--b--\r\n`
}

test('a state directory that cannot be written is 507 with what to do, and the chat goes on', async () => {
  // A file in the way of the folder: unlike a mode, that stops a superuser too.
  await using chat = await openTestChat({ prepare: (directory) => writeFile(join(directory, 'inbox'), '') })
  const answer = await upload(chat.port, form({ id: 'u1', text: 'see file', file: new File(['x'], 'a.txt') }))
  expect([answer.status, await answer.json()]).toEqual([
    507,
    {
      error: 'state-unwritable',
      message: expect.stringContaining(join(chat.directory, 'inbox')),
      hint: expect.stringContaining('_STATE_DIR'),
    },
  ])
  expect(chat.events).toEqual([])
  expect((await upload(chat.port, form({ id: 'u2', text: 'no file' }))).status).toBe(204)
})

test('a session that takes no more is 503 with the reason, and the file goes until the next attempt', async () => {
  await using chat = await openTestChat()
  chat.emit = () => Promise.reject(new BackchannelError('outbox-full', '1024 events wait already.', { hint: 'Later.' }))
  const send = () => upload(chat.port, form({ id: 'u1', text: '', file: new File(['x'], 'a.txt') }))
  const answer = await send()
  expect([answer.status, await answer.json()]).toEqual([
    503,
    { error: 'outbox-full', message: '1024 events wait already.', hint: 'Later.' },
  ])
  expect(await inbox(chat)).toEqual([])
  chat.emit = undefined
  expect((await send()).status).toBe(204)
  expect(chat.events).toHaveLength(1)
})

test('a client that goes away in the middle leaves nothing', async () => {
  await using chat = await openTestChat()
  const socket = connect(chat.port, '127.0.0.1')
  const head = `POST /upload HTTP/1.1\r\nhost: 127.0.0.1:${chat.port}\r\ncontent-length: 100000\r\ncontent-type: multipart/form-data; boundary=b\r\n\r\n`
  socket.write(
    `${head}--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n${'x'.repeat(50_000)}`,
  )
  await waitFor(async () => (await inbox(chat)).length === 1, { what: 'the beginning of the file' })
  socket.destroy()
  await once(socket, 'close')
  await waitFor(async () => (await inbox(chat)).length === 0, { what: 'the half file to go' })
  expect(await staysTrue(() => chat.events.length === 0, 50)).toBe(true)
})
