/** What is compared with: a chat page's server straight on the MCP SDK and `ws`; it stores nothing. */
import { createServer } from 'node:http'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { WebSocketServer } from 'ws'

const mcp = new Server(
  { name: 'fakechat', version: '0.0.1' },
  {
    capabilities: { tools: {}, experimental: { 'claude/channel': {} } },
    instructions: 'The sender reads the fakechat page, not this session: answer with the reply tool.',
  },
)

mcp.setRequestHandler(ListToolsRequestSchema, async () => ({
  tools: [
    {
      name: 'reply',
      description: 'Send a message to the page.',
      inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
    },
  ],
}))

mcp.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
  const message = JSON.stringify({
    type: 'msg',
    id: `m${Date.now()}`,
    from: 'assistant',
    text: params.arguments?.['text'],
  })
  for (const page of pages.clients) page.send(message)
  return { content: [{ type: 'text', text: 'sent' }] }
})

await mcp.connect(new StdioServerTransport())

const http = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end('<!doctype html><title>fakechat</title>')
})
const pages = new WebSocketServer({ server: http, path: '/ws' })
pages.on('connection', (page) => {
  page.on('message', (data) => {
    const { id, text } = JSON.parse(String(data)) as { id: string; text: string }
    void mcp.notification({
      method: 'notifications/claude/channel',
      params: {
        content: text,
        meta: { chat_id: 'web', message_id: id, user: 'web', ts: new Date().toISOString() },
      },
    })
  })
})
http.listen(Number(process.env['FAKECHAT_PORT']), '127.0.0.1')
