/** A server that is started again by hand, and closed in every state it can be in. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory, isAlive, staysTrue, waitFor } from '@backchannel/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { NEVER, openChannel, pidOf } from '../testing/channel.ts'
import { createPorts } from '../testing/channel-ports.ts'
import { kitServer, scriptedServer } from '../testing/servers.ts'

describe('restarting by hand', () => {
  test('a running server: at once, with its own reason', async () => {
    const ports = createPorts()
    const channel = openChannel(kitServer('crashes-after'), ports)
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
    const channel = openChannel({ ...kitServer('sdk-plain'), args: [file] }, ports)
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
    const channel = openChannel(kitServer('crashes-after'), ports)
    process.kill(await pidOf(ports), 'SIGKILL')
    await ports.recorder.wait('channel.closed')
    channel.restart()
    await ports.recorder.wait('channel.registered', 2)
  })

  test('not after the end', async () => {
    const ports = createPorts()
    const channel = openChannel(kitServer('sdk-channel'), ports)
    await channel.close()
    channel.restart()
    expect(await staysTrue(() => channel.state.kind === 'closed', 100)).toBe(true)
  })
})

describe('closing', () => {
  test('before the process is there', async () => {
    const ports = createPorts()
    const channel = openChannel(kitServer('crashes-after'), ports)
    await channel.close()
    await channel.settled
    expect(channel.state).toEqual({ kind: 'closed' })
    expect(ports.recorder.events.filter(({ type }) => type !== 'notice')).toEqual([])
  })

  test('while it starts', async () => {
    const ports = createPorts()
    const channel = openChannel(kitServer('never-initializes'), ports)
    const { message } = await ports.recorder.notice(/pid/)
    await channel.close()
    await channel.settled
    expect(isAlive(Number(/\d+/.exec(message)?.[0]))).toBe(false)
    expect(ports.recorder.of('channel.refused')).toEqual([])
    expect(channel.state).toEqual({ kind: 'closed' })
  })

  test('while it is registered', async () => {
    const ports = createPorts()
    const channel = openChannel(kitServer('crashes-after'), ports)
    const pid = await pidOf(ports)
    await Promise.all([channel.close(), channel.close()])
    expect(isAlive(pid)).toBe(false)
    expect(ports.recorder.of('channel.closed')).toEqual([])
    expect([channel.state.kind, channel.tools]).toEqual(['closed', []])
  })

  test('while it waits to be started again', async () => {
    const ports = createPorts()
    const channel = openChannel(kitServer('crashes-after'), ports)
    process.kill(await pidOf(ports), 'SIGKILL')
    await ports.recorder.wait('channel.closed')
    await channel.close()
    expect(await staysTrue(() => ports.recorder.of('channel.registered').length === 1, 700)).toBe(true)
  })

  test('in the middle of a restart, or of a tool call', async () => {
    const ports = createPorts()
    const channel = openChannel(kitServer('crashes-after'), ports)
    const pid = await pidOf(ports)
    channel.restart()
    await channel.close()
    expect(isAlive(pid)).toBe(false)

    const slow = openChannel(scriptedServer(`on['tools/call'] = () => undefined`))
    await slow.settled
    const call = slow.callTool('slow', {}, NEVER)
    await slow.close()
    expect(await call).toEqual({ ok: false, text: 'The server ended before it answered.' })
  })

  test.runIf(process.platform !== 'win32')('one that ignores everything, within two seconds', async () => {
    const ports = createPorts()
    const channel = openChannel(kitServer('ignores-eof'), ports)
    await ports.recorder.wait('event.received')
    const startedAt = performance.now()
    await channel.close()
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})
