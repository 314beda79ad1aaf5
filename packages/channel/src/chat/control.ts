/**
 * `/stop`, `/new`, `/compact` and `/status` in a chat: for approvers, in a group where the bot is addressed, and towards a host
 * that takes them. What the session says of it is what the chat is told.
 */
import type { ControlAction } from '@backchannel/protocol'
import type { Approvers } from '../access/approvers.ts'
import type { Relay } from '../relay/relay.ts'
import { showLines } from '../relay/show.ts'
import type { InboundMessage } from './platform/inbound.ts'

export interface ChatControlOptions {
  /** Absent where the channel relays nothing. */
  readonly relay: Pick<Relay, 'control'> | undefined
  readonly approvers: Pick<Approvers, 'list'>
  /** Whether `/status` of others than approvers has an answer of its own, in a direct chat. */
  readonly hasOwnStatus: boolean
  /** UTF-16 units of a message. */
  readonly textUnits: number
  /** As the session calls the channel. */
  readonly source: string
  tell(message: InboundMessage, text: string): void
  tellIn(chatId: string, text: string): void
}

const COMMAND = /^\s*(?:@[\w.]{1,64}\s+|<@!?\d{1,25}>\s+)?\/(stop|new|compact|status)(?:@\w{1,64})?\s*$/i
const ACTIONS: Readonly<Record<string, ControlAction>> = {
  stop: 'interrupt',
  new: 'clear',
  compact: 'compact',
  status: 'status',
}

/** @returns what tells whether a message was such a command, which then goes no further */
export function createChatControl(options: ChatControlOptions): (message: InboundMessage) => Promise<boolean> {
  const { relay, approvers, tell, tellIn, source, textUnits, hasOwnStatus } = options
  const cut = (text: string) => {
    const shown = showLines(text)
    return shown.length <= textUnits ? shown : `${shown.slice(0, textUnits - 1).toWellFormed()}…`
  }
  return async (message) => {
    const { text, chat, threadId, sender, mentionsMe } = message
    const word = COMMAND.exec(text)?.[1]?.toLowerCase() ?? ''
    const action = Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined
    const isDirect = chat.kind === 'direct'
    if (!relay || !sender || action === undefined || !(isDirect || mentionsMe)) return false
    const own = (await approvers.list()).find((approver) => approver.sender === sender.id)?.chat
    // What the agent is doing may be nobody's business in a group.
    const isPrivate = action === 'status' && !isDirect && own !== undefined
    const told = (words: string) => (isPrivate ? tellIn(own, cut(words)) : tell(message, cut(words)))
    const place = { chat: chat.id, ...(threadId === undefined ? {} : { thread: threadId }) }
    const result = await relay.control(action, sender.id, (outcome) => told(outcome.text), place)
    if (result === 'unsupported') return false
    if (result === 'passed') {
      if (isPrivate) tell(message, 'You get it in your direct chat.')
      return true
    }
    if (action === 'status' && isDirect && hasOwnStatus) return false
    tell(message, `/${word} is for approvers of this session. Its operator makes you one with /${source}:access.`)
    return true
  }
}
