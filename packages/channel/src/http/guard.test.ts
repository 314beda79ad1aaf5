/** Shows what the loopback guard refuses: on raw sockets as browsers and rebinding send it, and by properties. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeServer, listen, refuseForeign } from './index.ts'

let port = 0
const server = createServer((request, response) => {
  const refusal = refuseForeign(request, { allowNavigation: request.url?.startsWith('/page') === true })
  response.writeHead(refusal?.status ?? 200).end(refusal?.reason ?? 'passed')
})
server.on('upgrade', (request, socket) => {
  socket.end(`HTTP/1.1 ${refuseForeign(request)?.status ?? 101} x\r\n\r\n`)
})
beforeAll(async () => {
  port = await listen(server, { port: 0 })
})
afterAll(() => closeServer(server))

const send = async (line: string, ...headers: string[]): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  socket.write([`${line} HTTP/1.1`, 'Connection: close', ...headers, '', ''].join('\r\n'))
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  await once(socket, 'close')
  return text
}
const status = async (line: string, ...headers: string[]) => Number((await send(line, ...headers)).split(' ')[1])

/** A request as the parser hands it over, for header values that a socket would not carry. */
const parsed = (headers: readonly (readonly [string, string])[], method = 'POST', url = '/'): IncomingMessage =>
  ({ method, url, rawHeaders: headers.flat() }) as unknown as IncomingMessage

describe('refuseForeign', () => {
  it.each(['localhost', 'localhost:8788', 'LocalHost:1', '127.0.0.1:8788', '[::1]', '[::1]:65535'])(
    'lets a local program through that asks for %s',
    async (host) => {
      expect(await status('POST /', `Host: ${host}`)).toBe(200)
    },
  )

  it.each([
    'evil.example',
    'evil.example:8788',
    'localhost.evil.example',
    'localhost.',
    'localhost:',
    'localhost:80@evil.example',
    'user@localhost',
    '127.0.0.1.nip.io:8788',
    '127.0.0.2',
    '0.0.0.0:8788',
    '127.1',
    '2130706433',
    '::1',
    '[::1].evil.example',
    '192.168.0.10:8788',
  ])('refuses the host %s', async (host) => {
    expect(await status('POST /', `Host: ${host}`)).toBe(421)
  })

  it('refuses two Host headers and a whole URL in the request line', async () => {
    expect(await status('POST /', 'Host: localhost', 'Host: evil.example')).toBeGreaterThanOrEqual(400)
    expect(await status('GET http://evil.example/', 'Host: localhost')).toBe(421)
    expect(refuseForeign(parsed([]))?.status).toBe(421)
    const twice = parsed([
      ['Host', 'localhost'],
      ['hOST', 'evil.example'],
    ])
    expect(refuseForeign(twice)?.status).toBe(421)
  })

  it.each([
    'null',
    'http://evil.example',
    'https://localhost:8788',
    'http://localhost',
    'http://localhost:3000',
    'http://127.0.0.1:8788',
    'http://localhost:8788/',
    'http://localhost:8788.evil.example',
    'chrome-extension://abc',
    '',
  ])('refuses the origin %j', async (origin) => {
    expect(await status('POST /', 'Host: localhost:8788', `Origin: ${origin}`)).toBe(403)
  })

  it('lets its own page through, and not one of two origins', async () => {
    const own = 'Origin: http://localhost:8788'
    expect(await status('POST /', 'Host: localhost:8788', own, 'Sec-Fetch-Site: same-origin')).toBe(200)
    expect(await status('POST /', 'Host: localhost:8788', own, 'Origin: http://evil.example')).toBe(403)
  })

  it('goes by Sec-Fetch-Site', async () => {
    for (const site of ['cross-site', 'same-site', 'NONE', '']) {
      expect(await status('GET /', 'Host: localhost', `Sec-Fetch-Site: ${site}`)).toBe(403)
    }
    for (const site of ['same-origin', 'none']) {
      expect(await status('GET /', 'Host: localhost', `Sec-Fetch-Site: ${site}`)).toBe(200)
    }
    expect(await status('GET /', 'Host: localhost', 'Sec-Fetch-Site: none', 'Sec-Fetch-Site: cross-site')).toBe(403)
  })

  it('lets a link open a page, and nothing else', async () => {
    const host = 'Host: localhost'
    const link = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document']
    expect(await status('GET /page', host, ...link)).toBe(200)
    expect(await status('GET /other', host, ...link)).toBe(403)
    expect(await status('POST /page', host, ...link)).toBe(403)
    expect(await status('GET /page', host, ...link, 'Origin: null')).toBe(403)
    expect(await status('GET /page', 'Host: evil.example', ...link)).toBe(421)
    const frame = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe']
    expect(await status('GET /page', host, ...frame)).toBe(403)
    expect(await status('GET /page', host, 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors')).toBe(403)
  })

  it('guards WebSocket upgrades', async () => {
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Host: localhost:8788']
    expect(await status('GET /ws', ...upgrade)).toBe(101)
    expect(await status('GET /ws', ...upgrade, 'Origin: http://localhost:8788')).toBe(101)
    expect(await status('GET /ws', ...upgrade, 'Origin: http://evil.example')).toBe(403)
  })

  it('says what came', async () => {
    expect(await send('GET /', 'Host: evil.example')).toContain(
      'The request is for the host "evil.example", but only localhost is served here.',
    )
  })

  it('passes no host but the three, whatever is sent', () => {
    const near = fc.stringMatching(/^(localhost|127\.0\.0\.1|\[::1\]|evil\.example|[.:@/\\%#[\]\s0-9a-z]){1,6}$/)
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), (host) => {
        const passed = refuseForeign(parsed([['Host', host]])) === undefined
        const known = ['localhost', '127.0.0.1', '[::1]'].some((name) => {
          const rest = host.toLowerCase().startsWith(name) ? host.slice(name.length) : undefined
          return (
            rest === '' || (rest !== undefined && rest[0] === ':' && String(Number(rest.slice(1))) === rest.slice(1))
          )
        })
        expect(passed && !known).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  it('passes no origin but its own, and its reason is one clean line', () => {
    const origin = fc.oneof(fc.webUrl(), fc.string({ unit: 'binary' }), fc.constantFrom('null', 'http://localhost'))
    fc.assert(
      fc.property(origin, fc.integer({ min: 1, max: 65_535 }), (value, at) => {
        const refusal = refuseForeign(
          parsed([
            ['host', `localhost:${at}`],
            ['origin', value],
          ]),
        )
        expect(refusal === undefined).toBe(value === `http://localhost:${at}`)
        expect(refusal?.reason ?? '').toMatch(/^[\x20-\x7e…]{0,200}$/)
      }),
      { numRuns: 1000 },
    )
  })
})
