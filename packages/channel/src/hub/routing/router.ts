/** Which session an event is for. Pure over who is attached and what is remembered; who remembers it is outside. */
import { sameName } from '../session-name.ts'

/** Where an event came from. */
export interface Place {
  /** Absent for an event of no chat, such as a webhook's. */
  readonly chat?: string
  readonly thread?: string
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
  boundTo(chat: string, thread: string): string | undefined
  current(chat: string): string | undefined
}

export interface Attached {
  readonly name: string
  readonly cwd: string
}

/** @param attached in the order in which they came */
export function route(place: Place, attached: readonly Attached[], memory: Memory): Target {
  const { chat, thread, replyTo, wanted } = place
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
  const bound = thread === undefined ? undefined : memory.boundTo(chat, thread)
  if (bound !== undefined) {
    const name = find(bound)
    return name === undefined ? { kind: 'wait', why: 'away', name: bound } : { kind: 'session', name, because: 'bound' }
  }
  const current = find(memory.current(chat))
  if (current !== undefined) return { kind: 'session', name: current, because: 'current' }
  if (!second) return { kind: 'session', name: first.name, because: 'only' }
  return { kind: 'wait', why: 'ask' }
}
