/** What a tool call is for, in one line for the person who is asked (contract 5); its arguments are shown beside it. */
import { renderVisibleLine } from '../permissions/visible-text.ts'
import { BUILT_IN_TOOLS } from './built-in.ts'
import type { ToolInput } from './tool.ts'

/**
 * Nothing in it is hidden or forged, whoever wrote it. What a server says of its own tool is not used: it could promise
 * anything.
 * @param channel whose tool it is, for one that is not the host's own
 */
export function describeToolCall(
  name: string,
  input: ToolInput,
  channel?: { readonly source: string; readonly tool: string },
): string {
  return renderVisibleLine(describe(name, input, channel))
}

function describe(name: string, input: ToolInput, channel: { source: string; tool: string } | undefined): string {
  if (channel)
    return channel.tool === 'reply' ? `Reply through ${channel.source}` : `Call ${channel.tool} of ${channel.source}`
  return BUILT_IN_TOOLS.find((tool) => tool.name === name)?.describeCall(input) ?? `Call ${name}`
}
