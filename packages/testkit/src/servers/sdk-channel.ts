/**
 * A bare channel written straight on the MCP SDK, as an author without our kit would. Settings, from the environment:
 * `NAME` (default `sdk-channel`), `EVENTS` (JSON array of event params emitted after `initialized`, default one
 * `hello`), `INSTRUCTIONS`. Its tools: `reply` (answers `sent: TEXT`, and repeats it on stderr) and `emit` (emits its
 * arguments as an event).
 */
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'

const EVENT = 'notifications/claude/channel'
const events = JSON.parse(process.env['EVENTS'] ?? '[{"content":"hello","meta":{"chat_id":"1"}}]') as Record<
  string,
  unknown
>[]

const server = new Server(
  { name: process.env['NAME'] ?? 'sdk-channel', version: '1.0.0' },
  {
    capabilities: { experimental: { 'claude/channel': {} }, tools: {} },
    instructions: process.env['INSTRUCTIONS'] ?? 'Messages arrive as channel events. Answer with the reply tool.',
  },
)

server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: [
    {
      name: 'reply',
      description: 'Answer the person who wrote.',
      inputSchema: {
        type: 'object',
        properties: { chat_id: { type: 'string' }, text: { type: 'string' } },
        required: ['text'],
      },
    },
    {
      name: 'emit',
      description: 'Emit an event with these params.',
      inputSchema: { type: 'object', properties: { content: { type: 'string' }, meta: { type: 'object' } } },
    },
  ],
}))

server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
  const input = params.arguments ?? {}
  if (params.name === 'emit') {
    await server.notification({ method: EVENT, params: input })
    return { content: [{ type: 'text', text: 'emitted' }] }
  }
  if (params.name !== 'reply') return failure(`unknown tool: ${params.name}`)
  if (typeof input['text'] !== 'string') return failure('reply failed: "text" must be a string')
  process.stderr.write(`replied: ${input['text']}\n`)
  return { content: [{ type: 'text', text: `sent: ${input['text']}` }] }
})

server.oninitialized = async () => {
  for (const params of events) await server.notification({ method: EVENT, params })
}

// The SDK's transport does not see the end of input.
process.stdin.on('end', () => process.exit(0))
process.on('SIGTERM', () => process.exit(0))
await server.connect(new StdioServerTransport())

function failure(text: string) {
  return { content: [{ type: 'text', text }], isError: true }
}
