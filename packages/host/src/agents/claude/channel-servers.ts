/** The channels as MCP servers inside this process: their tools under the names of the host, each call run by the host. */
import type { AgentTurn, ChannelTool } from '../agent.ts'
import { createChannelServer } from '../bridge/channel-server.ts'
import { serverNameOf } from '../bridge/server-name.ts'
import type { SdkServer } from './sdk-types.ts'

export interface ChannelServersOptions {
  tools(): readonly ChannelTool[]
  /** The turn that runs now. */
  turn(): AgentTurn | undefined
}

export interface ChannelServers {
  /** Those of the moment, by name. The names of their tools in Claude are the host's. */
  current(): Readonly<Record<string, SdkServer>>
  /**
   * Looks again: tells Claude of lists that have changed.
   * @returns true where a server came or went
   */
  refresh(): Promise<boolean>
}

const NO_TURN = { ok: false, text: 'No turn of this session is running, so no tool may be called.' }

export function createChannelServers({ tools, turn }: ChannelServersOptions): ChannelServers {
  const servers = new Map<string, SdkServer>()
  let listed = new Map<string, string>()

  const create = (name: string): SdkServer => {
    const instance = createChannelServer(name, {
      tools: () => tools().filter((tool) => serverNameOf(tool) === name),
      async call(tool, input) {
        try {
          return (await turn()?.callTool(tool.name, input)) ?? NO_TURN
        } catch {
          return NO_TURN
        }
      },
    })
    return { type: 'sdk', name, instance }
  }
  const look = (): Map<string, string> => {
    const seen = new Map<string, string>()
    for (const tool of tools()) {
      const name = serverNameOf(tool)
      seen.set(name, `${seen.get(name) ?? ''}${JSON.stringify([tool.tool, tool.description, tool.inputSchema])}`)
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
    async refresh() {
      const before = listed
      listed = look()
      for (const [name, text] of listed) {
        if (before.has(name) && before.get(name) !== text) await servers.get(name)?.instance.sendToolListChanged()
      }
      return before.size !== listed.size || [...listed.keys()].some((name) => !before.has(name))
    },
  }
}
