/** What a channel sees of the sessions that share its account: who they are, which one a chat talks to, and what changes. */
import type { Dispatch } from './routing/dispatch.ts'
import type { RouteMemory, SessionPlace } from './routing/memory.ts'
import { type ChatPlace, chatOf, isTopic, type Place, type Target } from './routing/router.ts'

export interface HubSession {
  readonly name: string
  /** Its folder. */
  readonly cwd: string
}

/** What a channel is told, so that it can tell the people in its chats. */
export interface HubListener {
  /** An event waits: nobody is there, its session is away, or somebody has to say which one. `fresh` where it came just now. */
  waits(place: Place, target: Extract<Target, { readonly kind: 'wait' }>, fresh: boolean): void
  /** The session of a chat is gone, and another one has the chat now. */
  moved(chat: string, from: string, to: string): void
  /** Somebody came or left. */
  changed(): void
  /** A session has ended. */
  left(name: string): void
}

export interface HubContext {
  /** Those that events can go to, in the order in which they came. */
  sessions(): readonly HubSession[]
  /** The session of a topic or chat, as far as one was chosen; it may be gone. */
  chosen(place: ChatPlace): string | undefined
  /** From now on what is written there goes to that session; within a topic, `undefined` lets it follow its chat again. */
  use(place: ChatPlace, name: string | undefined): void
  /** Where an answer to these messages goes. */
  noteSent(chat: string, messages: readonly string[], name: string): void
  /** Chats and topics of a session where somebody has written since. */
  placesOf(name: string, since: number): readonly SessionPlace[]
  /** Events that wait for a session, of one chat or of all. */
  waiting(chat?: string): number
  /** Tells one listener; what happened before comes first. @returns what ends it */
  listen(listener: HubListener): () => void
}

const MOST_KEPT = 1_000

export interface HubNews extends HubListener {
  listen: HubContext['listen']
}

/** Keeps what happens before the channel has begun to listen. */
export function createHubNews(): HubNews {
  let listener: HubListener | undefined
  let kept: ((to: HubListener) => void)[] = []
  const tell = (news: (to: HubListener) => void) => {
    if (listener) news(listener)
    else if (kept.length < MOST_KEPT) kept.push(news)
  }
  return {
    waits: (...given) => tell((to) => to.waits(...given)),
    moved: (...given) => tell((to) => to.moved(...given)),
    changed: () => tell((to) => to.changed()),
    left: (name) => tell((to) => to.left(name)),
    listen(given) {
      listener = given
      const before = kept
      kept = []
      for (const news of before) news(given)
      return () => {
        listener = undefined
      }
    },
  }
}

export function createHubContext(dispatch: Dispatch, memory: RouteMemory, news: HubNews): HubContext {
  return {
    sessions: () => dispatch.taking().map(({ name, cwd }) => ({ name, cwd })),
    chosen(place) {
      const bound = isTopic(place) ? memory.boundTo(place.chat, place.thread) : undefined
      return bound ?? memory.current(chatOf(place))
    },
    use(place, name) {
      if (isTopic(place)) memory.bind(place.chat, place.thread, name)
      else if (name !== undefined) memory.setCurrent(place.chat, name)
      dispatch.reroute()
    },
    noteSent: (chat, messages, name) => memory.noteSent(chat, messages, name),
    placesOf: (name, since) => memory.placesOf(name, since),
    waiting: (chat) => dispatch.waiting(chat),
    listen: news.listen,
  }
}
