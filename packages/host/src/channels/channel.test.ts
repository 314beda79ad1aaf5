/** One server over its whole life, as real processes: admitted or refused, killed, started again, closed in any state. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory, isAlive, staysTrue, waitFor } from '@backchannel/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createPlan, createPorts, type TestPorts } from '../testing/channel-ports.ts'
import { kitServer, scriptedServer } from '../testing/servers.ts'
import { type Channel, createChannel } from './channel.ts'
import type { ServerCommand } from './process.ts'

function open(command: ServerCommand, ports: TestPorts = createPorts(), named = true): Channel {
  const channel = createChannel(createPlan(command, 'server:test', named), ports)
  onTestFinished(() => channel.close())
  return channel
}

/** The process id that `crashes-after` gives in its event. */
async function pidOf({ recorder }: TestPorts, event = 1): Promise<number> {
  const { content } = await recorder.wait('event.received', event)
  return Number(/\d+/.exec(content)?.[0])
}

const never = new AbortController().signal

describe('admission', () => {
  test('registered: exactly these events, in this order', async () => {
    const ports = createPorts()
    const channel = open(kitServer('sdk-channel'), ports)
    await channel.settled
    await ports.recorder.wait('event.received')
    expect(channel.state).toEqual({ kind: 'registered' })
    expect(ports.recorder.events).toEqual([
      {
        type: 'channel.registered',
        entry: 'server:test',
        source: 'test',
        capabilities: { permission: false, tools: ['reply', 'emit'], extension: [] },
      },
      {
        type: 'event.received',
        source: 'test',
        event_id: expect.any(String),
        content: 'hello',
        meta: { chat_id: '1' },
      },
    ])
    expect(channel.instructions).toContain('Answer with the reply tool')
  })

  test('refused: its tools work, its events drop and are counted', async () => {
    const ports = createPorts({ optIn: 'channels' })
    const channel = open(kitServer('sdk-channel'), ports)
    await channel.settled
    expect(channel.state).toMatchObject({ kind: 'refused', reason: 'not-allowlisted' })
    expect(await channel.callTool('reply', { text: 'still works' }, never)).toEqual({
      ok: true,
      text: 'sent: still works',
    })
    for (let at = 0; at < 3; at += 1) await channel.callTool('emit', { content: 'dropped' }, never)
    ports.drops.close()
    expect(ports.recorder.of('channel.refused')).toEqual([
      {
        type: 'channel.refused',
        entry: 'server:test',
        reason: 'not-allowlisted',
        message: expect.stringContaining('server:test'),
      },
    ])
    const dropped = ports.recorder.of('event.dropped')
    expect(dropped.map(({ source, reason }) => `${source} ${reason}`)).toContain('test not-registered')
    expect(dropped.reduce((sum, { count }) => sum + count, 0)).toBe(4)
    expect(ports.recorder.of('event.received')).toEqual([])
    expect(ports.queue.empty).toBe(true)
  })

  test('a plain server that nobody named is worth no word', async () => {
    const ports = createPorts({ optIn: 'none' })
    const channel = open(kitServer('sdk-plain'), ports, false)
    await channel.settled
    expect(channel.state).toEqual({ kind: 'plain' })
    expect(await channel.callTool('add', { a: 1, b: 2 }, never)).toEqual({ ok: true, text: '3' })
    expect(ports.recorder.events).toEqual([])
  })

  test('a plain server that was named as a channel is refused as one', async () => {
    const ports = createPorts()
    const channel = open(kitServer('sdk-plain'), ports)
    await channel.settled
    expect(channel.state).toMatchObject({ kind: 'refused', reason: 'not-a-channel' })
    expect(channel.tools.map(({ name }) => name)).toEqual(['add'])
  })

  test('events before it are none lost', async () => {
    const script = `
      event({ content: 'first' })
      on['notifications/initialized'] = () => event({ content: 'second' })
      on['tools/list'] = () => { event({ content: 'third' }); return { tools: [] } }
    `
    const ports = createPorts()
    await open(scriptedServer(script), ports).settled
    await ports.recorder.wait('event.received', 3)
    expect(ports.recorder.events.map((event) => ('content' in event ? event.content : event.type))).toEqual([
      'channel.registered',
      'first',
      'second',
      'third',
    ])
  })

  test('a peer without the extension is never sent anything of it', async () => {
    const script = `
      process.stdin.on('data', (chunk) => process.stderr.write(chunk))
      on['notifications/initialized'] = () => event({ content: 'x', event_id: 'e1' })
    `
    const ports = createPorts()
    const channel = open(scriptedServer(script), ports)
    await ports.recorder.wait('event.received')
    channel.receipt({ eventId: 'e1', state: 'started' })
    await channel.callTool('any', {}, AbortSignal.timeout(100))
    await ports.recorder.notice(/tools\/call/)
    const sent = ports.recorder.of('notice').map(({ message }) => message)
    expect(sent.join('\n')).toContain('notifications/initialized')
    expect(sent.filter((line) => /notifications\/backchannel/.test(line))).toEqual([])
  })

  test('a peer with receipts hears of its registration first, then of each event', async () => {
    const script = `
      const initialize = on.initialize
      on.initialize = () => ({ ...initialize(), capabilities: { experimental: {
        'claude/channel': {}, 'backchannel/channel': { version: 1, features: ['receipts', 'origin'] } } } })
      on['notifications/initialized'] = () => event({ content: 'x', event_id: 'e1' })
      for (const name of ['registration', 'receipt'])
        on['notifications/backchannel/' + name] = (params) => void process.stderr.write(name + ' ' + JSON.stringify(params) + '\\n')
    `
    const ports = createPorts()
    const channel = open(scriptedServer(script), ports)
    await ports.recorder.wait('event.received')
    channel.receipt({ eventId: 'e1', state: 'completed' })
    await ports.recorder.notice(/completed/)
    expect(ports.recorder.of('notice').map(({ message }) => message)).toEqual([
      'test: registration {"state":"registered","source":"test"}',
      'test: receipt {"event_id":"e1","state":"queued"}',
      'test: receipt {"event_id":"e1","state":"completed"}',
    ])
    expect(ports.recorder.of('channel.registered')[0]?.capabilities.extension).toEqual(['receipts'])
  })
})

