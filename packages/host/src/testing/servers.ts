/** Commands of servers for the tests of a host: the test kit's, and small ones written where they are used. */
import { type ServerName, serverPath } from '@backchannel/testkit'
import type { ServerCommand } from '../channels/process.ts'

/** One of the test kit's servers. */
export function kitServer(name: ServerName, env: Readonly<Record<string, string>> = {}): ServerCommand {
  return { command: process.execPath, args: [serverPath(name)], env: { ...path(), ...env }, cwd: process.cwd() }
}

/**
 * A server with a proper handshake and no tools, of which `script` changes what the test is about: it sets functions of
 * `on` by method (params, message) → result, and may call `send(message)`, `event(params)` and `answer(id, result)`.
 */
export function scriptedServer(script: string): ServerCommand {
  return { command: process.execPath, args: ['-e', `${PRELUDE}\n${script}`], env: path(), cwd: process.cwd() }
}

const PRELUDE = `
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n')
const event = (params) => send({ method: 'notifications/claude/channel', params })
const answer = (id, result) => send({ id, result })
const on = {
  initialize: () => ({
    protocolVersion: '2025-11-25',
    capabilities: { experimental: { 'claude/channel': {} }, tools: {} },
    serverInfo: { name: 'scripted', version: '1.0.0' },
  }),
  'tools/list': () => ({ tools: [] }),
}
require('node:readline').createInterface({ input: process.stdin }).on('line', async (line) => {
  const message = JSON.parse(line)
  const result = await on[message.method]?.(message.params, message)
  if (message.id !== undefined && result !== undefined) answer(message.id, result)
})
`

function path(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '' }
}
