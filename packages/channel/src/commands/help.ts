/** `PROGRAM help`: the commands of a channel's program. */
import type { ChannelDefinition } from '../define.ts'
import type { ChannelCommand } from './command.ts'

/** @param commands all but this one, in the order they are shown */
export function createHelpCommand(channel: ChannelDefinition, commands: readonly ChannelCommand[]): ChannelCommand {
  return {
    name: 'help',
    summary: 'this list',
    usage: '',
    run(_args, io) {
      const rows = commands.map(({ name, usage, summary }) => [`${name} ${usage}`.trim(), summary] as const)
      const width = Math.max(...rows.map(([command]) => command.length))
      io.out(
        `${channel.name} ${channel.version}. Started with no command it serves a session over stdio.\n\nCommands:\n`,
      )
      for (const [command, summary] of rows) io.out(`  ${command.padEnd(width)}  ${summary}\n`)
      return 0
    },
  }
}
