/** F-1 of the official fakechat: no page but this one may read or inject, on any route; local programs may. */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ask, connectSocket, openTestChat, type TestChat } from './chat.fixture.ts'

const FOREIGN: readonly (readonly [string, (port: number) => Record<string, string>])[] = [
  ['another site', () => ({ origin: 'https://evil.example' })],
  ['another port of localhost', (port) => ({ origin: `http://localhost:${port === 65_535 ? 1 : port + 1}` })],
  ['https on the same host', (port) => ({ origin: `https://127.0.0.1:${port}` })],
  ['a sandboxed frame or a file', () => ({ origin: 'null' })],
  ['localhost for 127.0.0.1', (port) => ({ origin: `http://localhost:${port}` })],
  ['a rebound host name', (port) => ({ host: `rebound.example:${port}` })],
  ['a rebound host name as its own origin', (port) => both(`rebound.example:${port}`)],
  ['a host that only begins like localhost', (port) => both(`localhost.evil.example:${port}`)],
  ['a request marked cross-site', () => ({ 'sec-fetch-site': 'cross-site' })],
  ['a request marked same-site', () => ({ 'sec-fetch-site': 'same-site' })],
  ['an iframe', () => ({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' })],
]

const OWN: readonly (readonly [string, (port: number) => Record<string, string>])[] = [
  ['a script without any of the headers', () => ({})],
  ['the page itself', (port) => ({ ...both(`127.0.0.1:${port}`), 'sec-fetch-site': 'same-origin' })],
  ['the page by the name localhost', (port) => both(`localhost:${port}`)],
  ['the page on ::1', (port) => both(`[::1]:${port}`)],
  ['an address that was typed', () => ({ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' })],
]

function both(host: string): Record<string, string> {
  return { host, origin: `http://${host}` }
}

const UPLOAD = [
  '--b\r\ncontent-disposition: form-data; name="id"\r\n\r\nu1\r\n',
  '--b\r\ncontent-disposition: form-data; name="text"\r\n\r\ninjected\r\n',
  '--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx\r\n--b--\r\n',
].join('')

async function askEverything(chat: TestChat, headers: Record<string, string>): Promise<Record<string, number>> {
  await writeFile(join(chat.directory, 'secret.txt'), 'secret')
  await chat.chat.reply({ text: 'secret', files: [join(chat.directory, 'secret.txt')] }, new AbortController().signal)
  const [stored = ''] = await readdir(join(chat.directory, 'outbox'))
  const post = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'multipart/form-data; boundary=b' },
    body: UPLOAD,
  }
  const statuses = {
    page: (await ask(chat.port, '/', { headers })).status,
    file: (await ask(chat.port, `/files/${stored}`, { headers })).status,
    upload: (await ask(chat.port, '/upload', post)).status,
    unknown: (await ask(chat.port, '/other', { headers })).status,
  }
  const socket = await connectSocket(chat.port, headers).then(
    async (connected) => {
      await connected[Symbol.asyncDispose]()
      return 101
    },
    (error: Error) => Number(/\d{3}/.exec(error.message)?.[0]),
  )
  return { ...statuses, socket }
}

test.each(FOREIGN)('%s is refused everywhere, and nothing arrives', async (_, headersOf) => {
  await using chat = await openTestChat()
  const statuses = await askEverything(chat, headersOf(chat.port))
  for (const status of Object.values(statuses)) expect([403, 421]).toContain(status)
  expect(chat.events).toEqual([])
  expect(await readdir(chat.directory)).not.toContain('inbox')
})

test.each(OWN)('%s passes everywhere', async (_, headersOf) => {
  await using chat = await openTestChat()
  const statuses = await askEverything(chat, headersOf(chat.port))
  expect(statuses).toEqual({ page: 200, file: 200, upload: 204, unknown: 404, socket: 101 })
  expect(chat.events).toHaveLength(1)
})

test('a link on another site opens the page, and nothing else', async () => {
  await using chat = await openTestChat()
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  expect((await ask(chat.port, '/', { headers })).status).toBe(200)
  expect((await ask(chat.port, '/files/a.txt', { headers })).status).toBe(403)
  expect((await ask(chat.port, '/upload', { method: 'POST', headers, body: UPLOAD })).status).toBe(403)
})

test('it listens on loopback alone, by both of its addresses where the machine has them', async () => {
  await using chat = await openTestChat()
  expect((await ask(chat.port, '/')).status).toBe(200)
  const ipv6 = await ask(chat.port, '/', { host: '::1', headers: { host: `[::1]:${chat.port}` } }).catch(
    (error: NodeJS.ErrnoException) => error.code,
  )
  expect(['EADDRNOTAVAIL', 'EAFNOSUPPORT', expect.objectContaining({ status: 200 })]).toContainEqual(ipv6)
})

test('the page allows its own script and style and nothing else, and no frame around it', async () => {
  const html = '<html><style>p{color:red}</style><script type="module">console.log("&<")</script></html>'
  await using chat = await openTestChat({ html })
  const { headers, body } = await ask(chat.port, '/')
  expect(body).toBe(html)
  expect(headers['content-security-policy']).toBe(
    [
      "default-src 'none'",
      "script-src 'sha256-yvDFc6Hc86ZgPKDoA1miH1+jDIWyNsR+EAcAo3r6AQE='",
      "style-src 'sha256-p0bF+un5yUb9MBO6xRb8kPHlY2BdpHVtLiFkDrZPF64='",
      "connect-src 'self'",
      "img-src 'self' blob: data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  )
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
  })
})
