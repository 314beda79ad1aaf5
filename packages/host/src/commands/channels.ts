/** `/channels`: what may push into this session, what was refused and why; and a way to start one again. */
import { renderEntry } from '@backchannel/protocol'
import type { Channel, ChannelState } from '../channels/channel.ts'
import type { Command, CommandContext } from './command.ts'

export const channelsCommand: Command = {
  name: '/channels',
  usage: '[restart NAME]',
  summary: 'the channels of this session and their state',
  run([action, name], context) {
    if (action === undefined) return list(context)
    if (action === 'restart' && name !== undefined) return restart(name, context)
    return 'Usage: /channels, or /channels restart NAME (for example /channels restart fakechat).'
  },
}

function list({ channels, waiting }: CommandContext): string {
  const shown = channels.channels.filter(({ plan, state }) => plan.named || state.kind !== 'plain')
  if (shown.length === 0)
    return 'No channels. Start the session with --channels plugin:fakechat@backchannel to have one.'
  return shown
    .map(({ plan, state }) => {
      const queued = waiting(plan.source)
      return `  ${plan.source}  (${renderEntry(plan.entry)})  ${describe(state)}${queued > 0 ? `; ${queued} ${queued === 1 ? 'event waits' : 'events wait'}` : ''}`
    })
    .join('\n')
}

function describe(state: ChannelState): string {
  switch (state.kind) {
    case 'registered':
      return 'registered: its messages inject directly in this session'
    case 'refused':
      return `refused (${state.reason}): ${state.message}`
    case 'restarting':
      return `restarting (${state.reason})`
    case 'plain':
      return 'a plain MCP server'
    case 'starting':
    case 'closed':
      return state.kind
  }
}

function restart(name: string, { channels }: CommandContext): string {
  const channel: Channel | undefined = channels.channels.find(({ plan }) => plan.source === name)
  if (!channel)
    return `There is no channel ${name}. This session has ${channels.channels.map(({ plan }) => plan.source).join(', ') || 'none'}.`
  if (channel.state.kind === 'starting') return `${name} is starting already.`
  channel.restart()
  return `Starting ${name} again.`
}
