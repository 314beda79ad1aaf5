/** A two-way channel in thirty lines: lines over TCP port 8791 in, the agent's answers out to whoever sent them. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { defineChannel, defineTool, serve } from '@backchannel/channel'

// Only who sees the session knows the code: nobody else gets a word in.
const code = randomUUID().slice(0, 8)
const chats = new Map<string, Socket>()

const text = { type: 'string' } as const
const reply = defineTool({
  name: 'reply',
  description: 'Answer the person who wrote. Pass the chat_id of the event back.',
  input: { type: 'object', properties: { chat_id: text, text }, required: ['chat_id', 'text'] },
  run({ chat_id, text }) {
    const chat = chats.get(chat_id)
    if (!chat) throw new Error(`chat ${chat_id} has hung up`)
    chat.write(`${text}\n`)
    return 'sent'
  },
})

const channel = defineChannel({
  name: 'lines',
  version: '1.0.0',
  instructions: 'People write as <channel source="lines" chat_id="…">. Answer with reply; pass chat_id back.',
  tools: [reply],
  async start({ emit, log, signal }) {
    const server = createServer(async (chat) => {
      const chat_id = randomUUID()
      try {
        for await (const content of createInterface(chat)) {
          if (chats.has(chat_id)) await emit({ content, meta: { chat_id } })
          else if (content === code) chats.set(chat_id, chat)
          else break
        }
      } catch (error) {
        log.warn(`a chat broke off: ${error}`)
      }
      chats.delete(chat_id)
      chat.destroy()
    })
    const port = Number(process.env['LINES_PORT'] ?? 8791)
    await once(server.listen({ port, host: '127.0.0.1', signal }), 'listening')
    log.info(`run nc 127.0.0.1 ${port} and type ${code} first`)
  },
})

await serve(channel)
