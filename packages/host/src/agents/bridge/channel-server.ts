/** A channel as an agent sees it: an MCP server with the channel's tools, whose calls go through the host. */
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { HOST_VERSION } from '../../version.ts'
import type { ChannelTool, ToolOutcome } from '../agent.ts'

export interface ChannelServerPorts {
  /** Those of this channel, of the moment. */
  tools(): readonly ChannelTool[]
  /** Never rejects. */
  call(tool: ChannelTool, input: Readonly<Record<string, unknown>>): Promise<ToolOutcome>
}

/** Claude Code puts tools behind a search unless they say this. */
const ALWAYS_LOAD = { 'anthropic/alwaysLoad': true }

/** @param name as the agent has it configured; schemas and texts of the tools pass as they are */
export function createChannelServer(name: string, { tools, call }: ChannelServerPorts): Server {
  const server = new Server({ name, version: HOST_VERSION }, { capabilities: { tools: { listChanged: true } } })
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: tools().map(({ tool, description, inputSchema }) => ({
      name: tool,
      description,
      inputSchema: { ...inputSchema, type: 'object' as const },
      _meta: ALWAYS_LOAD,
    })),
  }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    const found = tools().find(({ tool }) => tool === params.name)
    const { ok, text } = found
      ? await call(found, params.arguments ?? {})
      : { ok: false, text: `${name} has no tool ${params.name} just now.` }
    return { content: [{ type: 'text', text }], isError: !ok }
  })
  return server
}
