/** The channels as MCP servers inside this process: their tools under the names of the host, each call run by the host. */
import { isRecord, renderToolSegment } from '@backchannel/protocol'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { HOST_VERSION } from '../../version.ts'
import type { AgentTurn, ChannelTool } from '../agent.ts'
import type { SdkServer } from './sdk-types.ts'

export interface ChannelServersOptions {
  tools(): readonly ChannelTool[]
  /** The turn that runs now. */
  turn(): AgentTurn | undefined
}

export interface ChannelServers {
  /** Those of the moment, by name. The names of their tools in Claude are the host's. */
  current(): Readonly<Record<string, SdkServer>>
  /** Rules that keep Claude from asking about them: the host asks. */
  allowRules(): readonly string[]
  /**
   * Looks again: tells Claude of lists that have changed.
   * @returns true where a server came or went
   */
  refresh(): Promise<boolean>
}

const NO_TURN = 'No turn of this session is running, so no tool may be called.'
/** Offered to the model at once, instead of behind a search. */
const ALWAYS_LOADED = { 'anthropic/alwaysLoad': true }

export function createChannelServers({ tools, turn }: ChannelServersOptions): ChannelServers {
  const servers = new Map<string, SdkServer>()
  let listed = new Map<string, string>()
  const toolsOf = (name: string) => tools().filter((tool) => serverOf(tool) === name)

  const create = (name: string): SdkServer => {
    const instance = new Server({ name, version: HOST_VERSION }, { capabilities: { tools: { listChanged: true } } })
    instance.setRequestHandler(ListToolsRequestSchema, () => ({
      tools: toolsOf(name).map(({ tool, description, inputSchema }) => ({
        name: renderToolSegment(tool),
        description,
        inputSchema: { ...inputSchema, type: 'object' as const },
        _meta: ALWAYS_LOADED,
      })),
    }))
    instance.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
      const current = turn()
      const input = isRecord(params.arguments) ? params.arguments : {}
      const outcome = current
        ? await current.callTool(`mcp__${name}__${params.name}`, input)
        : { ok: false, text: NO_TURN }
      return { content: [{ type: 'text', text: outcome.text }], isError: !outcome.ok }
    })
    return { type: 'sdk', name, instance }
  }
  const look = (): Map<string, string> => {
    const seen = new Map<string, string>()
    for (const tool of tools()) {
      const name = serverOf(tool)
      seen.set(name, `${seen.get(name) ?? ''}${JSON.stringify([tool.name, tool.description, tool.inputSchema])}`)
    }
    for (const name of seen.keys()) if (!servers.has(name)) servers.set(name, create(name))
    for (const name of servers.keys()) if (!seen.has(name)) servers.delete(name)
    return seen
  }

  return {
    current() {
      listed = look()
      return Object.fromEntries(servers)
    },
    allowRules: () => [...servers.keys()].map((name) => `mcp__${name}`),
    async refresh() {
      const before = listed
      listed = look()
      const isOther = before.size !== listed.size || [...listed.keys()].some((name) => !before.has(name))
      for (const [name, text] of listed) {
        if (before.has(name) && before.get(name) !== text) await servers.get(name)?.instance.sendToolListChanged()
      }
      return isOther
    },
  }
}

/** `plugin_fakechat_fakechat` of `mcp__plugin_fakechat_fakechat__reply`. */
function serverOf({ name, tool }: ChannelTool): string {
  return name.slice('mcp__'.length, -`__${renderToolSegment(tool)}`.length)
}
