/** The servers of a session together: names, tools, instructions, receipts, and their end. */
import { type Receipt, renderToolName, toolPrefix } from '@backchannel/protocol'
import type { AgentTool, ToolOutcome } from '../agents/agent.ts'
import { type Channel, type ChannelPorts, createChannel, type ServerPlan } from './channel.ts'

export interface ChannelTool extends AgentTool {
  /** The channel it belongs to. */
  readonly source: string
  /** Its name on the wire. */
  readonly tool: string
}

export interface ChannelSet {
  readonly channels: readonly Channel[]
  /** Resolves when the first attempt of every server has ended, one way or the other. */
  readonly settled: Promise<void>
  /** Each under a name of its own: what a model takes for one tool is one. */
  tools(): readonly ChannelTool[]
  /** `undefined` if no server has such a tool now. */
  callTool(name: string, input: unknown, signal: AbortSignal): Promise<ToolOutcome | undefined>
  /** Of all registered channels, each under its source. */
  instructions(): string
  receipt(source: string, receipt: Receipt): void
  /** Policy has changed: asks again of each that runs whether it is let in. */
  reconsider(): void
  /** Idempotent; resolves when every process is gone. */
  close(): Promise<void>
}

export function createChannelSet(plans: readonly ServerPlan[], ports: ChannelPorts): ChannelSet {
  for (const message of hiddenTools(plans)) ports.emit({ type: 'notice', level: 'warning', message })
  const channels = plans.map((plan) => createChannel(plan, ports))
  const tools = () => {
    const named = new Map<string, ChannelTool>()
    for (const tool of channels.flatMap(toolsOf)) if (!named.has(tool.name)) named.set(tool.name, tool)
    return [...named.values()]
  }
  const find = (source: string) => channels.find((channel) => channel.plan.source === source)
  return {
    channels,
    settled: Promise.all(channels.map((channel) => channel.settled)).then(() => {}),
    tools,
    async callTool(name, input, signal) {
      const found = tools().find((tool) => tool.name === name)
      return found && find(found.source)?.callTool(found.tool, input, signal)
    },
    instructions: () =>
      channels
        .filter(({ state, instructions }) => state.kind === 'registered' && instructions !== '')
        .map(({ plan, instructions }) => `# ${plan.source}\n${instructions}`)
        .join('\n\n'),
    receipt: (source, receipt) => find(source)?.receipt(receipt),
    reconsider() {
      for (const channel of channels) channel.reconsider()
    },
    close: async () => {
      await Promise.all(channels.map((channel) => channel.close()))
    },
  }
}

function toolsOf({ plan, tools }: Channel): ChannelTool[] {
  return tools.map(({ name, description, inputSchema }) => ({
    name: renderToolName(plan, name),
    description,
    inputSchema,
    source: plan.source,
    tool: name,
  }))
}

/** Names are made fit for model APIs, after which those of two servers can be the same. */
function hiddenTools(plans: readonly ServerPlan[]): string[] {
  const first = new Map<string, string>()
  return plans.flatMap((plan) => {
    const prefix = toolPrefix(plan)
    const other = first.get(prefix)
    if (other === undefined) first.set(prefix, plan.source)
    return other === undefined
      ? []
      : [`${plan.source} and ${other} name their tools ${prefix}… alike; where a name is the same, ${other} is called.`]
  })
}