describe('a server that does not start', () => {
  test.each([
    [
      'exits-at-once',
      'failed-to-start',
      /exited with status 3 .*; its last words: exits-at-once: no token is configured$/,
    ],
    ['never-initializes', 'failed-to-start', /did not answer "initialize" within 0\.5 s/],
    ['future-era', 'protocol-era', /"2026-07-28", which cannot carry events/],
  ] as const)('%s is refused once, with the reason, and nothing of it stays', async (name, reason, message) => {
    const ports = createPorts({ limits: { startTimeoutMs: 500 } })
    const channel = open(kitServer(name), ports)
    await channel.settled
    await waitFor(() => channel.state.kind === 'refused', { what: 'the refusal' })
    expect(ports.recorder.of('channel.refused')).toEqual([
      { type: 'channel.refused', entry: 'server:test', reason, message: expect.stringMatching(message) },
    ])
    expect(ports.recorder.of('channel.closed')).toEqual([])
    expect(await channel.callTool('any', {}, never)).toEqual({
      ok: false,
      text: 'test is not running just now (refused); try again in a moment.',
    })
  })

  test('what it sent before it failed is counted as dropped', async () => {
    const ports = createPorts()
    await open(scriptedServer(`event({ content: 'x' }); on.initialize = () => process.exit(1)`), ports).settled
    await ports.recorder.wait('event.dropped')
    expect(ports.recorder.of('event.dropped')).toMatchObject([{ reason: 'not-registered', count: 1 }])
  })
})

describe('a server that ends', () => {
  test('kill -9: said in words, started again after a moment, registered again; the session goes on', async () => {
    const ports = createPorts()
    const channel = open(kitServer('crashes-after'), ports)
    const first = await pidOf(ports)
    process.kill(first, 'SIGKILL')
    expect(await ports.recorder.wait('channel.closed')).toEqual({
      type: 'channel.closed',
      entry: 'server:test',
      reason: expect.stringMatching(/^was killed by SIGKILL/),
      restarting: true,
    })
    expect(channel.state).toEqual({ kind: 'restarting', reason: expect.stringMatching(/^was killed by SIGKILL/) })
    expect(channel.tools).toEqual([])
    expect(await channel.callTool('crash', {}, never)).toMatchObject({ ok: false })
    await ports.recorder.wait('channel.registered', 2)
    const second = await pidOf(ports, 2)
    expect(second).not.toBe(first)
    expect(isAlive(second)).toBe(true)
    expect(channel.tools.map(({ name }) => name)).toEqual(['crash'])
  })

  test('in the middle of a tool call: the call fails with words, the server comes back', async () => {
    const ports = createPorts()
    const channel = open(kitServer('crashes-after'), ports)
    await pidOf(ports)
    expect(await channel.callTool('crash', {}, never)).toEqual({
      ok: false,
      text: 'The server ended before it answered.',
    })
    await ports.recorder.wait('channel.registered', 2)
  })

  test('again and again: each end is told, and the waits grow', async () => {
    const ports = createPorts()
    const ends: number[] = []
    const command = kitServer('crashes-after', { CRASH: 'now' })
    const recording = {
      ...ports,
      emit: (event: Parameters<TestPorts['emit']>[0]) => {
        if (event.type === 'channel.closed') ends.push(performance.now())
        ports.emit(event)
      },
    }
    open(command, recording)
    await ports.recorder.wait('channel.closed', 3, 20_000)
    const [one = 0, two = 0, three = 0] = ends
    expect(two - one).toBeGreaterThanOrEqual(490)
    expect(three - two).toBeGreaterThanOrEqual(990)
  })

  test('one that does not start the second time stays in the session, and is tried again', async () => {
    const folder = await createTempDirectory()
    onTestFinished(folder.remove)
    const file = join(folder.path, 'server.cjs')
    const good = scriptedServer(`on['tools/call'] = () => process.exit(0)`).args[1] ?? ''
    await writeFile(file, good)
    const ports = createPorts()
    const channel = open({ ...kitServer('sdk-plain'), args: [file] }, ports)
    await channel.settled
    await writeFile(file, 'console.error("broken"); process.exit(9)')
    await channel.callTool('end', {}, never)
    const failed = await ports.recorder.wait('channel.closed', 2)
    expect(failed.reason).toMatch(/exited with status 9 before the handshake was complete.*its last words: broken/)
    await writeFile(file, good)
    await ports.recorder.wait('channel.registered', 2, 20_000)
    expect(ports.recorder.of('channel.refused')).toEqual([])
  })
})

