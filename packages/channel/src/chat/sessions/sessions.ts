/** Sessions in chats: `/sessions` and `/use NAME` for approvers, the question which one, and what people are told of them. */
import type { Access } from '../../access/access.ts'
import type { HubContext } from '../../hub/context.ts'
import { sameName } from '../../hub/session-name.ts'
import type { Connection } from '../platform/connection.ts'
import type { ButtonPress, InboundMessage } from '../platform/inbound.ts'
import type { Tell } from '../tell.ts'
import { type Choices, type ChoicesOptions, type Choosing, createChoices } from './choices.ts'
import {
  isChosen,
  NOT_APPROVER,
  renderAway,
  renderEnded,
  renderEndedWhich,
  renderNobody,
  renderSessions,
  renderUnknown,
  renderUsed,
  renderWhich,
} from './words.ts'

export interface ChatSessionsOptions extends ChoicesOptions {
  readonly hub: HubContext
  readonly connection: Connection
  readonly access: Pick<Access, 'approvers'>
  readonly tell: Tell
  /** How long a session that has ended may take to come back before that is told; default 2000. */
  readonly backMs?: number
}

export interface ChatSessions {
  /** @returns whether the message was a command, which then goes no further */
  command(message: InboundMessage): Promise<boolean>
  /** @returns whether the button was one of these. Never rejects. */
  pressed(press: ButtonPress): Promise<boolean>
  close(): void
}

const COMMAND = /^\/(sessions|use)(?:@\w{1,64})?(?:\s+(\S{1,80}))?\s*$/i
const OFF = /^(off|none)$/i
const GONE = 'This was answered already, or is not open any more.'
const BACK_MS = 2_000
/** Whoever wrote longer ago need not know that a session has ended. */
const CONCERNED_MS = 24 * 60 * 60_000
/** That nobody is there is said again after this long. */
const AGAIN_MS = 10 * 60_000

