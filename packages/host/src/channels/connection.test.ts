/** The handshake with good, bad and hostile servers, all of them real processes. */
import { isAlive, waitFor } from '@backchannel/testkit'
import { describe, expect, test } from 'vitest'
import { NEVER } from '../testing/channel.ts'
import { connect, prepareConnection } from '../testing/connection.ts'
import { rejection } from '../testing/folder.ts'
import { kitServer, scriptedServer } from '../testing/servers.ts'
import { connectServer } from './connection.ts'

describe('the handshake', () => {
  test('gives capabilities, instructions, revision and tools', async () => {
    const { connection } = await connect(kitServer('sdk-channel', { INSTRUCTIONS: 'Answer with reply.' }))
    expect(connection.capabilities).toMatchObject({ channel: true, permission: false })
    expect([...connection.features]).toEqual([])
    expect(connection.instructions).toBe('Answer with reply.')
    expect(connection.revision).toBe('2025-11-25')
    expect(connection.tools.map(({ name }) => name)).toEqual(['reply', 'emit'])
    expect(connection.tools[0]?.inputSchema).toMatchObject({ required: ['text'] })
  })

  test('a plain server has tools and is no channel', async () => {
    const { connection } = await connect(kitServer('sdk-plain'))
    expect(connection.capabilities.channel).toBe(false)
    expect(connection.tools.map(({ name }) => name)).toEqual(['add'])
  })

  test('no answer within the limit', async () => {
    const { options, seen } = prepareConnection(kitServer('never-initializes'), { startTimeoutMs: 300 })
    expect(await rejection(connectServer(options))).toMatchObject({
      code: 'handshake-failed',
      message: 'The server started, but it did not answer "initialize" within 0.3 s.',
      hint: expect.stringContaining('stdout may carry nothing but JSON-RPC'),
    })
    const pid = Number(/pid (\d+)/.exec(seen.stderr)?.[1])
    expect(isAlive(pid)).toBe(false)
  })

  test('a server that ends at once', async () => {
    const { options, seen } = prepareConnection(kitServer('exits-at-once'))
    expect(await rejection(connectServer(options))).toMatchObject({
      code: 'handshake-failed',
      message: 'The server started, but it exited with status 3 before the handshake was complete.',
    })
    expect(seen.stderr).toContain('no token is configured')
  })

  test('a revision that carries no events', async () => {
    const { options } = prepareConnection(kitServer('future-era'))
    expect(await rejection(connectServer(options))).toMatchObject({
      code: 'protocol-era',
      message: 'The server answered with MCP revision "2026-07-28", which cannot carry events.',
      hint: expect.stringContaining('up to 2025-11-25'),
    })
  })

  test.each([
    [
      'an answer without a field',
      'on.initialize = () => ({ protocolVersion: "2025-11-25" })',
      /not what MCP asks for: "capabilities": /,
    ],
    [
      'an error',
      'on.initialize = (_, { id }) => void send({ id, error: { code: -32000, message: "no licence" } })',
      /answered "initialize" with an error: ".*no licence"/,
    ],
    [
      'its end in the middle of listing the tools',
      'on["tools/list"] = () => process.exit(7)',
      /exited with status 7 before the handshake was complete/,
    ],
  ])('%s is told', async (_, script, message) => {
    const { options, seen } = prepareConnection(scriptedServer(script))
    expect(await rejection(connectServer(options))).toMatchObject({
      code: 'handshake-failed',
      message: expect.stringMatching(message),
    })
    expect(seen.problems).toEqual([])
  })

  test('a command that does not exist', async () => {
    const { options } = prepareConnection({ command: 'no-such-program', args: [], env: {}, cwd: process.cwd() })
    expect(await rejection(connectServer(options))).toMatchObject({ code: 'spawn-failed' })
  })

  test.each([
    ['before it', 0],
    ['while the process is started', 1],
    ['in the middle of it', 2],
  ])('aborting %s leaves no process behind', async (_, moment) => {
    const aborter = new AbortController()
    const { options, seen } = prepareConnection(kitServer('never-initializes'), { signal: aborter.signal })
    if (moment === 0) aborter.abort()
    const outcome = rejection(connectServer(options))
    if (moment === 1) aborter.abort()
    if (moment === 2) {
      await waitFor(() => seen.stderr !== '', { what: 'the server' })
      aborter.abort()
    }
    await outcome
    const pid = /pid (\d+)/.exec(seen.stderr)?.[1]
    if (pid !== undefined) expect(isAlive(Number(pid))).toBe(false)
  })
})

