/** Which session an event is for. Pure over who is attached and what is remembered; who remembers it is outside. */
import { sameName } from '../session-name.ts'

/** A chat, or a topic of one, which can have a session of its own. */
export interface ChatPlace {
  readonly chat: string
  /** A topic within the chat. */
  readonly thread?: string
  /** Where the topic is a chat of its own, as a Discord thread is: the chat that it belongs to. */
  readonly parent?: string
}

/** Where an event came from. */
export interface Place extends Partial<ChatPlace> {
  /** The message of ours that it answers. */
  readonly replyTo?: string
  /** The session that the channel itself says it is for: its name, or its folder. */
  readonly wanted?: string
  /** Who or what that is, for a person: the title of a group, a name. */
  readonly label?: string
}

export type Target =
  | { readonly kind: 'session'; readonly name: string; readonly because: 'reply' | 'bound' | 'current' | 'only' }
  /** `nobody` is attached; the topic's session is `away`; several are there, and somebody has to `ask`. */
  | { readonly kind: 'wait'; readonly why: 'nobody' | 'away' | 'ask'; readonly name?: string }

/** What is remembered of chats, by the names of sessions. */
export interface Memory {
  sentBy(chat: string, message: string): string | undefined
  /** Of a topic; one that is a chat of its own has no thread. */
  boundTo(chat: string, thread: string | undefined): string | undefined
  current(chat: string): string | undefined
}

export interface Attached {
  readonly name: string
  readonly cwd: string
}

/** Whether something can be said there that is for a topic alone. */
export function isTopic({ thread, parent }: Partial<ChatPlace>): boolean {
  return thread !== undefined || parent !== undefined
}

/** The chat whose session a topic follows, unless it has one of its own; for any other place the chat itself. */
export function chatOf({ chat, parent }: ChatPlace): string
export function chatOf({ chat, parent }: Partial<ChatPlace>): string | undefined
export function chatOf({ chat, parent }: Partial<ChatPlace>): string | undefined {
  return parent ?? chat
}

/** @param attached in the order in which they came */
export function route(place: Place, attached: readonly Attached[], memory: Memory): Target {
  const { chat, thread, parent, replyTo, wanted } = place
  const find = (name: string | undefined) =>
    name === undefined ? undefined : attached.find((one) => sameName(one.name, name))?.name
  const [first, second] = attached
  if (wanted !== undefined) {
    const name = find(wanted) ?? attached.find(({ cwd }) => cwd === wanted)?.name
    return name === undefined
      ? { kind: 'wait', why: first ? 'away' : 'nobody', name: wanted }
      : { kind: 'session', name, because: 'bound' }
  }
  if (!first) return { kind: 'wait', why: 'nobody' }
  if (chat === undefined) return { kind: 'session', name: first.name, because: 'only' }
  const sender = replyTo === undefined ? undefined : find(memory.sentBy(chat, replyTo))
  if (sender !== undefined) return { kind: 'session', name: sender, because: 'reply' }
  const bound = isTopic(place) ? memory.boundTo(chat, thread) : undefined
  if (bound !== undefined) {
    const name = find(bound)
    return name === undefined ? { kind: 'wait', why: 'away', name: bound } : { kind: 'session', name, because: 'bound' }
  }
  const current = find(memory.current(parent ?? chat))
  if (current !== undefined) return { kind: 'session', name: current, because: 'current' }
  if (!second) return { kind: 'session', name: first.name, because: 'only' }
  return { kind: 'wait', why: 'ask' }
}
