/** Downloads: what a browser gets to see, under which name, and that none of it can act as a page. */
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ask, connectSocket, openTestChat, type TestChat } from './chat.fixture.ts'

async function send(chat: TestChat, name: string, content = 'content'): Promise<string> {
  const path = join(chat.directory, name)
  await writeFile(path, content)
  await chat.chat.reply({ text: 'a file', files: [path] }, new AbortController().signal)
  await using page = await connectSocket(chat.port)
  return ((await page.next('msg'))['file'] as { url: string }).url
}

test.each([
  ['a.png', 'image/png', 'inline'],
  ['a.JPG', 'image/jpeg', 'inline'],
  ['a.webp', 'image/webp', 'inline'],
  ['a.pdf', 'application/pdf', 'inline'],
  ['a.txt', 'text/plain; charset=utf-8', 'inline'],
  ['a.svg', 'image/svg+xml', 'attachment'],
  ['a.html', 'application/octet-stream', 'attachment'],
  ['a.js', 'application/octet-stream', 'attachment'],
  ['a', 'application/octet-stream', 'attachment'],
])('%s is %s, %s', async (name, type, disposition) => {
  await using chat = await openTestChat()
  const { headers, status } = await ask(chat.port, await send(chat, name))
  expect(status).toBe(200)
  expect(headers['content-type']).toBe(type)
  expect(headers['content-disposition']).toBe(`${disposition}; filename="${name}"; filename*=UTF-8''${name}`)
  expect(headers['x-content-type-options']).toBe('nosniff')
  // A PDF viewer does not run in a sandbox; everything else is in one.
  expect(headers['content-security-policy']).toMatch(name === 'a.pdf' ? /^frame-ancestors 'none'$/ : /^sandbox; /)
})

test('a name with quotes, line breaks and letters of all kinds stays a name', async () => {
  await using chat = await openTestChat()
  const { headers } = await ask(chat.port, await send(chat, 'naïve "report"\r\nx-evil: 1 日本.txt'))
  expect(headers['x-evil']).toBeUndefined()
  expect(headers['content-disposition']).toBe(
    `inline; filename="na_ve _report_x-evil: 1 __.txt"; filename*=UTF-8''na%C3%AFve%20%22report%22x-evil%3A%201%20%E6%97%A5%E6%9C%AC.txt`,
  )
})

test('HEAD has the headers alone, and other methods are told which to use', async () => {
  await using chat = await openTestChat()
  const url = await send(chat, 'a.txt', 'twelve bytes')
  const head = await ask(chat.port, url, { method: 'HEAD' })
  expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '12', ''])
  const posted = await ask(chat.port, url, { method: 'POST' })
  expect([posted.status, posted.headers.allow]).toEqual([405, 'GET, HEAD'])
})

test.skipIf(process.platform === 'win32')('no link leads out of the folder', async () => {
  await using chat = await openTestChat()
  await mkdir(join(chat.directory, 'outbox'))
  await writeFile(join(chat.directory, 'outside.txt'), 'outside')
  await symlink(join(chat.directory, 'outside.txt'), join(chat.directory, 'outbox', 'link.txt'))
  await mkdir(join(chat.directory, 'outbox', 'folder'))
  expect((await ask(chat.port, '/files/link.txt')).status).toBe(404)
  expect((await ask(chat.port, '/files/folder')).status).toBe(404)
})

test('an empty file is a file', async () => {
  await using chat = await openTestChat()
  const { status, body } = await ask(chat.port, await send(chat, 'empty.txt', ''))
  expect([status, body]).toEqual([200, ''])
})
