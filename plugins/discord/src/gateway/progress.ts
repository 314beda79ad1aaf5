/** What the next process has to know: the gateway's session, and up to which message each chat was read. */
import type { Memory } from '@backchannel/channel'
import type { Me } from '../inbound/message.ts'
import { isId, isLater } from '../inbound/snowflakes.ts'

export interface Session {
  readonly id: string
  /** Where Discord wants it to be resumed. */
  readonly url: string
  /** The last event of it that is settled, with all before it. */
  readonly sequence: number
}

export interface Progress {
  me: Me | undefined
  session: Session | undefined
  /** With whom direct chats are, as an earlier process knew it. */
  readonly directs: Readonly<Record<string, string>>
  /** When the connection was alive for the last time; milliseconds since 1970. */
  lastSeen: number | undefined
  /** Since when messages may have been missed in a channel of which nothing is known; undefined at the first login of all. */
  since: string | undefined
  /** Chats that are not caught up with yet, by the message after which something may be missing. */
  readonly behind: Map<string, string>
  /** The last settled message of a chat. */
  mark(chatId: string): string | undefined
  /** Chats with a mark, the last one to be moved first. */
  marked(): readonly string[]
  move(chatId: string, messageId: string): void
  /** Keeps it all, as soon as the journal is free; the last of several alone. */
  save(): void
  /** Resolves once what was saved is kept, or could not be. */
  saved(): Promise<void>
}

/** Chats that are remembered; the quietest give way. */
const MOST_CHATS = 500

export interface ProgressOptions {
  readonly memory: Memory
  /** What another bot in the same folder kept is none of ours. */
  readonly botId: string | undefined
  directs(): Readonly<Record<string, string>>
  /** It can not be kept, or not be read: told once. */
  failed(thrown: unknown): void
}

const NAME = 'gateway'

export async function loadProgress({ memory, botId, directs, failed }: ProgressOptions): Promise<Progress> {
  const read = await memory.recall(NAME).catch((thrown: unknown) => failed(thrown))
  const kept = readKept(read)
  const before = kept?.me !== undefined && (botId === undefined || kept.me.id === botId) ? kept : undefined
  const marks = new Map(Object.entries(before?.marks ?? {}))
  let isDue = false
  let saving: Promise<void> | undefined
  let isFailing = false
  const saveAll = async (): Promise<void> => {
    while (isDue) {
      isDue = false
      const { me, session, lastSeen: at, since } = progress
      const chats = {
        marks: Object.fromEntries(marks),
        behind: Object.fromEntries(progress.behind),
        directs: directs(),
      }
      try {
        await memory.keep(NAME, { me, session, ...chats, at, since })
        isFailing = false
      } catch (thrown) {
        if (!isFailing) failed(thrown)
        isFailing = true
      }
    }
    saving = undefined
  }
  const progress: Progress = {
    me: before?.me,
    session: before?.session,
    directs: before?.directs ?? {},
    lastSeen: before?.at,
    since: before?.since,
    behind: new Map(Object.entries(before?.behind ?? {})),
    mark: (chatId) => marks.get(chatId),
    marked: () => [...marks.keys()].reverse(),
    move(chatId, messageId) {
      const last = marks.get(chatId)
      marks.delete(chatId)
      marks.set(chatId, last !== undefined && isLater(last, messageId) ? last : messageId)
      const [quietest] = marks.keys()
      if (marks.size > MOST_CHATS && quietest !== undefined) marks.delete(quietest)
    },
    save() {
      isDue = true
      saving ??= saveAll()
    },
    saved: async () => saving,
  }
  return progress
}

interface Kept {
  readonly me?: Me
  readonly session?: Session
  readonly marks: Record<string, string>
  readonly directs: Record<string, string>
  readonly behind: Record<string, string>
  readonly at?: number
  readonly since?: string
}

/** The journal may have been damaged, or be of another version. */
function readKept(value: unknown): Kept | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { me, session, marks, directs, behind, at, since } = value as Record<string, unknown>
  return {
    ...(isMe(me) ? { me } : {}),
    ...(isSession(session) ? { session } : {}),
    marks: readIds(marks),
    directs: readIds(directs),
    behind: readIds(behind),
    ...(isId(since) ? { since } : {}),
    ...(typeof at === 'number' && Number.isFinite(at) ? { at } : {}),
  }
}

function isMe(value: unknown): value is Me {
  const { id, username } = Object(value) as Record<string, unknown>
  return typeof id === 'string' && typeof username === 'string'
}

function isSession(value: unknown): value is Session {
  const { id, url, sequence } = Object(value) as Record<string, unknown>
  return typeof id === 'string' && typeof url === 'string' && URL.canParse(url) && Number.isSafeInteger(sequence)
}

function readIds(value: unknown): Record<string, string> {
  const entries = Object.entries(Object(value) as Record<string, unknown>)
  return Object.fromEntries(entries.filter(([key, id]) => isId(key) && isId(id))) as Record<string, string>
}
