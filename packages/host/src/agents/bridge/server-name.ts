/** Under which name an agent has a channel's MCP server, so that its tools are called there as they are here. */
import { renderToolSegment } from '@backchannel/protocol'
import type { ChannelTool } from '../agent.ts'

const PREFIX = 'mcp__'
const SEPARATOR = '__'

/** `plugin_fakechat_fakechat` for `mcp__plugin_fakechat_fakechat__reply`. */
export function serverNameOf({ name, tool }: Pick<ChannelTool, 'name' | 'tool'>): string {
  return name.slice(PREFIX.length, -(SEPARATOR.length + renderToolSegment(tool).length))
}
