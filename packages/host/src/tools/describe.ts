/** What a tool call is for, in one line for the person who is asked; its arguments are shown beside it. */
import { BUILT_IN_TOOLS } from './built-in.ts'
import type { ToolInput } from './tool.ts'

/** @param channel whose tool it is, for one that is not the host's own */
export function describeToolCall(
  name: string,
  input: ToolInput,
  channel?: { readonly source: string; readonly tool: string },
): string {
  if (channel)
    return channel.tool === 'reply' ? `Reply through ${channel.source}` : `Call ${channel.tool} of ${channel.source}`
  return BUILT_IN_TOOLS.find((tool) => tool.name === name)?.describeCall(input) ?? `Call ${name}`
}