describe('restarting by hand', () => {
  test('a running server: at once, with its own reason', async () => {
    const ports = createPorts()
    const channel = open(kitServer('crashes-after'), ports)
    const first = await pidOf(ports)
    channel.restart()
    expect(await ports.recorder.wait('channel.closed')).toMatchObject({ reason: 'restarted on request' })
    expect(await pidOf(ports, 2)).not.toBe(first)
    expect(isAlive(first)).toBe(false)
  })

  test('one that failed to start: once, however often it is asked', async () => {
    const folder = await createTempDirectory()
    onTestFinished(folder.remove)
    const file = join(folder.path, 'server.cjs')
    await writeFile(file, 'process.exit(1)')
    const ports = createPorts()
    const channel = open({ ...kitServer('sdk-plain'), args: [file] }, ports)
    await channel.settled
    await waitFor(() => channel.state.kind === 'refused', { what: 'the refusal' })
    await writeFile(file, scriptedServer(`event({ content: String(process.pid) })`).args[1] ?? '')
    channel.restart()
    channel.restart()
    expect(channel.state.kind).toBe('starting')
    channel.restart()
    await ports.recorder.wait('channel.registered')
    expect(await staysTrue(() => ports.recorder.of('channel.registered').length === 1, 200)).toBe(true)
    expect(ports.recorder.of('event.received')).toHaveLength(1)
  })

  test('one that waits for its restart', async () => {
    const ports = createPorts()
    const channel = open(kitServer('crashes-after'), ports)
    process.kill(await pidOf(ports), 'SIGKILL')
    await ports.recorder.wait('channel.closed')
    channel.restart()
    await ports.recorder.wait('channel.registered', 2)
  })

  test('not after the end', async () => {
    const ports = createPorts()
    const channel = open(kitServer('sdk-channel'), ports)
    await channel.close()
    channel.restart()
    expect(await staysTrue(() => channel.state.kind === 'closed', 100)).toBe(true)
  })
})

