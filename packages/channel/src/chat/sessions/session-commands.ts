/** `/sessions` and `/use NAME` for approvers, typed or by the platform's own menu, and the buttons that choose a session. */
import type { Access } from '../../access/access.ts'
import type { HubContext } from '../../hub/context.ts'
import { type ChatPlace, isTopic } from '../../hub/routing/router.ts'
import { sameName } from '../../hub/session-name.ts'
import type { Connection } from '../platform/connection.ts'
import type { ButtonPress, Chat, CommandCall, InboundMessage } from '../platform/inbound.ts'
import type { CommandAnswer } from '../platform/platform.ts'
import type { Tell } from '../tell.ts'
import type { Choices } from './choices.ts'
import { isChosen, NOT_APPROVER, renderSessions, renderUnknown, renderUsed } from './words.ts'

export interface SessionCommandsOptions {
  readonly hub: HubContext
  readonly connection: Connection
  readonly access: Pick<Access, 'approvers'>
  readonly choices: Choices
  readonly tell: Tell
  readonly signal: AbortSignal
}

export interface SessionCommands {
  /** @returns whether the message was a command, which then goes no further */
  typed(message: InboundMessage): Promise<boolean>
  /** The answer to a command of the platform; undefined for others than approvers, and for a command that is none of these. */
  called(call: CommandCall): Promise<CommandAnswer | undefined>
  /** @returns whether the button was one of these. Never rejects. */
  pressed(press: ButtonPress): Promise<boolean>
}

const COMMAND = /^\/(sessions|use)(?:@\w{1,64})?(?:\s+(\S{1,80}))?\s*$/i
const NAMES: ReadonlySet<string> = new Set(['sessions', 'use'])
const OFF = /^(off|none)$/i
const GONE = 'This was answered already, or is not open any more.'

export function createSessionCommands(options: SessionCommandsOptions): SessionCommands {
  const { hub, connection, access, choices, tell, signal } = options
  const namesOf = () => hub.sessions().map(({ name }) => name)
  const isApprover = async (sender: string) => (await access.approvers.list()).some((one) => one.sender === sender)
  const use = (about: ChatPlace, name: string): string => {
    const words = renderUsed(name, isTopic(about))
    hub.use(about, name)
    choices.end(about, words)
    return words
  }
  /** What `/use NAME` comes to. */
  const choose = (about: ChatPlace, argument: string): string => {
    const name = namesOf().find((one) => sameName(one, argument))
    if (name !== undefined) return use(about, name)
    if (!OFF.test(argument) || !isTopic(about)) return renderUnknown(argument, hub.sessions())
    hub.use(about, undefined)
    return 'This topic follows its chat again.'
  }
  const list = (about: ChatPlace) => {
    const sessions = hub.sessions()
    const [only] = sessions
    const current = hub.chosen(about) ?? (sessions.length === 1 ? only?.name : undefined)
    const text = renderSessions(sessions, current, hub.waiting())
    return { text, names: namesOf().filter((name) => !isChosen(name, current)) }
  }
  const answerPress = async (sender: string, found: Exclude<ReturnType<Choices['find']>, undefined>) => {
    if (found === 'gone') return GONE
    if (!(await isApprover(sender))) return NOT_APPROVER
    const isHere = namesOf().some((name) => sameName(name, found.name))
    return isHere ? use(found.about, found.name) : renderUnknown(found.name, hub.sessions())
  }
  return {
    async typed({ text, chat, threadId, sender }) {
      const [, verb, argument] = COMMAND.exec(text) ?? []
      if (verb === undefined || !sender) return false
      const about = placeOf(chat, threadId)
      const target = { chatId: chat.id, ...(threadId === undefined ? {} : { threadId }) }
      if (!(await isApprover(sender.id))) tell(target, NOT_APPROVER)
      else if (verb.toLowerCase() === 'use' && argument !== undefined) tell(target, choose(about, argument))
      else await choices.show({ ...target, ...list(about), about })
      return true
    },
    async called({ name, argument, chat, sender }) {
      if (!NAMES.has(name) || !(await isApprover(sender.id))) return undefined
      const about = placeOf(chat)
      if (name === 'use' && argument !== undefined) return { text: choose(about, argument) }
      const { text, names } = list(about)
      return { text, ...choices.create(about, names) }
    },
    async pressed(press) {
      const found = choices.find(press.data)
      if (found === undefined) return false
      const words = await answerPress(press.sender.id, found).catch(() => GONE)
      await connection.answerPress(press, words, signal).catch(() => {})
      return true
    },
  }
}

/** Where something was said, for the hub. */
export function placeOf({ id, parentId }: Chat, threadId?: string): ChatPlace {
  return {
    chat: id,
    ...(threadId === undefined ? {} : { thread: threadId }),
    ...(parentId === undefined ? {} : { parent: parentId }),
  }
}
