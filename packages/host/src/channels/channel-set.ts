/** The servers of a session together: names, tools, instructions, receipts, and their end. */
import { isDeepStrictEqual } from 'node:util'
import { type Receipt, renderEntry, renderToolName, toolPrefix } from '@backchannel/protocol'
import type { ChannelTool, ToolOutcome } from '../agents/agent.ts'
import { type ApproverWatch, createApproverWatch } from './approver-watch.ts'
import { type Channel, type ChannelPorts, createChannel, type ServerPlan } from './channel.ts'

/** Sources, by what became of them. */
export interface ChannelChanges {
  readonly started: readonly string[]
  readonly ended: readonly string[]
  readonly changed: readonly string[]
  /** They had not started before, and are tried once more. */
  readonly tried: readonly string[]
  /** They run on, and it was decided anew whether their messages are let in. */
  readonly letIn: readonly string[]
  readonly keptOut: readonly string[]
  readonly untouched: readonly string[]
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
  /**
   * Starts what is new among `plans`, ends what is gone, and starts again what has changed or had not started. Of those
   * that run and have not changed, it is asked again whether they are let in; otherwise they are not touched.
   */
  update(plans: readonly ServerPlan[]): Promise<ChannelChanges>
  /** Idempotent; resolves when every process is gone. */
  close(): Promise<void>
}

export function createChannelSet(plans: readonly ServerPlan[], ports: ChannelPorts): ChannelSet {
  for (const message of hiddenTools(plans)) ports.emit({ type: 'notice', level: 'warning', message })
  // By source, and longer than a plan: a plugin that is updated, or leaves and comes back, is no new one.
  const watches = new Map<string, ApproverWatch>()
  const create = (plan: ServerPlan, late: boolean): Channel => {
    const watch = watches.get(plan.source) ?? createApproverWatch(late)
    watches.set(plan.source, watch)
    return createChannel(plan, { ...ports, watch })
  }
  let channels: readonly Channel[] = plans.map((plan) => create(plan, false))
  let closed = false
  const tools = () => {
    const named = new Map<string, ChannelTool>()
    for (const tool of channels.flatMap(toolsOf)) if (!named.has(tool.name)) named.set(tool.name, tool)
    return [...named.values()]
  }
  const tellClosed = ({ entry }: ServerPlan, restarting: boolean) =>
    ports.emit({
      type: 'channel.closed',
      entry: renderEntry(entry),
      reason: restarting ? 'its plugin has changed' : 'its plugin is no longer there',
      restarting,
    })
  const find = (source: string) => channels.find((channel) => channel.plan.source === source)
  return {
    get channels() {
      return channels
    },
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
    async update(next) {
      const before = channels
      const find = (plan: ServerPlan) => before.find((channel) => channel.plan.source === plan.source)
      const changed = next.filter((plan) => {
        const old = find(plan)
        return old !== undefined && !isDeepStrictEqual(old.plan, plan)
      })
      const ended = before.filter(({ plan }) => !next.some(({ source }) => source === plan.source))
      const leaving = [...ended, ...changed.flatMap((plan) => find(plan) ?? [])]
      // The old process of a changed plugin first: two of them would want the same port or account.
      await Promise.all(leaving.map((channel) => channel.close()))
      for (const { plan } of leaving) tellClosed(plan, !ended.some((channel) => channel.plan === plan))
      const kept = before.filter((channel) => !leaving.includes(channel))
      const fresh = closed ? [] : next.filter((plan) => !kept.some((channel) => channel.plan.source === plan.source))
      const created = fresh.map((plan) => create(plan, true))
      channels = next.flatMap(
        (plan) => [...kept, ...created].find((channel) => channel.plan.source === plan.source) ?? [],
      )
      const tried = kept.filter(({ state }) => state.kind === 'refused' && state.reason === 'failed-to-start')
      for (const channel of tried) channel.restart()
      const wasIn = kept.filter(({ state }) => state.kind === 'registered')
      for (const channel of kept) channel.reconsider()
      const isIn = kept.filter(({ state }) => state.kind === 'registered')
      await Promise.all(created.map((channel) => channel.settled))
      const [letIn, keptOut] = [without(isIn, wasIn), without(wasIn, isIn)]
      return {
        started: fresh.filter((plan) => !changed.includes(plan)).map(({ source }) => source),
        ended: names(ended),
        changed: changed.map(({ source }) => source),
        tried: names(tried),
        letIn: names(letIn),
        keptOut: names(keptOut),
        untouched: names(without(kept, [...tried, ...letIn, ...keptOut])),
      }
    },
    close: async () => {
      closed = true
      await Promise.all(channels.map((channel) => channel.close()))
    },
  }
}

function names(channels: readonly Channel[]): readonly string[] {
  return channels.map(({ plan }) => plan.source)
}

function without(channels: readonly Channel[], others: readonly Channel[]): readonly Channel[] {
  return channels.filter((channel) => !others.includes(channel))
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
