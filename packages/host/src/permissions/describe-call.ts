/** The one line above the arguments of a prompt: what a call is for (contract 5). Nothing in it is hidden or forged either. */
import type { ChannelTool } from '../channels/channel-set.ts'
import type { BuiltInTool } from '../tools/tool.ts'
import { renderVisible } from './visible-text.ts'

export interface DescribedCall {
  readonly builtIn: BuiltInTool | undefined
  readonly channel: Pick<ChannelTool, 'source' | 'tool'> | undefined
  readonly input: Readonly<Record<string, unknown>>
}

const LONGEST = 200

/** The words of a server about its own tool are not used: it could promise anything. */
export function describeCall({ builtIn, channel, input }: DescribedCall): string {
  if (builtIn) return showLine(builtIn.describeCall(input))
  return channel ? showLine(`Use the tool ${channel.tool} of ${channel.source}`) : ''
}

function showLine(text: string): string {
  return renderVisible(JSON.stringify(text.slice(0, LONGEST).toWellFormed()))
    .slice(1, -1)
    .replaceAll('\\"', '"')
}
