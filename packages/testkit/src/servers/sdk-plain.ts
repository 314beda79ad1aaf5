/** An MCP server on the SDK with one tool, `add`, that is no channel. */
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'

const server = new Server({ name: 'sdk-plain', version: '1.0.0' }, { capabilities: { tools: {} } })

server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: [
    {
      name: 'add',
      description: 'Adds two numbers.',
      inputSchema: {
        type: 'object',
        properties: { a: { type: 'number' }, b: { type: 'number' } },
        required: ['a', 'b'],
      },
    },
  ],
}))

server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
  const { a, b } = params.arguments ?? {}
  if (params.name !== 'add' || typeof a !== 'number' || typeof b !== 'number') {
    return { content: [{ type: 'text', text: 'add takes two numbers, "a" and "b"' }], isError: true }
  }
  return { content: [{ type: 'text', text: String(a + b) }] }
})

process.stdin.on('end', () => process.exit(0))
await server.connect(new StdioServerTransport())
