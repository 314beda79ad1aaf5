/**
 * `/stop`, `/new`, `/compact` and `/status` in a chat: for approvers, in a group where the bot is addressed, and towards a host
 * that takes them. What the session says of it is what the chat is told.
 */
import type { ControlAction } from '@backchannel/protocol'
import type { Approvers } from '../access/approvers.ts'
import type { Relay } from '../relay/relay.ts'
import { showLines } from '../relay/show.ts'
import type { CommandCall, InboundMessage } from './platform/inbound.ts'
import { placeOf } from './sessions/session-commands.ts'

export interface ChatControlOptions {
  /** Absent where the channel relays nothing. */
  readonly relay: Pick<Relay, 'control'> | undefined
  readonly approvers: Pick<Approvers, 'list' | 'where'>
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

export interface ChatControl {
  /** @returns whether a message was such a command, which then goes no further */
  typed(message: InboundMessage): Promise<boolean>
  /** The words for an approver who used a command of the platform, seen by them alone; undefined for anything else. */
  called(call: CommandCall): Promise<string | undefined>
}

/** A command of the platform is answered within so long; what comes later is not told there. */
const CALL_MS = 2_500

export function createChatControl(options: ChatControlOptions): ChatControl {
  const { relay, approvers, tell, tellIn, source, textUnits, hasOwnStatus } = options
  const cut = (text: string) => {
    const shown = showLines(text)
    return shown.length <= textUnits ? shown : `${shown.slice(0, textUnits - 1).toWellFormed()}…`
  }
  const actionOf = (word: string) => (Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined)
  return {
    async typed(message) {
      const { text, chat, threadId, sender, mentionsMe } = message
      const word = COMMAND.exec(text)?.[1]?.toLowerCase() ?? ''
      const action = actionOf(word)
      const isDirect = chat.kind === 'direct'
      if (!relay || !sender || action === undefined || !(isDirect || mentionsMe)) return false
      const own = (await approvers.list()).find((approver) => approver.sender === sender.id)?.chat
      // What the agent is doing may be nobody's business in a group.
      const isPrivate = action === 'status' && !isDirect && own !== undefined
      const told = (words: string) => (isPrivate ? tellIn(own, cut(words)) : tell(message, cut(words)))
      const result = await relay.control(action, sender.id, (outcome) => told(outcome.text), placeOf(chat, threadId))
      if (result === 'unsupported') return false
      if (result === 'passed') {
        if (isPrivate) tell(message, 'You get it in your direct chat.')
        return true
      }
      if (action === 'status' && isDirect && hasOwnStatus) return false
      const how = approvers.where ?? `Its operator makes you one with /${source}:access.`
      tell(message, `/${word} is for approvers of this session. ${how}`)
      return true
    },
    async called({ name, chat, sender }) {
      const action = actionOf(name)
      if (!relay || action === undefined) return undefined
      const answer = Promise.withResolvers<string>()
      const timer = setTimeout(() => answer.resolve('It was passed on to the session.'), CALL_MS)
      const told = ({ text }: { readonly text: string }) => answer.resolve(cut(text))
      const result = await relay.control(action, sender.id, told, placeOf(chat))
      if (result === 'passed') return answer.promise.finally(() => clearTimeout(timer))
      clearTimeout(timer)
      return undefined
    },
  }
}
