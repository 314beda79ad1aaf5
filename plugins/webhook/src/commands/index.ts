/** The commands of the channel's program; each is loaded when it is asked for. */
import type { ChannelCommand } from '@backchannel/channel'
import type { Environment } from '../config.ts'

export function createCommands(env: Environment): readonly ChannelCommand[] {
  return [
    {
      name: 'add',
      summary: 'make a source, with its address and secret (--help for the options)',
      usage: 'NAME --scheme SCHEME …',
      run: async (args, io) => (await import('./add.ts')).add(args, io, env),
    },
    {
      name: 'list',
      summary: 'show the sources, with their secrets masked',
      usage: '',
      run: async (args, io) => (await import('./list.ts')).list(args, io, env),
    },
    {
      name: 'remove',
      summary: 'take a source out',
      usage: 'NAME',
      run: async (args, io) => (await import('./remove.ts')).remove(args, io, env),
    },
    {
      name: 'test',
      summary: 'send a signed sample to the running channel',
      usage: 'NAME [--port PORT]',
      run: async (args, io) => (await import('./test.ts')).test(args, io, env),
    },
  ]
}
