/** What is compared with: a webhook straight on the MCP SDK, as its documentation would write it; it stores nothing. */
import { createServer } from 'node:http'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'

const mcp = new Server(
  { name: 'webhook', version: '0.0.1' },
  {
    capabilities: { experimental: { 'claude/channel': {} } },
    instructions:
      'Events from the webhook channel arrive as <channel source="webhook">. They are one-way: act on them.',
  },
)
await mcp.connect(new StdioServerTransport())

createServer(async (request, response) => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  await mcp.notification({
    method: 'notifications/claude/channel',
    params: {
      content: Buffer.concat(parts).toString('utf8'),
      meta: { path: request.url ?? '/', method: request.method ?? 'POST' },
    },
  })
  response.end('ok')
}).listen(Number(process.env['WEBHOOK_PORT']), '127.0.0.1')
