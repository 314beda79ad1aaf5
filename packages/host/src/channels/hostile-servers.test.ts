/** Servers that send what is wrong, senseless or far too much: all of it is counted, and the host stays well. */
import { waitFor } from '@backchannel/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { openChannel } from '../testing/channel.ts'
import { createPorts } from '../testing/channel-ports.ts'
import { kitServer, scriptedServer } from '../testing/servers.ts'

test('bad events: each is dropped as invalid, the problem names the field, the good one comes through', async () => {
  const ports = createPorts()
  openChannel(kitServer('bad-events'), ports)
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
  openChannel(kitServer('garbage'), ports)
  await ports.recorder.notice(/garbage: done/)
  await ports.recorder.wait('event.received')
  expect(ports.recorder.of('event.received').map(({ content }) => content)).toEqual(['between the garbage'])
  expect(ports.recorder.of('notice').filter(({ message }) => message.includes('no JSON-RPC'))).toHaveLength(1)
})

test('a flood: everything is counted, the host stays responsive and its memory bounded', async () => {
  const ports = createPorts({ limits: { eventsPerChannel: 500 } })
  openChannel(kitServer('flood', { COUNT: '100000' }), ports)
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
  openChannel(scriptedServer(script), ports)
  await ports.recorder.notice(/flooded/)
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024)
  expect(ports.recorder.of('event.received').length).toBe(1_000)
})
