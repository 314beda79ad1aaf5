/** `/start`, `/help` and `/status` in a direct chat, for those who are let in: a stranger gets the code instead. */
import type { Place } from '../access/gate.ts'
import type { CommandCall, InboundMessage, Sender } from './platform/inbound.ts'

export interface ChatCommandOptions {
  /** As the session calls the channel. */
  readonly source: string
  readonly title: string
  tell(message: InboundMessage, text: string): void
  isApprover(sender: string): Promise<boolean>
  /** Whether the session takes `/stop` and the like from here. */
  readonly hasControl: boolean
  /** Whether this one may write in that place. */
  mayReach(place: Place, sender: Sender): Promise<boolean>
}

/** Of the platform's menu, where everybody sees them: they are answered elsewhere, to those who may use them. */
const FOR_APPROVERS: ReadonlySet<string> = new Set(['stop', 'new', 'compact', 'sessions', 'use'])
const COMMAND = /^\/(start|help|status)(?:@\w{1,64})?\s*$/i

export interface ChatCommands {
  /** Answers a message that is a command. @returns whether it was one, which then goes no further */
  typed(message: InboundMessage): Promise<boolean>
  /** The words for one who used a command of the platform; undefined for a stranger, and for a command that is none. */
  called(call: CommandCall): Promise<string | undefined>
}

export function createChatCommands(options: ChatCommandOptions): ChatCommands {
  const { title, tell, isApprover, mayReach, hasControl } = options
  const answer = async (command: string, sender: string): Promise<string | undefined> => {
    const mayApprove = await isApprover(sender)
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
    return Object.hasOwn(lines, command) ? lines[command] : undefined
  }
  return {
    async typed(message) {
      const { chat, sender, text, edited } = message
      const command = COMMAND.exec(text)?.[1]?.toLowerCase()
      if (command === undefined || chat.kind !== 'direct' || edited || !sender) return false
      tell(message, (await answer(command, sender.id)) ?? '')
      return true
    },
    async called({ name, chat, sender }) {
      const place = { chat: chat.id, parent: chat.parentId, ...(chat.kind === 'direct' ? { sender: sender.id } : {}) }
      if (!(await mayReach(place, sender))) return undefined
      if (!FOR_APPROVERS.has(name)) return answer(name, sender.id)
      return (await isApprover(sender.id)) ? `This session takes no /${name} from chats.` : `/${name} is for approvers.`
    },
  }
}
