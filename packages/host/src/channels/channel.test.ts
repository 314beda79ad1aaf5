/** One server as a real process: admitted or refused, failing to start, killed and started again. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory, isAlive, waitFor } from '@backchannel/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { NEVER, openChannel, pidOf } from '../testing/channel.ts'
import { createPorts, type TestPorts } from '../testing/channel-ports.ts'
import { kitServer, scriptedServer } from '../testing/servers.ts'

describe('admission', () => {
  test('registered: exactly these events, in this order', async () => {
    const ports = createPorts()
    const channel = openChannel(kitServer('sdk-channel'), ports)
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
    const channel = openChannel(kitServer('sdk-channel'), ports)
    await channel.settled
    expect(channel.state).toMatchObject({ kind: 'refused', reason: 'not-allowlisted' })
    expect(await channel.callTool('reply', { text: 'still works' }, NEVER)).toEqual({
      ok: true,
      text: 'sent: still works',
    })
    for (let at = 0; at < 3; at += 1) await channel.callTool('emit', { content: 'dropped' }, NEVER)
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
    const channel = openChannel(kitServer('sdk-plain'), ports, false)
    await channel.settled
    expect(channel.state).toEqual({ kind: 'plain' })
    expect(await channel.callTool('add', { a: 1, b: 2 }, NEVER)).toEqual({ ok: true, text: '3' })
    expect(ports.recorder.events).toEqual([])
  })

  test('a plain server that was named as a channel is refused as one', async () => {
    const ports = createPorts()
    const channel = openChannel(kitServer('sdk-plain'), ports)
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
    await openChannel(scriptedServer(script), ports).settled
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
    const channel = openChannel(scriptedServer(script), ports)
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
    const channel = openChannel(scriptedServer(script), ports)
    await ports.recorder.wait('event.received')
    channel.receipt({ eventId: 'e1', state: 'completed' })
    await ports.recorder.notice(/completed/)
    expect(ports.recorder.of('notice').map(({ message }) => message)).toEqual([
      'test: registration {"state":"registered","source":"test"}',
      'test: receipt {"event_id":"e1","state":"queued"}',
      'test: receipt {"event_id":"e1","state":"completed"}',
    ])
    expect(ports.recorder.of('channel.registered')[0]?.capabilities.extension).toEqual(['receipts', 'origin'])
  })
})

describe('a server that does not start', () => {
  test.each([
    [
      'exits-at-once',
      10_000,
      'failed-to-start',
      /exited with status 3 .*\. Its last words: "exits-at-once: no token is configured"\. Run its command/,
    ],
    ['never-initializes', 500, 'failed-to-start', /did not answer "initialize" within 0\.5 s/],
    ['future-era', 10_000, 'protocol-era', /"2026-07-28", which cannot carry events/],
  ] as const)(
    '%s is refused once, with the reason, and nothing of it stays',
    async (name, startTimeoutMs, reason, message) => {
      const ports = createPorts({ limits: { startTimeoutMs } })
      const channel = openChannel(kitServer(name), ports)
      await channel.settled
      await waitFor(() => channel.state.kind === 'refused', { what: 'the refusal' })
      expect(ports.recorder.of('channel.refused')).toEqual([
        { type: 'channel.refused', entry: 'server:test', reason, message: expect.stringMatching(message) },
      ])
      expect(ports.recorder.of('channel.closed')).toEqual([])
      expect(await channel.callTool('any', {}, NEVER)).toEqual({
        ok: false,
        text: 'test is not running just now (refused); try again in a moment.',
      })
    },
  )

  test('what it sent before it failed is counted as dropped', async () => {
    const ports = createPorts()
    await openChannel(scriptedServer(`event({ content: 'x' }); on.initialize = () => process.exit(1)`), ports).settled
    await ports.recorder.wait('event.dropped')
    expect(ports.recorder.of('event.dropped')).toMatchObject([{ reason: 'not-registered', count: 1 }])
  })
})

describe('a server that ends', () => {
  test('kill -9: said in words, started again after a moment, registered again; the session goes on', async () => {
    const ports = createPorts()
    const channel = openChannel(kitServer('crashes-after'), ports)
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
    expect(await channel.callTool('crash', {}, NEVER)).toMatchObject({ ok: false })
    await ports.recorder.wait('channel.registered', 2)
    const second = await pidOf(ports, 2)
    expect(second).not.toBe(first)
    expect(isAlive(second)).toBe(true)
    expect(channel.tools.map(({ name }) => name)).toEqual(['crash'])
  })

  test('in the middle of a tool call: the call fails with words, the server comes back', async () => {
    const ports = createPorts()
    const channel = openChannel(kitServer('crashes-after'), ports)
    await pidOf(ports)
    expect(await channel.callTool('crash', {}, NEVER)).toEqual({
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
    openChannel(command, recording)
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
    const channel = openChannel({ ...kitServer('sdk-plain'), args: [file] }, ports)
    await channel.settled
    await writeFile(file, 'console.error("broken"); process.exit(9)')
    await channel.callTool('end', {}, NEVER)
    const failed = await ports.recorder.wait('channel.closed', 2)
    expect(failed.reason).toMatch(/exited with status 9 before the handshake was complete.*Its last words: "broken"/)
    await writeFile(file, good)
    await ports.recorder.wait('channel.registered', 2, 20_000)
    expect(ports.recorder.of('channel.refused')).toEqual([])
  })
})
