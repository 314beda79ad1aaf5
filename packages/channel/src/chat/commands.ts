/** `/start`, `/help` and `/status` in a direct chat, for those who are let in: a stranger gets the code instead. */
import type { InboundMessage } from './platform/inbound.ts'

export interface ChatCommandOptions {
  /** As the session calls the channel. */
  readonly source: string
  readonly title: string
  tell(message: InboundMessage, text: string): void
  isApprover(sender: string): Promise<boolean>
  /** Whether the session takes `/stop` and the like from here. */
  readonly hasControl: boolean
}

const COMMAND = /^\/(start|help|status)(?:@\w{1,64})?\s*$/i

/** @returns what tells whether a message was a command, which then goes no further */
export function createChatCommands(options: ChatCommandOptions): (message: InboundMessage) => Promise<boolean> {
  const { title, tell, isApprover, hasControl } = options
  return async (message) => {
    const { chat, sender, text, edited } = message
    const command = COMMAND.exec(text)?.[1]?.toLowerCase()
    if (command === undefined || chat.kind !== 'direct' || edited || !sender) return false
    const mayApprove = await isApprover(sender.id)
    const lines: Readonly<Record<string, string>> = {
      start: 'You are connected to an agent session. Whatever you write here reaches it.',
      help: [
        'Write to the agent here; it answers here. Files and pictures work too.',
        mayApprove
          ? 'When the agent asks for a permission, press a button or type the words that the prompt shows.'
          : '',
        mayApprove && hasControl
          ? 'For the session itself: /stop, /new (a new conversation), /compact, /status (what the agent does).'
          : '',
      ]
        .filter((line) => line !== '')
        .join('\n'),
      status: `Paired: your messages from ${title} reach the session. ${mayApprove ? 'You may approve what the agent asks for.' : 'You may not approve what the agent asks for.'}`,
    }
    tell(message, lines[command] ?? '')
    return true
  }
}
