/** `/help`: every command on a line. */
import { listAccess } from './access.ts'
import type { Command } from './command.ts'

export const helpCommand: Command = {
  name: '/help',
  usage: '',
  summary: 'what you can type here',
  run(_args, context) {
    const access = listAccess(context).map((name) => ({
      name,
      usage: 'help',
      summary: 'who may approve what the agent asks for',
    }))
    const all = [...context.commands, ...access]
    const width = Math.max(...all.map(({ name, usage }) => `${name} ${usage}`.length))
    const lines = all.map(({ name, usage, summary }) => `  ${`${name} ${usage}`.trim().padEnd(width)}  ${summary}`)
    return [
      'Type a message for the agent, or a command:',
      ...lines,
      'Ctrl-C interrupts the agent; twice ends the session.',
    ].join('\n')
  },
}
