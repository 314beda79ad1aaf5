/** The handshake with good, bad and hostile servers, all of them real processes. */
import { METHODS } from '@backchannel/protocol'
import { isAlive, waitFor } from '@backchannel/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { rejection } from '../testing/folder.ts'
import { kitServer, scriptedServer } from '../testing/servers.ts'
import { type ConnectOptions, connectServer } from './connection.ts'
import type { ServerCommand } from './process.ts'

interface Seen {
  readonly events: unknown[]
  readonly garbage: string[]
  readonly problems: string[]
  tooLong: number
  stderr: string
}

function prepare(server: ServerCommand, given: Partial<ConnectOptions> = {}) {
  const seen: Seen = { events: [], garbage: [], problems: [], tooLong: 0, stderr: '' }
  const options: ConnectOptions = {
    ...server,
    startTimeoutMs: 10_000,
    signal: new AbortController().signal,
    handlers: {
      contract: (method, params) => void (method === METHODS.event && seen.events.push(params)),
      garbage: (sample) => void seen.garbage.push(sample),
      tooLong: () => {
        seen.tooLong += 1
      },
      problem: (message) => void seen.problems.push(message),
      stderr: (stream) =>
        void stream.setEncoding('utf8').on('data', (chunk: string) => {
          seen.stderr += chunk
        }),
    },
    ...given,
  }
  return { seen, options }
}

async function connect(server: ServerCommand, given: Partial<ConnectOptions> = {}) {
  const { seen, options } = prepare(server, given)
  const connection = await connectServer(options)
  onTestFinished(() => connection.close())
  return { seen, connection }
}

const never = new AbortController().signal

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
    const { options, seen } = prepare(kitServer('never-initializes'), { startTimeoutMs: 300 })
    expect(await rejection(connectServer(options))).toMatchObject({
      code: 'handshake-failed',
      message: 'The server started, but it did not answer "initialize" within 0.3 s.',
      hint: expect.stringContaining('stdout may carry nothing but JSON-RPC'),
    })
    const pid = Number(/pid (\d+)/.exec(seen.stderr)?.[1])
    expect(isAlive(pid)).toBe(false)
  })

  test('a server that ends at once', async () => {
    const { options, seen } = prepare(kitServer('exits-at-once'))
    expect(await rejection(connectServer(options))).toMatchObject({
      code: 'handshake-failed',
      message: 'The server started, but it exited with status 3 before the handshake was complete.',
    })
    expect(seen.stderr).toContain('no token is configured')
  })

  test('a revision that carries no events', async () => {
    const { options } = prepare(kitServer('future-era'))
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
    const { options, seen } = prepare(scriptedServer(script))
    expect(await rejection(connectServer(options))).toMatchObject({
      code: 'handshake-failed',
      message: expect.stringMatching(message),
    })
    expect(seen.problems).toEqual([])
  })

  test('a command that does not exist', async () => {
    const { options } = prepare({ command: 'no-such-program', args: [], env: {}, cwd: process.cwd() })
    expect(await rejection(connectServer(options))).toMatchObject({ code: 'spawn-failed' })
  })

  test.each([
    ['before it', 0],
    ['while the process is started', 1],
    ['in the middle of it', 2],
  ])('aborting %s leaves no process behind', async (_, moment) => {
    const aborter = new AbortController()
    const { options, seen } = prepare(kitServer('never-initializes'), { signal: aborter.signal })
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
    await waitFor(() => seen.stderr.includes('"id":"b"'), { what: 'the answers' })
    expect(seen.stderr).toContain('"id":"a","result":{}'.split(',')[0])
    expect(seen.stderr).toContain('-32601')
  })
})

