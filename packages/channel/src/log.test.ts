/** The form of a log line, and that a log which nobody reads harms nobody. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { BackchannelError } from '@backchannel/protocol'
import { RUNTIMES, runtimeCommand } from '@backchannel/testkit'
import { expect, it } from 'vitest'
import { programPath } from './fixtures/programs.ts'
import { createLog, renderFault } from './log.ts'

const collect = () => {
  const lines: string[] = []
  return { lines, log: createLog('alerts', (line) => lines.push(line)) }
}

it('prefixes each kind of message', () => {
  const { lines, log } = collect()
  log.info('listening')
  log.warn('slow')
  log.error('gone')
  expect(lines).toEqual(['alerts: listening\n', 'alerts: warning: slow\n', 'alerts: error: gone\n'])
})

it.each([
  ['a\nb', 'a ⏎ b'],
  ['a\r\nb', 'a ⏎ b'],
  ['a\rb', 'a ⏎ b'],
  ['Error: x\n    at y\n    at z\n', 'Error: x ⏎ at y ⏎ at z'],
  ['\n\n a \n\n\n b\n', 'a ⏎ b'],
  ['a\u2028b\u2029c', 'a ⏎ b ⏎ c'],
  ['', ''],
])('writes %j on one line', (message, expected) => {
  const { lines, log } = collect()
  log.info(message)
  expect(lines).toEqual([`alerts: ${expected}\n`])
})

it('takes time in proportion to the length of a message', () => {
  const { log } = collect()
  const startedAt = performance.now()
  log.info(`${' '.repeat(2_000_000)}x`)
  expect(performance.now() - startedAt).toBeLessThan(1_000)
})

it('takes what is no text as text', () => {
  const { lines, log } = collect()
  log.info(new Error('x') as unknown as string)
  expect(lines).toEqual(['alerts: Error: x\n'])
})

it('tells an error of ours in its words, and any other with its stack', () => {
  expect(renderFault(new BackchannelError('closed', 'It ended.', { hint: 'Start it.' }))).toBe('It ended. Start it.')
  expect(renderFault(new TypeError('x'))).toMatch(/^TypeError: x\n\s+at /)
  expect(renderFault('text')).toMatch(/^Error: text/)
  expect(renderFault(Object.create(null))).toMatch(/^Error: something was thrown/)
})

it.each(RUNTIMES)('harms nobody on %s when the host does not read it, or has closed it', async (runtime) => {
  const channel = spawn(runtimeCommand(runtime), [programPath('load')], { stdio: 'pipe' })
  try {
    const lines = createInterface(channel.stdout)[Symbol.asyncIterator]()
    const ask = async (id: number, method: string, params: object): Promise<string> => {
      channel.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
      return String((await lines.next()).value)
    }
    const handshake = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } }
    await ask(1, 'initialize', handshake)
    await ask(2, 'tools/call', { name: 'log', arguments: { lines: 400_000, units: 1_000 } })
    const { rss } = JSON.parse(JSON.parse(await ask(3, 'tools/call', { name: 'memory' })).result.content[0].text)
    expect(rss).toBeLessThan(250_000_000)
    channel.stderr.destroy()
    await ask(4, 'tools/call', { name: 'log', arguments: { lines: 10, units: 10 } })
    expect(JSON.parse(await ask(5, 'ping', {}))).toMatchObject({ id: 5, result: {} })
    channel.stdin.end()
    expect(await once(channel, 'exit')).toEqual([0, null])
  } finally {
    channel.kill('SIGKILL')
  }
})
