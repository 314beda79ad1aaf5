/** Each misbehaving server does what its name says: else a host's test against it would prove nothing. */
import { expect, it } from 'vitest'
import { startFakeHost } from '../fake-host/start.ts'
import type { FakeHost, FakeHostOptions } from '../fake-host/types.ts'
import { isAlive } from '../processes.ts'
import { waitFor } from '../wait.ts'
import { type ServerName, serverPath } from './index.ts'

const start = (name: ServerName, options: Partial<FakeHostOptions> = {}): Promise<FakeHost> =>
  startFakeHost({ command: process.execPath, args: [serverPath(name)], ...options })

const pidOf = (text: string) => Number(/(?:pid|child) (\d+)/.exec(text)?.[1])

it('sdk-channel emits the events it is told to, and more on demand', async () => {
  const events = [{ content: 'a', meta: { chat_id: '7' } }, { content: 'b' }]
  await using host = await start('sdk-channel', { env: { NAME: 'mine', EVENTS: JSON.stringify(events) } })
  expect(host.initializeResult.serverInfo.name).toBe('mine')
  expect([await host.nextEvent(), await host.nextEvent()]).toEqual(events)
  await host.callTool('emit', { content: 'c' })
  expect(await host.nextEvent()).toEqual({ content: 'c' })
  expect(await host.callTool('reply', {})).toMatchObject({ isError: true })
  host.endInput()
  expect(await host.waitForExit()).toMatchObject({ code: 0 })
})

it('sdk-plain has a tool and is no channel', async () => {
  await using host = await start('sdk-plain')
  expect(host.serverCapabilities).toEqual({ tools: {} })
  expect(await host.callTool('add', { a: 2, b: 3 })).toEqual({ content: [{ type: 'text', text: '5' }] })
})

it('never-initializes never answers, and ends with stdin', async () => {
  await using host = await start('never-initializes', { handshake: false })
  await host.waitForStderr(/pid/)
  await expect(host.request('initialize', {}, { timeoutMs: 300 })).rejects.toThrow(
    /300 ms for the answer to initialize/,
  )
  expect(host.stdoutLines).toEqual([])
  host.endInput()
  expect(await host.waitForExit()).toMatchObject({ code: 0 })
})

it('garbage has a valid event between lines that are none', async () => {
  await using host = await start('garbage', { env: { HUGE_BYTES: '1000000' } })
  expect(await host.nextEvent()).toEqual({ content: 'between the garbage' })
  await host.waitForStderr(/done/)
  expect(host.strayLines).toContain('Listening on http://localhost:8788')
  expect(host.strayLines.some((line) => line.length === 1_000_000)).toBe(true)
})

it('exits-at-once says why and exits with status 3', async () => {
  await expect(start('exits-at-once')).rejects.toThrow(/ended \(status 3\).*no token is configured/s)
})

it('flood emits its events in order, and waits while nobody reads', async () => {
  await using host = await start('flood', { env: { COUNT: '20000' }, handshake: false })
  await host.initialize()
  host.pauseReading()
  host.initialized()
  await expect(host.waitForStderr(/sent/, { timeoutMs: 300 })).rejects.toThrow(/300 ms/)
  host.resumeReading()
  await host.waitForStderr(/sent 20000/)
  await waitFor(() => host.events.length === 20_000, { what: 'every event' })
  expect(host.events.every(({ content }, at) => content === `event ${at + 1}`)).toBe(true)
})

it('future-era answers with 2026-07-28 and emits all the same', async () => {
  await using host = await start('future-era')
  expect(host.initializeResult.protocolVersion).toBe('2026-07-28')
  expect(await host.nextEvent()).toEqual({ content: 'from the future' })
})

it('crashes-after dies of SIGKILL when told to, or at once', async () => {
  await using host = await start('crashes-after')
  expect((await host.nextEvent()).content).toBe(`alive as ${host.pid}`)
  await expect(host.callTool('crash')).rejects.toThrow(/ended \(SIGKILL\)/)
  await using hasty = await start('crashes-after', { env: { CRASH: 'now' } })
  await hasty.nextEvent()
  await hasty.listTools()
  expect(await hasty.waitForExit()).toMatchObject({ signal: 'SIGKILL' })
})

it('ignores-eof stays until it is killed', async () => {
  await using host = await start('ignores-eof')
  host.kill('SIGTERM')
  await host.waitForStderr(/SIGTERM ignored/)
  host.endInput()
  await host.waitForStderr(/end of stdin ignored/)
  expect(isAlive(host.pid)).toBe(true)
  await host.close()
  expect(await host.exit).toMatchObject({ signal: 'SIGKILL' })
})

it('bad-events emits wrong events and then a good one', async () => {
  await using host = await start('bad-events')
  await host.nextEvent(({ content }) => content === 'the good one')
  expect(host.strayLines).toEqual([])
  const contents = host.events.map(({ content }) => content)
  expect(contents).toEqual(expect.arrayContaining([42, null, 'claims a source', 'prototype keys']))
  expect(contents.some((content) => content?.length === 2 * 1024 * 1024)).toBe(true)
  expect(host.notifications.length).toBeGreaterThan(host.events.length)
})

it('spawns-child leaves a process behind that only the end of its group takes along', async () => {
  await using host = await start('spawns-child', { env: { INHERIT: '1' } })
  const child = pidOf((await host.nextEvent()).content)
  host.endInput()
  expect(await host.waitForExit()).toMatchObject({ code: 0 })
  expect(isAlive(child)).toBe(true)
  await host.close()
  await waitFor(() => !isAlive(child), { what: 'the child to be gone' })
})
