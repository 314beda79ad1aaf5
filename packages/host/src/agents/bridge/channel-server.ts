/** A channel as an agent sees it: an MCP server with the channel's tools, whose calls go through the host. */
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema, type CallToolResult, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { HOST_VERSION } from '../../version.ts'
import type { ChannelTool, ToolOutcome } from '../agent.ts'

export interface ChannelServerPorts {
  /** Those of this channel, of the moment. */
  tools(): readonly ChannelTool[]
  /** Never rejects. */
  call(tool: ChannelTool, input: Readonly<Record<string, unknown>>): Promise<ToolOutcome>
}

/** A client that waits for no longer than a minute is told that there is something to wait for: an approval by phone. */
const PROGRESS_MS = 20_000

/** Claude Code puts tools behind a search unless they say this. */
const ALWAYS_LOAD = { 'anthropic/alwaysLoad': true }

/**
 * @param name as the agent has it configured; schemas and texts of the tools pass as they are
 * @param progressMs between two notes that a call is still at work, for a client that takes them
 */
export function createChannelServer(
  name: string,
  { tools, call }: ChannelServerPorts,
  progressMs: number = PROGRESS_MS,
): Server {
  const server = new Server({ name, version: HOST_VERSION }, { capabilities: { tools: { listChanged: true } } })
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: tools().map(({ tool, description, inputSchema }) => ({
      name: tool,
      description,
      inputSchema: { ...inputSchema, type: 'object' as const },
      _meta: ALWAYS_LOAD,
    })),
  }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification }) => {
    const found = tools().find(({ tool }) => tool === params.name)
    if (!found) return render({ ok: false, text: `${name} has no tool ${params.name} just now.` })
    const progressToken = params._meta?.progressToken
    let progress = 0
    const tell = () => {
      progress += 1
      if (progressToken === undefined || signal.aborted) return
      sendNotification({ method: 'notifications/progress', params: { progressToken, progress } }).catch(() => {})
    }
    const telling = setInterval(tell, progressMs)
    try {
      return render(await call(found, params.arguments ?? {}))
    } finally {
      clearInterval(telling)
    }
  })
  return server
}

function render({ ok, text }: ToolOutcome): CallToolResult {
  return { content: [{ type: 'text', text }], isError: !ok }
}
