/** What was said: the newest in memory, bounded, everything in the history; for edits, and for pages that come. */
import type { History } from './history/history.ts'
import type { FileLink, Message } from './wire.ts'

export interface MessagesOptions {
  /** Where everything is kept; without it, what leaves memory is gone. */
  readonly history?: History
  /** Whether the file behind a link of an earlier run is still there; default: yes. */
  readonly isKept?: (url: string) => boolean
  /** Default: 500. */
  readonly count?: number
  /** UTF-16 units of all texts together; default: two million. */
  readonly units?: number
}

export interface MessagePage {
  /** Oldest first. */
  readonly messages: readonly Message[]
  /** Whether there are older ones. */
  readonly older: boolean
}

export interface Messages {
  /** The newest ones that are held. */
  newest(limit: number): MessagePage
  /** Those before the one of the id. */
  before(id: string, limit: number): MessagePage
  /** Among those that are held. */
  find(id: string): Message | undefined
  /** Wherever it is kept. */
  recall(id: string): Message | undefined
  /** The file behind a link, with the name it was sent with. */
  findFile(url: string): FileLink | undefined
  /** The oldest messages leave memory when a limit is passed; the new one always stays. */
  add(message: Message): void
  /** Changes fields of a known message; false when the id is not known. */
  change(id: string, changes: Partial<Omit<Message, 'id' | 'from'>>): boolean
}

/** Messages of earlier runs that are in memory from the start. */
const LOADED = 100

export function createMessages(options: MessagesOptions = {}): Messages {
  const { history, isKept = () => true, count = 500, units = 2_000_000 } = options
  const byId = new Map<string, Message>()
  let held = 0
  let isLoaded = false

  const put = (message: Message) => {
    held += message.text.length - (byId.get(message.id)?.text.length ?? 0)
    byId.set(message.id, message)
    for (const [id, oldest] of byId) {
      if (byId.size === 1 || (byId.size <= count && held <= units)) return
      byId.delete(id)
      held -= oldest.text.length
    }
  }
  /** What a session that is gone was told will not be told to this one: it is stored, and offered again. */
  const asLeft = ({ state, files, ...message }: Message): Message => ({
    ...message,
    ...(files ? { files: files.map((file) => (isKept(file.url) ? file : { ...file, gone: true })) } : {}),
    ...(state === undefined ? {} : { state: state === 'queued' || state === 'started' ? 'sent' : state }),
  })
  /** With the first use, not at the start of a channel that nobody may write to. */
  const load = () => {
    if (isLoaded) return
    isLoaded = true
    for (const message of history?.before(undefined, LOADED) ?? []) put(asLeft(message))
  }
  const toPage = (messages: readonly Message[]): MessagePage => {
    const [first] = messages
    return { messages, older: first !== undefined && beforeIt(first.id, 1).length > 0 }
  }
  /** From memory where the history can't be read. */
  const beforeIt = (id: string, limit: number): readonly Message[] => {
    const stored = history?.before(id, limit) ?? []
    if (stored.length > 0) return stored.map(asOfNow)
    const held = [...byId.values()]
    const at = held.findIndex((message) => message.id === id)
    return at === -1 ? [] : held.slice(Math.max(0, at - limit), at)
  }
  const asOfNow = (message: Message): Message => byId.get(message.id) ?? asLeft(message)
  const recall = (id: string): Message | undefined => {
    load()
    const message = byId.get(id) ?? history?.find(id)
    return message && asOfNow(message)
  }

  return {
    newest(limit) {
      load()
      return toPage([...byId.values()].slice(-limit))
    },
    before(id, limit) {
      load()
      return toPage(beforeIt(id, limit))
    },
    find(id) {
      load()
      return byId.get(id)
    },
    recall,
    findFile(url) {
      load()
      const files = [...byId.values()].flatMap((message) => message.files ?? [])
      return files.find((file) => file.url === url) ?? history?.findFile(url)
    },
    add(message) {
      load()
      byId.delete(message.id)
      put(message)
      history?.save(message)
    },
    change(id, changes) {
      load()
      const message = recall(id)
      if (!message) return false
      const { reason, ...rest } = message
      // Why it was in the state before is no reason for this one.
      const changed: Message = { ...rest, ...(reason === undefined || changes.state ? {} : { reason }), ...changes }
      if (byId.has(id)) put(changed)
      history?.save(changed)
      return true
    },
  }
}
