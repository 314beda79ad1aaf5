/** `/help`: every command on a line. */
import type { Command } from './command.ts'

export const helpCommand: Command = {
  name: '/help',
  usage: '',
  summary: 'what you can type here',
  run(_args, { commands }) {
    const width = Math.max(...commands.map(({ name, usage }) => `${name} ${usage}`.length))
    const lines = commands.map(({ name, usage, summary }) => `  ${`${name} ${usage}`.trim().padEnd(width)}  ${summary}`)
    return [
      'Type a message for the agent, or a command:',
      ...lines,
      'Ctrl-C interrupts the agent; twice ends the session.',
    ].join('\n')
  },
}