describe('tools', () => {
  test('are listed page by page', async () => {
    const script = `on['tools/list'] = ({ cursor } = {}) => {
      const page = Number(cursor ?? 0)
      return { tools: [{ name: 'tool' + page, inputSchema: { type: 'object' } }], ...(page < 4 ? { nextCursor: String(page + 1) } : {}) }
    }`
    const { connection } = await connect(scriptedServer(script))
    expect(connection.tools.map(({ name }) => name)).toEqual(['tool0', 'tool1', 'tool2', 'tool3', 'tool4'])
  })

  test('a list without end is cut off', async () => {
    const script = `let count = 0
      on['tools/list'] = () => ({ tools: [{ name: 'tool' + count++ }], nextCursor: 'more' })`
    const { connection, seen } = await connect(scriptedServer(script))
    expect(connection.tools).toHaveLength(50)
    expect(seen.problems).toEqual(['of its tools, some were passed over: all after 50 pages'])
  })

  test('broken ones are passed over, the others are used', async () => {
    const script = `on['tools/list'] = () => ({ tools: [
      { name: 'good' }, { description: 'no name' }, 7, { name: 'good', description: 'twice' },
      { name: 'strict', inputSchema: 'none', outputSchema: { type: 'no such type' } } ] })`
    const { connection, seen } = await connect(scriptedServer(script))
    expect(connection.tools).toEqual([
      { name: 'good', description: '', inputSchema: { type: 'object' } },
      { name: 'strict', description: '', inputSchema: { type: 'object' } },
    ])
    expect(seen.problems).toEqual(['of its tools, some were passed over: one without a name, another "good"'])
  })

  test('a list that fails or does not come leaves a server without tools, and says so', async () => {
    const failing = `on['tools/list'] = (_, { id }) => void send({ id, error: { code: -32603, message: 'database gone' } })`
    const { connection, seen } = await connect(scriptedServer(failing))
    expect(connection.tools).toEqual([])
    expect(seen.problems).toEqual([expect.stringMatching(/^its tools could not be listed: .*database gone/)])

    const silent = await connect(scriptedServer(`on['tools/list'] = () => undefined`), { startTimeoutMs: 1_000 })
    expect(silent.seen.problems).toEqual([expect.stringMatching(/^its tools could not be listed: .*timed out/i)])
  })

  test('a changed list is read again, and a flood of changes does not keep the host busy', async () => {
    const script = `let lists = 0
      on['tools/list'] = () => {
        lists += 1
        process.stderr.write('list ' + lists + '\\n')
        send({ method: 'notifications/tools/list_changed' })
        return { tools: [{ name: 'tool' + Math.min(lists, 3) }] }
      }`
    const { connection, seen } = await connect(scriptedServer(script))
    await waitFor(() => connection.tools[0]?.name === 'tool3', { what: 'the third list' })
    await waitFor(() => seen.stderr.includes('list 10'), { what: 'the flood' })
    await connection.close()
    expect(seen.stderr.split('\n').length).toBeLessThan(40)
  })

  test('are called, also with failure', async () => {
    const { connection } = await connect(kitServer('sdk-channel'))
    expect(await connection.callTool('reply', { text: 'hi' }, never)).toEqual({ ok: true, text: 'sent: hi' })
    expect(await connection.callTool('reply', { text: 5 }, never)).toEqual({
      ok: false,
      text: 'reply failed: "text" must be a string',
    })
    expect(await connection.callTool('nothing', 'no object', never)).toMatchObject({ ok: false })
  })

  test('an answer of other kinds than text', async () => {
    const script = `on['tools/call'] = ({ name }) => ({
      image: { content: [{ type: 'text', text: 'see:' }, { type: 'image', data: '', mimeType: 'image/png' }, null] },
      structured: { structuredContent: { a: 1 } },
      nothing: {},
    })[name]`
    const { connection } = await connect(scriptedServer(script))
    const call = async (name: string) => (await connection.callTool(name, {}, never)).text
    expect([await call('image'), await call('structured'), await call('nothing')]).toEqual([
      'see:\n(image)',
      '{"a":1}',
      '',
    ])
  })

  test('a cancelled call ends at once, and the server hears of that call alone', async () => {
    const script = `
      on['tools/call'] = ({ name }) => (name === 'quick' ? { content: [] } : undefined)
      on['notifications/cancelled'] = ({ requestId }) => void process.stderr.write('cancelled ' + requestId + ';')
      on['tools/list'] = () => ({ tools: [{ name: 'quick' }, { name: 'slow' }] })
    `
    const { connection, seen } = await connect(scriptedServer(script))
    const turn = new AbortController()
    await connection.callTool('quick', {}, turn.signal)
    const slow = connection.callTool('slow', {}, turn.signal)
    turn.abort()
    expect(await slow).toEqual({ ok: false, text: 'The call was cancelled.' })
    await waitFor(() => seen.stderr.includes('cancelled'), { what: 'the cancellation' })
    expect(await connection.callTool('quick', {}, turn.signal)).toEqual({ ok: false, text: 'The call was cancelled.' })
    await connection.callTool('quick', {}, never)
    expect(seen.stderr.match(/cancelled/g)).toHaveLength(1)
  })

  test('a server that dies in the middle of a call', async () => {
    const { connection } = await connect(kitServer('crashes-after'))
    expect(await connection.callTool('crash', {}, never)).toEqual({
      ok: false,
      text: 'The server ended before it answered.',
    })
    expect(await connection.ended).toBe('was killed by SIGKILL')
    expect(await connection.callTool('crash', {}, never)).toMatchObject({ ok: false })
  })

  test('an answer that is too long fails its call, instead of letting it wait for ever', async () => {
    const script = `on['tools/call'] = () => ({ content: [{ type: 'text', text: 'x'.repeat(5000) }] })`
    const { connection } = await connect(scriptedServer(script), { lineBytes: 4_000 })
    expect(await connection.callTool('long', {}, never)).toEqual({
      ok: false,
      text: expect.stringContaining('longer than a session takes'),
    })
  })
})

describe('what goes out', () => {
  test('a server that does not read costs bounded memory, and its calls fail with words', async () => {
    const script = `on['tools/list'] = () => { setImmediate(() => process.stdin.pause()); return { tools: [] } }
      setInterval(() => {}, 60_000)`
    const { connection } = await connect(scriptedServer(script))
    const text = 'x'.repeat(1024 * 1024)
    for (let at = 0; at < 40; at += 1) connection.notify('notifications/backchannel/receipt', { text })
    expect(await connection.callTool('any', {}, never)).toEqual({
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
