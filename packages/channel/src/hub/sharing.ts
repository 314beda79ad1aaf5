/** Between a channel that is served and the hub, which is loaded only where a session has registered a channel that is shared. */
import type { AccessResult } from '@backchannel/protocol'
import type { ChannelContext, ChannelDefinition, RelaySettings, Tool } from '../define.ts'
import type { Hub, HubOptions } from './hub.ts'

export interface Sharing {
  /** The channel for its relay: prompts of this session are shown by whoever holds the account. */
  readonly relaying: ChannelDefinition
  /** A tool that runs where the account is. */
  tool(tool: Tool): Tool
  join(options: Pick<HubOptions, 'output' | 'log' | 'receipts' | 'signal' | 'relay' | 'called' | 'hold'>): Promise<Hub>
  /** Says where a code waits that is not here. */
  explain(args: readonly string[], result: AccessResult): AccessResult
  /** The channel's `start` was called here. */
  begun(context: ChannelContext): void
  /** It has ended well. */
  started(context: ChannelContext): void
}

export function createSharing(channel: ChannelDefinition): Sharing {
  const { hub: settings, relay, journal } = channel
  const begun = Promise.withResolvers<void>()
  const started = Promise.withResolvers<ChannelContext>()
  let context: ChannelContext | undefined
  let hub: Hub | undefined
  const asked = relay?.questions

  const relayed: RelaySettings | undefined = relay && {
    ...relay,
    ask: (request, own) => (hub ? hub.ask(request) : relay.ask(request, own)),
    resolve: (request, resolution, own) =>
      hub ? hub.resolve(request, resolution) : relay.resolve(request, resolution, own),
    ...(asked
      ? {
          questions: {
            ask: (question, own) => (hub ? hub.askQuestion(question) : asked.ask(question, own)),
            resolve: (question, resolution, own) =>
              hub ? hub.resolveQuestion(question, resolution) : asked.resolve(question, resolution, own),
          },
        }
      : {}),
  }
  return {
    relaying: settings && relayed ? { ...channel, relay: relayed } : channel,
    tool: (tool) =>
      settings === undefined
        ? tool
        : { ...tool, run: (input, given) => (hub ? hub.run(tool, input, given) : tool.run(input, given)) },
    async join(options) {
      const { joinHub } = await import('./hub.ts')
      const { wanted, guarded = false } = settings ?? {}
      hub = joinHub({
        ...options,
        directory: journal?.directory ?? '',
        title: settings?.title ?? channel.name,
        guarded,
        ...(wanted ? { wanted: (meta) => wanted(meta) } : {}),
        env: process.env,
        cwd: process.cwd(),
        tools: channel.tools ?? [],
        ready: begun.promise,
        outcome({ state, ...rest }) {
          if (context && state !== 'read') channel.receipt?.({ state, ...rest }, context)
        },
        show: async (request) => relay?.ask(request, await started.promise),
        hide: async (request, resolution) => relay?.resolve(request, resolution, await started.promise),
        showQuestion: async (question) => asked?.ask(question, await started.promise),
        hideQuestion: async (question, resolution) => asked?.resolve(question, resolution, await started.promise),
      })
      return hub
    },
    explain([word], result) {
      const holder = hub?.holder()
      if (result.ok || !holder || (word !== 'pair' && word !== 'deny')) return result
      const where = holder.keeper
        ? `The account is held by backchannel up (process ${holder.pid}): type backchannel access ${channel.name} ${word} CODE in a terminal.`
        : `This session is attached to the one that holds the account (process ${holder.pid}), which has the codes: type it there.`
      return { ...result, text: `${result.text}\n${where}` }
    },
    begun(given) {
      context = given
      begun.resolve()
    },
    started: (given) => started.resolve(given),
  }
}
