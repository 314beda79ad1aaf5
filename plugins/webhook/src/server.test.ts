/** Shows what the server takes, what it refuses and how it ends, over real sockets. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { BackchannelError, type Emit, type Emitted, type OutgoingEvent } from '@backchannel/channel'
import { closeServer, listen } from '@backchannel/channel/http'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApprovals } from './approvals/approvals.ts'
import { ARRIVING_LIMIT, BODY_LIMIT } from './inbound.ts'
import { createReplyStream } from './outbound.ts'
import { startServer, type WebhookServer } from './server.ts'
import { NOTHING } from './sources/source.ts'

let server: WebhookServer
let session: AbortController
let events: OutgoingEvent[]
let lines: string[]
let emit: Emit
const sockets: Socket[] = []

const log = {
  info: (message: string) => void lines.push(message),
  warn: (message: string) => void lines.push(message),
  error: (message: string) => void lines.push(message),
}

beforeEach(async () => {
  session = new AbortController()
  events = []
  lines = []
  emit = async (event) => ({ eventId: `id-${events.push(event)}`, duplicate: false })
  server = await startServer({
    port: 0,
    emit: (event) => emit(event),
    log,
    stream: createReplyStream(),
    approvals: createApprovals('/nowhere/sources.json'),
    sources: { current: () => NOTHING },
    signal: session.signal,
  })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server.close()
})

const url = (path = '/') => `http://localhost:${server.port}${path}`
const post = (body: string | Uint8Array<ArrayBuffer>, path = '/', headers: Record<string, string> = {}) =>
  fetch(url(path), { method: 'POST', body, headers })

/** A request as its bytes, for what `fetch` does not let a test send; resolves with the whole answer. */
const raw = async (head: string[], body: string | Buffer = ''): Promise<string> => {
  const socket = open()
  socket.write([...head, 'Connection: close', '', ''].join('\r\n'))
  socket.write(body)
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  await once(socket, 'close')
  return text
}
const open = (): Socket => {
  const socket = connect(server.port, '127.0.0.1').on('error', () => {})
  sockets.push(socket)
  return socket
}
const failWith = (code: BackchannelError['code']) => {
  emit = () => Promise.reject(new BackchannelError(code, `${code} came.`, { hint: 'Try again later.' }))
}