describe('what comes in', () => {
  test('events before and during the handshake are handed over, in order', async () => {
    const script = `
      event({ content: 'before initialize' })
      const initialize = on.initialize
      on.initialize = () => { event({ content: 'while initializing' }); return initialize() }
      on['notifications/initialized'] = () => event({ content: 'after' })
    `
    const { seen } = await connect(scriptedServer(script))
    await waitFor(() => seen.events.length === 3, { what: 'three events' })
    expect(seen.events).toEqual(['before initialize', 'while initializing', 'after'].map((content) => ({ content })))
  })

  test('garbage is passed over, and the messages between it are read', async () => {
    const { seen, connection } = await connect(kitServer('garbage'))
    await waitFor(() => seen.stderr.includes('garbage: done'), { what: 'the end of the garbage' })
    await waitFor(() => seen.events.length > 0, { what: 'the event' })
    expect(seen.events).toEqual([{ content: 'between the garbage' }])
    expect(seen.garbage).toContain('Listening on http://localhost:8788')
    expect(seen.garbage.every((sample) => sample.length <= 80)).toBe(true)
    expect(seen.tooLong).toBe(0)
    await connection.close()
  })

  test('a value nested so deep that it cannot be written again is garbage, not the end of the host', async () => {
    const script = `
      const deep = '['.repeat(200_000) + ']'.repeat(200_000)
      on['notifications/initialized'] = () => {
        process.stdout.write('{"jsonrpc":"2.0","id":4711,"result":{"deep":' + deep + '}}\\n')
        process.stdout.write('{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1,"deep":' + deep + '}}\\n')
        event({ content: 'after it' })
      }
    `
    const { seen } = await connect(scriptedServer(script))
    await waitFor(() => seen.events.length === 1, { what: 'the event after it' })
    expect(seen.garbage).toHaveLength(1)
  })

  test('a line over the limit is skipped, and what follows is read', async () => {
    const script = `on['notifications/initialized'] = () => { event({ content: 'x'.repeat(5000) }); event({ content: 'after' }) }`
    const { seen } = await connect(scriptedServer(script), { lineBytes: 4_000 })
    await waitFor(() => seen.events.length === 1, { what: 'the event after it' })
    expect([seen.events, seen.tooLong]).toEqual([[{ content: 'after' }], 1])
  })

  test('a server that closes its output says nothing any more, so it is ended', async () => {
    const script = `on['tools/list'] = () => {
      setImmediate(() => require('node:fs').closeSync(1))
      return { tools: [] }
    }`
    const { connection } = await connect(scriptedServer(script))
    expect(await connection.ended).toBe('exited with status 0')
  })

  test('a last line without its newline is read', async () => {
    const script = `on['tools/list'] = () => {
      setImmediate(() => {
        process.stdout.write('{"jsonrpc":"2.0","method":"notifications/claude/channel","params":{"content":"last"}}')
        process.stdin.destroy()
      })
      return { tools: [] }
    }`
    const { seen, connection } = await connect(scriptedServer(script))
    await connection.ended
    expect(seen.events).toEqual([{ content: 'last' }])
  })

  test('long instructions are cut, and it is said', async () => {
    const script = `const initialize = on.initialize; on.initialize = () => ({ ...initialize(), instructions: 'x'.repeat(40_000) })`
    const { seen, connection } = await connect(scriptedServer(script))
    expect(connection.instructions).toHaveLength(32_768)
    expect(seen.problems).toEqual(['its instructions have 40000 characters; the first 32768 are used'])
  })

  test('requests of the server are answered: ping, and what we do not offer', async () => {
    const script = `
      on['notifications/initialized'] = () => {
        send({ id: 'a', method: 'ping' })
        send({ id: 'b', method: 'sampling/createMessage', params: {} })
      }
      process.stdin.on('data', (chunk) => process.stderr.write(chunk))
    `
    const { seen } = await connect(scriptedServer(script))
    // In either order.
    await waitFor(() => ['"id":"a"', '"id":"b"'].every((id) => seen.stderr.includes(id)), { what: 'the answers' })
    expect(seen.stderr).toContain('-32601')
  })
})

describe('what goes out', () => {
  test('a server that does not read costs bounded memory, and its calls fail with words', async () => {
    const script = `on['tools/list'] = () => { setImmediate(() => process.stdin.pause()); return { tools: [] } }
      setInterval(() => {}, 60_000)`
    const { connection } = await connect(scriptedServer(script))
    const text = 'x'.repeat(1024 * 1024)
    for (let at = 0; at < 40; at += 1) connection.notify('notifications/backchannel/receipt', { text })
    expect(await connection.callTool('any', {}, NEVER)).toEqual({
      ok: false,
      text: 'The server does not read its input.',
    })
  })

  test('a notification to a server that has gone is nobody’s fault', async () => {
    const { connection } = await connect(kitServer('sdk-plain'))
    await connection.close()
    connection.notify('notifications/backchannel/receipt', {})
  })
})
