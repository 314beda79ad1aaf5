/** `/exit`: ends the session and its channels. */
import type { Command } from './command.ts'

export const exitCommand: Command = {
  name: '/exit',
  usage: '',
  summary: 'end the session; its channels end with it',
  run(_args, context) {
    context.end('exit')
    return 'Ending the session.'
  },
}
