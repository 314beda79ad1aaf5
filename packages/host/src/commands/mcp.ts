/** `/mcp`: every connected server and the tools the agent has from it. */
import { toolPrefix } from '@backchannel/protocol'
import type { Command } from './command.ts'

export const mcpCommand: Command = {
  name: '/mcp',
  usage: '',
  summary: 'the MCP servers of this session and their tools',
  run(_args, { channels }) {
    if (channels.channels.length === 0) return 'No MCP servers. Name some in .mcp.json, or give --mcp-config FILE.'
    return channels.channels
      .map(({ plan, state, tools }) => {
        const names = tools.map(({ name }) => `${toolPrefix(plan)}${name}`)
        return `  ${plan.source}  ${state.kind}  ${names.length === 0 ? '(no tools)' : names.join(', ')}`
      })
      .join('\n')
  },
}
