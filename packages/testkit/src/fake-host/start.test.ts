/** The fake host against a channel that none of our code is in. */
import { stat } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { isAlive } from '../processes.ts'
import { serverPath } from '../servers/index.ts'
import { startFakeHost } from './start.ts'
import type { FakeHostOptions } from './types.ts'

const sdkChannel = (env: Record<string, string> = {}, over: Partial<FakeHostOptions> = {}) =>
  startFakeHost({ command: process.execPath, args: [serverPath('sdk-channel')], env, ...over })

/** Runs a few lines of script as the channel's process. */
const script = (source: string, over: Partial<FakeHostOptions> = {}) =>
  startFakeHost({ command: process.execPath, args: ['-e', source], handshake: false, ...over })

it('shakes hands and shows what the channel declared', async () => {
  await using host = await sdkChannel({ INSTRUCTIONS: 'Do this.' })
  expect(host.initializeResult.protocolVersion).toBe('2025-11-25')
  expect(host.serverCapabilities).toEqual({ experimental: { 'claude/channel': {} }, tools: {} })
  expect(host.instructions).toBe('Do this.')
  expect(host.environment['HOME']).toBe(host.home)
  expect(host.environment['CLAUDE_CONFIG_DIR']?.startsWith(host.home)).toBe(true)
})

it('hands out each event once, by order or by what it holds', async () => {
  const events = ['one', 'two', 'three'].map((content) => ({ content }))
  await using host = await sdkChannel({ EVENTS: JSON.stringify(events) })
  expect(await host.nextEvent((event) => event.content === 'two')).toEqual({ content: 'two' })
  expect(await host.nextEvent()).toEqual({ content: 'one' })
  expect(await host.nextEvent()).toEqual({ content: 'three' })
  expect(host.events).toEqual(events)
  await expect(host.nextEvent(undefined, { timeoutMs: 20 })).rejects.toThrow(/20 ms for an event/)
})

it('lists and calls tools', async () => {
  await using host = await sdkChannel()
  expect((await host.listTools()).map((tool) => tool.name)).toEqual(['reply', 'emit'])
  expect(await host.callTool('reply', { text: 'hi' })).toEqual({ content: [{ type: 'text', text: 'sent: hi' }] })
  expect((await host.waitForStderr(/replied: (\w+)/))[1]).toBe('hi')
  await expect(host.request('no/such')).rejects.toMatchObject({ name: 'RpcError', code: -32601 })
})

it('keeps lines that are not JSON-RPC apart, the unterminated last one too', async () => {
  const lines = ['hello', '[]', '{"jsonrpc":"1.0","method":"a"}', '{"jsonrpc":"2.0","method":"a"}', '', '{"half":']
  await using host = await script(`process.stdout.write(${JSON.stringify(lines.join('\n'))})`)
  await host.nextNotification('a')
  await host.exit
  await expect(host.nextEvent()).rejects.toThrow(/The channel ended \(status 0\)/)
  expect(host.stdoutLines).toEqual(lines)
  expect(host.strayLines).toEqual(['hello', '[]', '{"jsonrpc":"1.0","method":"a"}', '', '{"half":'])
})

it('answers ping and refuses other requests of the channel', async () => {
  await using host = await script(`
    process.stdin.pipe(process.stderr)
    console.log('{"jsonrpc":"2.0","id":"p","method":"ping"}')
    console.log('{"jsonrpc":"2.0","id":"r","method":"roots/list"}')`)
  await host.waitForStderr(/"id":"p","result":\{\}/)
  await host.waitForStderr(/"id":"r","error":\{"code":-32601/)
  expect(host.requests.map((request) => request.method)).toEqual(['ping', 'roots/list'])
})

it('takes an answer with id null as one that nobody asked for', async () => {
  await using host = await script(`console.log('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}')`)
  expect(await host.nextUnaskedAnswer()).toMatchObject({ kind: 'error', id: null, error: { code: -32700 } })
})

it('makes a channel feel that nobody reads, and loses nothing by it', async () => {
  await using host = await script(`
    const line = '{"jsonrpc":"2.0","method":"m","params":"' + 'x'.repeat(9000) + '"}\\n'
    let sent = 0
    const write = () => {
      while (sent < 400) { sent += 1; if (!process.stdout.write(line)) { console.error('full'); break } }
    }
    process.stdout.on('drain', write)
    process.stdin.once('data', write)
    process.stdin.on('end', () => process.exit(0))`)
  host.pauseReading()
  host.writeRaw('go\n')
  await host.waitForStderr(/full/)
  expect(host.stdoutLines.length).toBeLessThan(400)
  host.resumeReading()
  for (let count = 0; count < 400; count += 1) await host.nextNotification('m')
})

it('says what it waited for and what the process said, and leaves nothing behind', async () => {
  const started = script('console.error("some trouble", process.pid); process.stdin.resume()', {
    handshake: true,
    timeoutMs: 500,
  })
  const message = await started.then(
    () => 'it started',
    (error: Error) => error.message,
  )
  expect(message).toMatch(
    /Waited 500 ms for the answer to initialize, in vain\.\nThe last lines on stderr:\n {2}some t/,
  )
  expect(isAlive(Number(/trouble (\d+)/.exec(message)?.[1]))).toBe(false)
})

it('names a command that does not exist, and an end before the handshake', async () => {
  await expect(startFakeHost({ command: '/no/such/command' })).rejects.toThrow(/"\/no\/such\/command" .*ENOENT/)
  await expect(script('process.exit(7)', { handshake: true })).rejects.toThrow(/ended \(status 7\)/)
})

it('measures the end, and takes the whole group and the home along', async () => {
  const host = await script(`
    require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
      .on('spawn', function () { console.error('child', this.pid) })
    process.on('SIGTERM', () => process.exit(4))
    process.stdin.resume()`)
  const child = Number((await host.waitForStderr(/child (\d+)/))[1])
  host.kill()
  const { code, signal, afterMs } = await host.waitForExit()
  expect({ code, signal }).toEqual({ code: 4, signal: null })
  expect(afterMs).toBeLessThan(5_000)
  expect(isAlive(child)).toBe(true)
  await host.close()
  await host.close()
  await expect.poll(() => isAlive(child)).toBe(false)
  await expect(stat(host.home)).rejects.toThrow(/ENOENT/)
})
