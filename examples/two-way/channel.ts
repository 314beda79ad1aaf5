/** A two-way channel in thirty lines: lines over TCP port 8791 in, the agent's answers out to whoever sent them. */
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { defineChannel, defineTool, serve } from '@backchannel/channel'

const clients = new Map<string, Socket>()

const reply = defineTool({
  name: 'reply',
  description: 'Answer the person who wrote. Pass the chat_id of the event back.',
  input: {
    type: 'object',
    properties: { chat_id: { type: 'string' }, text: { type: 'string' } },
    required: ['chat_id', 'text'],
  },
  run({ chat_id, text }) {
    const client = clients.get(chat_id)
    if (!client) throw new Error(`chat ${chat_id} has hung up`)
    client.write(`${text}\n`)
    return 'sent'
  },
})

const channel = defineChannel({
  name: 'lines',
  version: '1.0.0',
  instructions:
    'Messages arrive as <channel source="lines" chat_id="…">. Answer with the reply tool; pass chat_id back.',
  tools: [reply],
  start({ emit, log, signal }) {
    let count = 0
    const server = createServer((socket) => {
      const chat_id = `c${++count}`
      clients.set(
        chat_id,
        socket.on('close', () => clients.delete(chat_id)).on('error', () => socket.destroy()),
      )
      createInterface(socket).on('line', (line) => {
        emit({ content: line, meta: { chat_id } }).catch((error) => socket.write(`not taken: ${error.message}\n`))
      })
    })
    server.listen({ port: Number(process.env['LINES_PORT'] ?? 8791), host: '127.0.0.1', signal })
    server.on('listening', () => log.info(`listening on ${JSON.stringify(server.address())}`))
  },
})

await serve(channel)