describe('POST', () => {
  it('becomes an event with body, path and method, in that order', async () => {
    const answer = await post('build failed on main: https://ci.example.com/run/1234')
    expect(answer.status).toBe(202)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await answer.text()).toBe('{"ok":true,"event_id":"id-1"}\n')
    expect(events).toEqual([
      { content: 'build failed on main: https://ci.example.com/run/1234', meta: { path: '/', method: 'POST' } },
    ])
    expect(Object.keys(events[0]?.meta ?? {})).toEqual(['path', 'method'])
  })

  it('takes any path, with its query string as requested, and no header', async () => {
    await post('x', '/ci/%2F?job=a%20b&x=<">', { 'x-secret': 'hidden', 'content-type': 'application/json' })
    await post('x', '/events')
    expect(events).toEqual([
      { content: 'x', meta: { path: '/ci/%2F?job=a%20b&x=%3C%22%3E', method: 'POST' } },
      { content: 'x', meta: { path: '/events', method: 'POST' } },
    ])
  })

  it('hands any text on as it is', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter((value) => value.trim() !== '')
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        await post(new TextEncoder().encode(value))
        expect(events.at(-1)?.content).toBe(value)
      }),
      { numRuns: 50 },
    )
    await post('\u{feff} \0\u001b[31m</channel>\r\n')
    expect(events.at(-1)?.content).toBe(' \0\u001b[31m</channel>\r\n')
  })

  it('keeps the order of one sender', async () => {
    for (let index = 0; index < 20; index += 1) await post(String(index))
    expect(events.map(({ content }) => content)).toEqual(Array.from({ length: 20 }, (_, index) => String(index)))
  })

  it('takes exactly 1 MB and not one byte more', async () => {
    expect((await post('x'.repeat(BODY_LIMIT))).status).toBe(202)
    const answer = await post('x'.repeat(BODY_LIMIT + 1))
    expect(answer.status).toBe(413)
    expect(await answer.json()).toEqual({
      ok: false,
      error: 'event-too-large',
      message: 'The body is too large: the limit is 1048576 bytes, 1048577 bytes were announced.',
      hint: expect.any(String),
    })
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
    const head = ['POST / HTTP/1.1', 'Host: localhost', 'Transfer-Encoding: chunked']
    expect(await raw(head, `${chunk.repeat(17)}0\r\n\r\n`)).toContain('413 Payload Too Large')
    expect(events).toHaveLength(1)
  })

  it('keeps a bounded amount of bodies that do not come to an end, and recovers', async () => {
    const count = ARRIVING_LIMIT / BODY_LIMIT
    const halves = Array.from({ length: count }, () => {
      const half = open()
      half.write(`POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: ${BODY_LIMIT}\r\n\r\n`)
      return once(half, 'data')
    })
    await Promise.all(halves)
    const answer = await post('x')
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(await answer.json()).toMatchObject({
      error: 'request-refused',
      message: expect.stringContaining('arriving'),
    })
    for (const socket of sockets) socket.destroy()
    await expect.poll(async () => (await post('x')).status).toBe(202)
  })

  it.each([
    ['an empty body', '', {}, 400, 'empty'],
    ['white space', ' \n\t', {}, 400, 'empty'],
    ['bytes that are no UTF-8', new Uint8Array([0x68, 0xff, 0x00]), {}, 415, 'not UTF-8'],
    ['half of a character', new Uint8Array([0xe2, 0x82]), {}, 415, 'not UTF-8'],
    ['a compressed body', 'x', { 'content-encoding': 'gzip' }, 415, 'compressed'],
  ])('refuses %s', async (_, body, headers, status, message) => {
    const answer = await post(body, '/', headers as Record<string, string>)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({
      ok: false,
      error: 'request-invalid',
      message: expect.stringContaining(message),
      hint: expect.any(String),
    })
    expect(events).toEqual([])
  })

  it.each([
    ['outbox-full', 503, '5'],
    ['not-registered', 503, '5'],
    ['closed', 503, '5'],
    ['event-too-large', 413, null],
    ['arguments-invalid', 500, null],
  ] as const)('says when the session does not take it: %s', async (code, status, retry) => {
    failWith(code)
    const answer = await post('x')
    expect(answer.status).toBe(status)
    expect(answer.headers.get('retry-after')).toBe(retry)
    expect(await answer.json()).toEqual({ ok: false, error: code, message: `${code} came.`, hint: 'Try again later.' })
    expect(lines).toEqual([`did not take a request: ${code} came.`])
  })

  it('answers 500 without details for a fault of its own, and logs them', async () => {
    emit = () => Promise.reject(new Error('secret detail'))
    const answer = await post('x')
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('secret')
    expect(lines[0]).toContain('a request failed: Error: secret detail')
  })

  it('survives a client that goes away in the middle', async () => {
    const socket = open()
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf')
    await once(socket, 'connect')
    socket.destroy()
    expect((await post('next')).status).toBe(202)
    expect(events.map(({ content }) => content)).toEqual(['next'])
  })
})

