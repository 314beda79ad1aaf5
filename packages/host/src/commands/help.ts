/** `/help`: every command on a line. */
import { listChannelCommands } from './channel-command.ts'
import type { Command } from './command.ts'

export const helpCommand: Command = {
  name: '/help',
  usage: '',
  summary: 'what you can type here',
  run(_args, context) {
    const all = [...context.commands, ...listChannelCommands(context.channels)]
    const width = Math.max(...all.map(({ name, usage }) => `${name} ${usage}`.length))
    const lines = all.map(({ name, usage, summary }) => `  ${`${name} ${usage}`.trim().padEnd(width)}  ${summary}`)
    return [
      'Type a message for the agent, or a command:',
      ...lines,
      'Ctrl-C interrupts the agent; twice ends the session.',
    ].join('\n')
  },
}