describe('closing', () => {
  test('before the process is there', async () => {
    const ports = createPorts()
    const channel = open(kitServer('crashes-after'), ports)
    await channel.close()
    await channel.settled
    expect(channel.state).toEqual({ kind: 'closed' })
    expect(ports.recorder.events.filter(({ type }) => type !== 'notice')).toEqual([])
  })

  test('while it starts', async () => {
    const ports = createPorts()
    const channel = open(kitServer('never-initializes'), ports)
    const { message } = await ports.recorder.notice(/pid/)
    await channel.close()
    await channel.settled
    expect(isAlive(Number(/\d+/.exec(message)?.[0]))).toBe(false)
    expect(ports.recorder.of('channel.refused')).toEqual([])
    expect(channel.state).toEqual({ kind: 'closed' })
  })

  test('while it is registered', async () => {
    const ports = createPorts()
    const channel = open(kitServer('crashes-after'), ports)
    const pid = await pidOf(ports)
    await Promise.all([channel.close(), channel.close()])
    expect(isAlive(pid)).toBe(false)
    expect(ports.recorder.of('channel.closed')).toEqual([])
    expect([channel.state.kind, channel.tools]).toEqual(['closed', []])
  })

  test('while it waits to be started again', async () => {
    const ports = createPorts()
    const channel = open(kitServer('crashes-after'), ports)
    process.kill(await pidOf(ports), 'SIGKILL')
    await ports.recorder.wait('channel.closed')
    await channel.close()
    expect(await staysTrue(() => ports.recorder.of('channel.registered').length === 1, 700)).toBe(true)
  })

  test('in the middle of a restart, or of a tool call', async () => {
    const ports = createPorts()
    const channel = open(kitServer('crashes-after'), ports)
    const pid = await pidOf(ports)
    channel.restart()
    await channel.close()
    expect(isAlive(pid)).toBe(false)

    const slow = open(scriptedServer(`on['tools/call'] = () => undefined`))
    await slow.settled
    const call = slow.callTool('slow', {}, never)
    await slow.close()
    expect(await call).toEqual({ ok: false, text: 'The server ended before it answered.' })
  })

  test.runIf(process.platform !== 'win32')('one that ignores everything, within two seconds', async () => {
    const ports = createPorts()
    const channel = open(kitServer('ignores-eof'), ports)
    await ports.recorder.wait('event.received')
    const startedAt = performance.now()
    await channel.close()
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})

describe('hostile servers', () => {
  test('bad events: each is dropped as invalid, the problem names the field, the good one comes through', async () => {
    const ports = createPorts()
    open(kitServer('bad-events'), ports)
    await waitFor(() => ports.recorder.of('event.received').some(({ content }) => content === 'the good one'), {
      what: 'the good one',
    })
    ports.drops.close()
    const count = (reason: string) =>
      ports.recorder.of('event.dropped').reduce((sum, event) => sum + (event.reason === reason ? event.count : 0), 0)
    expect(count('invalid')).toBe(13)
    expect(count('too-large')).toBe(1)
    const notices = ports.recorder.of('notice').flatMap(({ level, message }) => (level === 'warning' ? [message] : []))
    expect(notices[0]).toBe('test: an event was dropped: "content": expected a string, got a value of type number')
    expect(notices.at(-1)).toBe('test: further problems of its events are counted, and no longer told one by one')
    const received = ports.recorder.of('event.received')
    const claims = received.find(({ content }) => content === 'claims a source')
    expect([claims?.source, Object.keys(claims?.meta ?? {})]).toEqual(['test', []])
    const prototype = received.find(({ content }) => content === 'prototype keys')
    expect(Object.keys(prototype?.meta ?? {})).toEqual(['__proto__', 'constructor', 'toString'])
    const odd = received.find(({ content }) => content === 'keys a host drops')
    expect(odd?.meta).toEqual({ ok: '5' })
  })

  test('garbage is told once, and the event between it is received', async () => {
    const ports = createPorts()
    open(kitServer('garbage'), ports)
    await ports.recorder.notice(/garbage: done/)
    await ports.recorder.wait('event.received')
    expect(ports.recorder.of('event.received').map(({ content }) => content)).toEqual(['between the garbage'])
    expect(ports.recorder.of('notice').filter(({ message }) => message.includes('no JSON-RPC'))).toHaveLength(1)
  })

  test('a flood: everything is counted, the host stays responsive and its memory bounded', async () => {
    const ports = createPorts({ limits: { eventsPerChannel: 500 } })
    open(kitServer('flood', { COUNT: '100000' }), ports)
    let longest = 0
    let last = performance.now()
    const pulse = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 5)
    onTestFinished(() => clearInterval(pulse))
    await ports.recorder.notice(/sent 100000/)
    const total = () =>
      ports.recorder.of('event.received').length +
      ports.recorder.of('event.dropped').reduce((sum, { count }) => sum + count, 0)
    await waitFor(() => total() === 100_000, { what: 'the whole flood to be counted' })
    expect(ports.queue.waiting('test')).toBe(500)
    expect(ports.recorder.of('event.dropped').length).toBeLessThan(50)
    expect(longest).toBeLessThan(1_000)
  })

  test('a flood through receipts that are never read is bounded as well', async () => {
    const script = `
      const initialize = on.initialize
      on.initialize = () => ({ ...initialize(), capabilities: { experimental: {
        'claude/channel': {}, 'backchannel/channel': { version: 1, features: ['receipts'] } } } })
      on['notifications/initialized'] = async () => {
        process.stdin.pause()
        const line = (at) => JSON.stringify({ jsonrpc: '2.0', method: 'notifications/claude/channel',
          params: { content: 'x', event_id: 'e'.repeat(2000) + at } }) + '\\n'
        for (let at = 0; at < 20_000; at += 1) {
          if (!process.stdout.write(line(at))) await new Promise((resolve) => process.stdout.once('drain', resolve))
        }
        process.stderr.write('flooded\\n')
      }
      setInterval(() => {}, 60_000)
    `
    const ports = createPorts()
    const before = process.memoryUsage().rss
    open(scriptedServer(script), ports)
    await ports.recorder.notice(/flooded/)
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024)
    expect(ports.recorder.of('event.received').length).toBe(1_000)
  })
})