export function createChatSessions(options: ChatSessionsOptions): ChatSessions {
  const { hub, connection, access, tell, signal, backMs = BACK_MS } = options
  const choices = createChoices(options)
  const told = new Map<string, number>()
  const timers = new Set<NodeJS.Timeout>()

  const isHere = (name: string) => hub.sessions().some((one) => sameName(one.name, name))
  const namesOf = () => hub.sessions().map(({ name }) => name)
  const isApprover = async (sender: string) => (await access.approvers.list()).some((one) => one.sender === sender)
  const targetOf = ({ chat, thread }: Choosing) => ({
    chatId: chat,
    ...(thread === undefined ? {} : { threadId: thread }),
  })
  const once = (about: Choosing, what: string): boolean => {
    const key = JSON.stringify([about.chat, about.thread ?? '', what])
    const now = Date.now()
    if (now - (told.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return false
    if (told.size > 1_000) told.clear()
    told.set(key, now)
    return true
  }
  const use = (about: Choosing, name: string) => {
    const words = renderUsed(name, about.thread !== undefined)
    hub.use(about.chat, about.thread, name)
    choices.end(about, words)
    return words
  }
  /** In the chat itself where an approver reads it, else in that of the owner. */
  const ask = async (
    about: Choosing,
    text: (where: string | undefined) => string,
    label: string | undefined,
  ): Promise<void> => {
    if (choices.isOpen(about)) return
    const approvers = await access.approvers.list()
    const isTheirs = approvers.some(({ chat }) => chat === about.chat)
    const chatId = isTheirs ? about.chat : approvers[0]?.chat
    if (chatId === undefined) {
      if (once(about, 'which')) tell(targetOf(about), `${text(undefined)} An approver chooses with /use NAME.`)
      return
    }
    if (choices.isOpen(about)) return
    const where = isTheirs ? undefined : `Somebody in ${label ?? `the chat ${about.chat}`}`
    await choices.show({ chatId, text: text(where), names: namesOf(), about })
  }
  const tellEnd = (about: Choosing, name: string): void => {
    const [first, second] = namesOf()
    if (about.thread !== undefined) {
      tell(targetOf(about), renderAway(name))
      return
    }
    if (second !== undefined) {
      void ask(about, () => renderEndedWhich(name), undefined)
      return
    }
    if (first !== undefined) hub.use(about.chat, undefined, first)
    else once(about, 'nobody')
    tell(targetOf(about), renderEnded(name, first))
  }
  const later = (work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      if (!signal.aborted) work()
    }, backMs)
    timers.add(timer.unref())
  }
  const unlisten = hub.listen({
    waits({ chat, thread, label }, { why, name }, fresh) {
      if (chat === undefined) return
      const about = { chat, ...(thread === undefined ? {} : { thread }) }
      if (why === 'ask') return void ask({ chat }, renderWhich, label)
      if (!fresh || !once(about, why)) return
      // What comes in the same moment is counted too.
      setImmediate(() =>
        tell(targetOf(about), why === 'nobody' ? renderNobody(hub.waiting(chat)) : renderAway(name ?? '')),
      )
    },
    moved(chat, from, to) {
      if (once({ chat }, `ended ${from}`)) tell({ chatId: chat }, renderEnded(from, to))
    },
    changed() {
      if (hub.sessions().length > 0) for (const key of [...told.keys()]) if (key.endsWith('"nobody"]')) told.delete(key)
    },
    left(name) {
      later(() => {
        if (isHere(name)) return
        for (const about of hub.placesOf(name, Date.now() - CONCERNED_MS)) {
          if (once(about, `ended ${name}`)) tellEnd(about, name)
        }
      })
    },
  })
  const answer = (message: InboundMessage, text: string) =>
    tell({ chatId: message.chat.id, ...(message.threadId === undefined ? {} : { threadId: message.threadId }) }, text)

  return {
    async command(message) {
      const { text, chat, threadId, sender } = message
      const [, verb, argument] = COMMAND.exec(text) ?? []
      if (verb === undefined || !sender) return false
      if (!(await isApprover(sender.id))) {
        answer(message, NOT_APPROVER)
        return true
      }
      const about = { chat: chat.id, ...(threadId === undefined ? {} : { thread: threadId }) }
      if (verb.toLowerCase() === 'sessions' || argument === undefined) await list(about)
      else if (OFF.test(argument) && threadId !== undefined) {
        hub.use(chat.id, threadId, undefined)
        answer(message, 'This topic follows its chat again.')
      } else {
        const name = namesOf().find((one) => sameName(one, argument))
        answer(message, name === undefined ? renderUnknown(argument, hub.sessions()) : use(about, name))
      }
      return true
    },
    async pressed(press) {
      const found = choices.find(press.data)
      if (found === undefined) return false
      const words = await choose(press, found).catch(() => GONE)
      await connection.answerPress(press, words, signal).catch(() => {})
      return true
    },
    close() {
      unlisten()
      for (const timer of timers) clearTimeout(timer)
    },
  }

  async function list(about: Choosing): Promise<void> {
    const { chat, thread } = about
    const chosen = hub.chosen(chat, thread)
    const sessions = hub.sessions()
    const [only] = sessions
    const current = chosen ?? (sessions.length === 1 ? only?.name : undefined)
    const text = renderSessions(sessions, current, hub.waiting())
    const names = namesOf().filter((name) => !isChosen(name, current))
    await choices.show({ ...targetOf(about), text, names, about })
  }

  async function choose(
    { sender }: ButtonPress,
    found: Exclude<ReturnType<Choices['find']>, undefined>,
  ): Promise<string> {
    if (found === 'gone') return GONE
    if (!(await isApprover(sender.id))) return NOT_APPROVER
    return isHere(found.name) ? use(found.about, found.name) : renderUnknown(found.name, hub.sessions())
  }
}
