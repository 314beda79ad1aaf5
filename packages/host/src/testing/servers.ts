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

/** By its place, not by an import: a host and a channel meet on stdio only. */
const KIT = new URL('../../../channel/src/index.ts', import.meta.url).href

/**
 * A channel written with the kit, which emits `events` once it is registered, and says on stderr what it is told: its
 * registration, each receipt, each reply. Tools: `reply` (fails where the text contains `FAIL`) and `emit` (emits its
 * `content`, `chat_id` and `event_id`).
 */
export function kitChannel(events: readonly object[] = []): ServerCommand {
  const program = `
    import { defineChannel, defineTool, serve } from ${JSON.stringify(KIT)}
    const text = { type: 'string' }
    let context
    await serve(defineChannel({
      name: 'kit', version: '1.0.0', instructions: 'Answer with the reply tool.',
      tools: [
        defineTool({
          name: 'reply', description: 'Answers.',
          input: { type: 'object', properties: { chat_id: text, text }, required: ['text'] },
          run({ chat_id = 'nobody', text }) {
            if (text.includes('FAIL')) throw new Error('the chat has hung up')
            context.log.info('reply to ' + chat_id + ': ' + text)
            return 'sent'
          },
        }),
        defineTool({
          name: 'emit', description: 'Emits.',
          input: { type: 'object', properties: { content: text, chat_id: text, event_id: text } },
          async run({ content, chat_id, event_id }) {
            return await context.emit({ content, meta: chat_id ? { chat_id } : {}, ...(event_id ? { eventId: event_id } : {}) })
          },
        }),
      ],
      async start(given) {
        context = given
        context.log.info('started as ' + context.source)
        for (const event of ${JSON.stringify(events)}) await context.emit(event)
      },
      receipt({ eventId, state, reason }) {
        context.log.info(['receipt', eventId, state, reason].filter(Boolean).join(' '))
      },
    }))
  `
  const args = ['--input-type=module', '-e', program]
  return { command: process.execPath, args, env: path(), cwd: process.cwd() }
}
