/** Shows where a request may come from: unsigned ones from programs of this machine only, whatever the channel listens on. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { createApprovals } from './approvals/approvals.ts'
import { assertLocal, isLoopback } from './local.ts'
import { createReplyStream } from './outbound.ts'
import { startServer } from './server.ts'
import { parseSources } from './sources/parse.ts'
import { createTeller } from './sources/tell.ts'
import { type Fixture, startFixture } from './sources.fixture.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const SOURCES = [
  { name: 'github', scheme: 'github', secrets: [SECRET] },
  { name: 'local', scheme: 'none' },
]
/** An address of this machine that another could reach; a closed-off machine may have none. */
const OUTER = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address

/** Whether the machine has version 6 of the protocol at all. */
const SIX = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ family }) => family === 'IPv6'))

const fixtures: Fixture[] = []
const start = async (host?: string, value: object = { sources: SOURCES }) => {
  const fixture = await startFixture(value, host === undefined ? {} : { host })
  fixtures.push(fixture)
  return fixture
}
afterEach(async () => {
  for (const fixture of fixtures.splice(0)) await fixture.close()
})

/** A request as its lines, to an address of choice; the status and the body of the answer. */
const raw = async (port: number, head: string[], body = '', address = '127.0.0.1') => {
  const socket = connect(port, address)
  await once(socket, 'connect')
  socket.write([...head, `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close', '', body].join('\r\n'))
  const answer = await text(socket)
  return { status: Number(answer.split(' ', 2)[1]), answer }
}
const post = (path: string, ...headers: string[]) => [`POST ${path} HTTP/1.1`, ...headers]

describe('on loopback', () => {
  it.each([
    ['x-forwarded-for', '203.0.113.7'],
    ['Forwarded', 'for=203.0.113.7'],
    ['Via', '1.1 proxy'],
    ['CF-Connecting-IP', '203.0.113.7'],
    ['X-Real-IP', '127.0.0.1'],
  ])('takes nothing unsigned that a tunnel forwarded, though it says localhost: %s', async (name, value) => {
    const { server, events } = await start()
    for (const path of ['/local', '/ci', '/']) {
      const { status, answer } = await raw(server.port, post(path, 'Host: localhost', `${name}: ${value}`), 'x')
      expect([status, answer]).toEqual([403, expect.stringContaining('"error":"request-refused"')])
    }
    for (const path of ['/', '/events']) {
      expect((await raw(server.port, [`GET ${path} HTTP/1.1`, 'Host: localhost', `${name}: ${value}`])).status).toBe(
        403,
      )
    }
    expect(events).toEqual([])
  })

  it('takes nothing unsigned for another host, or from a page', async () => {
    const { server, events } = await start()
    for (const path of ['/local', '/ci']) {
      expect((await raw(server.port, post(path, 'Host: hooks.example.com'), 'x')).status).toBe(421)
      expect((await raw(server.port, post(path, 'Host: localhost', 'Origin: https://evil.example'), 'x')).status).toBe(
        403,
      )
    }
    expect(events).toEqual([])
    for (const path of ['/local', '/ci'])
      expect((await raw(server.port, post(path, 'Host: localhost'), 'x')).status).toBe(202)
  })

  it('refuses what only looks like the path of a source, and any path when told to', async () => {
    const { server, events, use } = await start()
    for (const path of ['/GitHub', '/github/', '//github', '/%67ithub', '/github/?x']) {
      const { status, answer } = await raw(server.port, post(path, 'Host: localhost'), 'x')
      expect([status, answer]).toEqual([404, expect.stringContaining('"hint":"Send it to /github."')])
    }
    expect((await raw(server.port, post('/%zz', 'Host: localhost'), 'x')).status).toBe(202)
    use({ default: false, sources: SOURCES })
    const { status, answer } = await raw(server.port, post('/ci', 'Host: localhost'), 'x')
    expect([status, answer]).toEqual([404, expect.stringContaining('"error":"source-unknown"')])
    expect((await raw(server.port, post('/ci', 'Host: hooks.example.com'), 'x')).status).toBe(404)
    expect((await raw(server.port, post('/local', 'Host: localhost'), 'x')).status).toBe(202)
    expect(events).toHaveLength(2)
  })

  it('takes nothing at all while the file is broken', async () => {
    const fixture = await start()
    const broken = {
      current: () => ({ broken: new Error('secret detail'), takesOthers: false, byPath: new Map(), warnings: [] }),
    }
    const note = () => {}
    const server = await startServer({
      port: 0,
      emit: async () => ({ eventId: 'x', duplicate: false }),
      log: { info: note, warn: note, error: note },
      stream: createReplyStream(),
      approvals: createApprovals('/nowhere/sources.json'),
      sources: broken,
      signal: new AbortController().signal,
    })
    try {
      for (const path of ['/github', '/ci']) {
        const { status, answer } = await raw(server.port, post(path, 'Host: localhost'), 'x')
        expect([status, answer]).toEqual([
          503,
          expect.stringMatching(/retry-after: 30[\s\S]*"error":"settings-invalid"/),
        ])
        expect(answer).not.toContain('secret detail')
      }
      expect((await raw(server.port, ['GET / HTTP/1.1', 'Host: localhost'])).status).toBe(200)
    } finally {
      await server.close()
    }
    expect(fixture.events).toEqual([])
  })
})

describe.each(['0.0.0.0', ...(SIX ? ['::'] : []), ...(OUTER === undefined ? [] : [OUTER])])('on %s', (host) => {
  it('takes signed requests, and refuses every unsigned one, from here too', async () => {
    const { server, events, send } = await start(host)
    expect((await send('github')).status).toBe(202)
    expect(events).toHaveLength(1)
    const { status, answer } = await raw(server.port, post('/local', 'Host: localhost'), 'x')
    expect([status, answer]).toEqual([403, expect.stringContaining('The source \\"local\\" has no secret')])
    expect((await raw(server.port, post('/ci', 'Host: localhost'), 'x')).status).toBe(404)
    expect(events).toHaveLength(1)
  })

  it('shows replies and help to this machine only', async () => {
    const { server } = await start(host)
    for (const address of ['127.0.0.1', ...(SIX ? ['::1'] : [])]) {
      expect((await raw(server.port, ['HEAD /events HTTP/1.1', 'Host: localhost'], '', address)).status).toBe(200)
    }
    if (OUTER === undefined) return
    for (const path of ['/', '/events']) {
      expect((await raw(server.port, [`GET ${path} HTTP/1.1`, 'Host: localhost'], '', OUTER)).status).toBe(403)
      expect((await raw(server.port, [`GET ${path} HTTP/1.1`, `Host: ${OUTER}`], '', OUTER)).status).toBe(421)
    }
    expect((await raw(server.port, post('/github', `Host: ${OUTER}`), '{}', OUTER)).status).toBe(401)
  })
})

describe('an address', () => {
  it('is loopback, or can be reached', () => {
    for (const address of ['localhost', '127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])
      expect(isLoopback(address)).toBe(true)
    for (const address of [
      '0.0.0.0',
      '::',
      '10.0.0.1',
      '127.0.0.1.example.com',
      '::ffff:10.0.0.1',
      '',
      'localhost.example.com',
    ]) {
      expect(isLoopback(address)).toBe(false)
    }
  })

  it('counts for a server that can be reached, and only there', () => {
    const request = (localAddress: string | undefined) =>
      ({
        rawHeaders: ['Host', 'localhost'],
        headers: { host: 'localhost' },
        url: '/',
        socket: { localAddress },
      }) as IncomingMessage
    for (const address of ['10.0.0.1', undefined]) {
      expect(() => assertLocal(request(address), { exposed: true })).toThrow('another machine')
      expect(() => assertLocal(request(address), { exposed: false })).not.toThrow()
    }
    expect(() => assertLocal(request('::ffff:127.0.0.1'), { exposed: true })).not.toThrow()
  })
})

describe('the operator', () => {
  const told = (value: object, host?: string) => {
    const lines: string[] = []
    const tell = createTeller(
      {
        info: (line) => void lines.push(line),
        warn: (line) => void lines.push(`warning: ${line}`),
        error: (line) => void lines.push(`error: ${line}`),
      },
      { host, mayApprove: () => false },
    )
    return {
      lines,
      say: (next: object) => tell(parseSources(next, { file: 'sources.json', env: {} })),
      first: tell(parseSources(value, { file: 'sources.json', env: {} })),
    }
  }

  it('is told what there is, and again when it changes', () => {
    const { lines, say } = told({})
    expect(lines).toEqual([])
    say({ sources: SOURCES })
    say({})
    say({ host: '0.0.0.0' })
    expect(lines).toEqual([
      'read the sources again: github at /github, local at /local',
      'read the sources again: none but the built-in one',
      'warning: "host" is 0.0.0.0 now; that holds from the next session on',
      'read the sources again: none but the built-in one',
    ])
  })

  it.each([
    [{ host: '0.0.0.0', sources: SOURCES }, undefined],
    [{ sources: SOURCES }, '0.0.0.0'],
  ])('is told at start of a source that is refused: %j', (value, host) => {
    expect(told(value, host).lines).toEqual([
      'error: the source "local" is refused: it has no secret, and the channel listens on 0.0.0.0, beyond this machine. Give it a scheme with a secret, or leave "host" and WEBHOOK_HOST out.',
      'sources: github at /github, local at /local',
    ])
  })
})
