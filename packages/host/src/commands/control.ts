/** `/stop`, `/new`, `/compact`, `/status`: the same words as in a chat, beside the queue. */
import type { ControlAction } from '@backchannel/protocol'
import type { Answer, Command } from './command.ts'

export const controlCommands: readonly Command[] = [
  create('/stop', 'interrupt', 'stop what the agent is doing'),
  create('/new', 'clear', 'begin a new conversation'),
  create('/compact', 'compact', 'put a summary in the place of the conversation'),
  create('/status', 'status', 'what the agent does, since when, for how many tokens, and what waits'),
]

function create(name: string, action: ControlAction, summary: string): Command {
  return {
    name,
    usage: '',
    summary,
    async run(_args, { control, say }) {
      let last: Answer = { ok: true, text: '' }
      await control(action, (answer) => {
        if (answer.pending) say(answer.text)
        else last = answer
      })
      return last
    },
  }
}
