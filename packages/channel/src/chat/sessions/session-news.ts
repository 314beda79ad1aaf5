/** What people are told in their chats of the sessions: that nobody is there, that theirs has ended, and the question which one. */
import type { Access } from '../../access/access.ts'
import type { HubContext } from '../../hub/context.ts'
import type { SessionPlace } from '../../hub/routing/memory.ts'
import { type ChatPlace, chatOf, type Place } from '../../hub/routing/router.ts'
import { sameName } from '../../hub/session-name.ts'
import type { Tell } from '../tell.ts'
import type { Choices } from './choices.ts'
import { renderAway, renderEnded, renderEndedWhich, renderNobody, renderWhich } from './words.ts'

export interface SessionNewsOptions {
  readonly hub: HubContext
  readonly access: Pick<Access, 'approvers'>
  readonly choices: Choices
  readonly tell: Tell
  readonly signal: AbortSignal
  /** How long a session that has ended may take to come back before that is told; default 2000. */
  readonly backMs?: number
}

export interface SessionNews {
  close(): void
}

const BACK_MS = 2_000
/** Whoever wrote longer ago need not know that a session has ended. */
const CONCERNED_MS = 24 * 60 * 60_000
/** That nobody is there is said again after this long. */
const AGAIN_MS = 10 * 60_000

/** Listens to the hub until it is closed. */
export function createSessionNews(options: SessionNewsOptions): SessionNews {
  const { hub, access, choices, tell, signal, backMs = BACK_MS } = options
  const told = new Map<string, number>()
  const timers = new Set<NodeJS.Timeout>()
  const namesOf = () => hub.sessions().map(({ name }) => name)

  const once = ({ chat, thread = '' }: ChatPlace, what: string): boolean => {
    const key = JSON.stringify([chat, thread, what])
    const now = Date.now()
    if (now - (told.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return false
    if (told.size > 1_000) told.clear()
    told.set(key, now)
    return true
  }
  /**
   * In the chat itself where an approver reads it, else in that of the owner.
   * @param from where it came up, which is told where there is nobody to ask
   */
  const ask = async (
    about: ChatPlace,
    text: (where: string | undefined) => string,
    from: Partial<Place> = {},
  ): Promise<void> => {
    if (choices.isOpen(about)) return
    const approvers = await access.approvers.list()
    const chats = await Promise.all(approvers.map(({ chat }) => choices.resolveChat(chat)))
    const isTheirs = chats.includes(about.chat)
    const chatId = isTheirs ? about.chat : chats[0]
    if (chatId === undefined) {
      const words = `${text(undefined)} An approver chooses with /use NAME.`
      if (once(about, 'which')) tell(targetOf({ ...about, ...from }), words)
      return
    }
    if (choices.isOpen(about)) return
    const where = isTheirs ? undefined : `Somebody in ${from.label ?? `the chat ${about.chat}`}`
    await choices.show({ chatId, text: text(where), names: namesOf(), about })
  }
  const tellEnd = ({ isTopic, ...about }: SessionPlace, name: string): void => {
    const [first, second] = namesOf()
    if (isTopic) tell(targetOf(about), renderAway(name))
    else if (second !== undefined) void ask(about, () => renderEndedWhich(name))
    else {
      if (first !== undefined) hub.use(about, first)
      else once(about, 'nobody')
      tell(targetOf(about), renderEnded(name, first))
    }
  }
  const later = (work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      if (!signal.aborted) work()
    }, backMs)
    timers.add(timer.unref())
  }
  const unlisten = hub.listen({
    waits({ chat, ...rest }, { why, name }, fresh) {
      if (chat === undefined) return
      const place = { ...rest, chat }
      if (why === 'ask') return void ask({ chat: chatOf(place) }, renderWhich, place)
      if (!fresh || !once(place, why)) return
      // What comes in the same moment is counted too.
      setImmediate(() =>
        tell(targetOf(place), why === 'nobody' ? renderNobody(hub.waiting(chat)) : renderAway(name ?? '')),
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
        if (namesOf().some((one) => sameName(one, name))) return
        for (const about of hub.placesOf(name, Date.now() - CONCERNED_MS)) {
          if (once(about, `ended ${name}`)) tellEnd(about, name)
        }
      })
    },
  })
  return {
    close() {
      unlisten()
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

function targetOf({ chat, thread }: ChatPlace) {
  return { chatId: chat, ...(thread === undefined ? {} : { threadId: thread }) }
}