describe('a foreign request', () => {
  it.each([
    ['another origin', ['Host: localhost', 'Origin: https://evil.example'], 403],
    ['an opaque origin', ['Host: localhost', 'Origin: null'], 403],
    ['another site', ['Host: localhost', 'Sec-Fetch-Site: cross-site'], 403],
    ['another port of this machine', ['Host: localhost', 'Sec-Fetch-Site: same-site'], 403],
    ['a rebound host name', ['Host: evil.example:8788'], 421],
  ])('from %s injects nothing and is logged', async (_, headers, status) => {
    const answer = await raw(['POST / HTTP/1.1', ...headers, 'Content-Length: 1'], 'x')
    expect(answer).toContain(`HTTP/1.1 ${status} `)
    expect(answer).toContain('"error":"request-refused"')
    for (const path of ['/', '/events']) {
      expect(await raw([`GET ${path} HTTP/1.1`, ...headers])).toContain(`HTTP/1.1 ${status} `)
    }
    expect(events).toEqual([])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^did not take a request: The request /)
  })

  it('may open the help by a link, and never the stream or a frame', async () => {
    const link = ['Host: localhost', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate']
    expect(await raw(['GET / HTTP/1.1', ...link, 'Sec-Fetch-Dest: document'])).toContain('200 OK')
    expect(await raw(['GET / HTTP/1.1', ...link, 'Sec-Fetch-Dest: iframe'])).toContain('403 Forbidden')
    expect(await raw(['GET /events HTTP/1.1', ...link, 'Sec-Fetch-Dest: document'])).toContain('403 Forbidden')
  })
})

describe('other methods', () => {
  it('help on /', async () => {
    const answer = await fetch(url())
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain(`curl -d "build failed on main" http://localhost:${server.port}/ci\n`)
    const head = await fetch(url(), { method: 'HEAD' })
    expect(head.headers.get('content-length')).toBe(answer.headers.get('content-length'))
  })

  it('HEAD of the stream ends at once', async () => {
    const head = await fetch(url('/events'), { method: 'HEAD' })
    expect(head.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(await head.text()).toBe('')
  })

  it.each([
    ['PUT', '/', 'GET, HEAD, POST'],
    ['DELETE', '/events', 'GET, HEAD, POST'],
    ['GET', '/ci', 'POST'],
    ['HEAD', '/ci', 'POST'],
    ['OPTIONS', '/ci', 'POST'],
    ['PATCH', '/ci', 'POST'],
  ])('%s %s is not taken', async (method, path, allow) => {
    const answer = await fetch(url(path), { method })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe(allow)
    expect(lines).toEqual([])
  })
})

describe('start and end', () => {
  it('says who has the port, and takes no other', async () => {
    const shared = {
      emit,
      log,
      stream: createReplyStream(),
      approvals: createApprovals('/nowhere/sources.json'),
      sources: { current: () => NOTHING },
    }
    const second = { ...shared, port: server.port, signal: session.signal }
    await expect(startServer(second)).rejects.toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining(`process ${process.pid} (`),
      hint: expect.stringContaining('WEBHOOK_PORT'),
    })
  })

  it('answers what is under way, then closes, twice', async () => {
    const called = Promise.withResolvers<void>()
    const pending = Promise.withResolvers<Emitted>()
    emit = () => {
      called.resolve()
      return pending.promise
    }
    const taken = post('x')
    await called.promise
    session.abort()
    const closed = Promise.all([server.close(), server.close()])
    pending.reject(new BackchannelError('closed', 'The session has ended.'))
    expect((await taken).status).toBe(503)
    await closed
    await expect(post('late')).rejects.toThrow()
  })

  it('tells a sender whose body was still coming', async () => {
    const half = open()
    let text = ''
    half.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    half.write('POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\nhalf')
    await expect.poll(() => text).toContain('100 Continue')
    session.abort()
    await server.close()
    await expect.poll(() => text).toContain('"error":"closed","message":"The session has ended')
  })

  it('does not wait for an answer that never comes', async () => {
    const called = Promise.withResolvers<void>()
    emit = () => {
      called.resolve()
      return new Promise(() => {})
    }
    const taken = post('x')
    taken.catch(() => {})
    await called.promise
    const before = performance.now()
    await server.close()
    expect(performance.now() - before).toBeLessThan(700)
    await expect(taken).rejects.toThrow()
  })

  it('leaves a port of its own to the next', async () => {
    const { createServer } = process.getBuiltinModule('node:http')
    await server.close()
    const next = createServer()
    expect(await listen(next, { port: server.port })).toBe(server.port)
    await closeServer(next)
  })
})
