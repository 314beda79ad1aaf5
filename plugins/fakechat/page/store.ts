/** What the page shows, as signals, and how frames of the channel change it. Knows nothing of sockets or elements. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { HelloFrame, Message, OlderFrame, ServerFrame } from '../src/wire.ts'
import { type Delivery, type Entry, forgetProgress, isUnsent, pickHint, toDelivery, toEntry } from './entry.ts'

export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** `retryAt` in milliseconds since 1970. */
  | { readonly kind: 'lost'; readonly retryAt: number }

export interface Store {
  /** Oldest first. */
  readonly entries: ReadonlySignal<readonly Entry[]>
  readonly connection: Signal<Connection>
  /** The name the session gives the channel. */
  readonly source: Signal<string>
  /** A problem that belongs to no message, and was met once. */
  readonly notice: Signal<string | undefined>
  /** One that lasts. */
  readonly problem: ReadonlySignal<string | undefined>
  /** Whether there are messages before the first one; `loading` once they are asked for. */
  readonly older: Signal<'none' | 'more' | 'loading'>
  /** The agent is busy with a message. */
  readonly working: ReadonlySignal<boolean>
  find(id: string): Entry | undefined
  /** A new message of the person. */
  add(entry: Entry): void
  remove(id: string): void
  deliver(id: string, delivery: Delivery): void
  /** Takes one file of a message away. */
  detach(id: string, at: number): void
  /** It has reached the channel; a receipt that came before says more and stays. */
  acknowledge(id: string): void
  apply(frame: ServerFrame): void
}

/** More stay only where somebody has asked for older ones. */
const ENTRY_LIMIT = 1000

export function createStore(): Store {
  const entries = signal<readonly Entry[]>([])
  const connection = signal<Connection>({ kind: 'connecting' })
  const source = signal('fakechat')
  const notice = signal<string | undefined>()
  const problem = signal<string | undefined>()
  const older = signal<'none' | 'more' | 'loading'>('none')
  let limit = ENTRY_LIMIT
  const working = computed(
    () => connection.value.kind === 'open' && entries.value.some(({ delivery }) => delivery?.kind === 'started'),
  )
  let run: string | undefined

  const find = (id: string) => entries.value.find((entry) => entry.id === id)
  const change = (id: string, changes: Partial<Entry>) => {
    entries.value = entries.value.map((entry) => (entry.id === id ? { ...entry, ...changes } : entry))
  }
  /** By time, after what has the same; a known message is brought up to date in its place. */
  const merge = (list: readonly Entry[], message: Message): readonly Entry[] => {
    const entry = toEntry(message)
    if (list.some(({ id }) => id === entry.id)) {
      return list.map((old) => (old.id === entry.id ? { ...entry, ts: old.ts } : old))
    }
    const at = list.findLastIndex(({ ts, delivery }) => ts <= entry.ts && delivery?.kind !== 'waiting') + 1
    return list.toSpliced(at, 0, entry)
  }
  const shrink = (list: readonly Entry[]): readonly Entry[] => {
    if (list.length <= limit) return list
    if (older.value === 'none') older.value = 'more'
    return list.slice(-limit)
  }
  const acknowledge = (id: string) => {
    const kind = find(id)?.delivery?.kind
    if (kind === 'waiting' || kind === 'sending' || kind === 'unsent') change(id, { delivery: { kind: 'sent' } })
  }
  const greet = (hello: HelloFrame) => {
    let list = entries.value
    // What a channel that is gone was told will not be told to this one.
    if (run !== hello.run) list = list.map(forgetProgress)
    run = hello.run
    source.value = hello.source
    problem.value = undefined
    const [first] = hello.messages
    const joins = first !== undefined && list.some(({ id }) => id === first.id)
    // Where more was said meanwhile than comes now there is a gap before it: what lies beyond is asked for again.
    if (!joins && hello.older) list = list.filter(isUnsent)
    if (!joins || first.id === list.find((entry) => !isUnsent(entry))?.id) older.value = hello.older ? 'more' : 'none'
    else if (older.value === 'loading') older.value = 'more'
    limit = ENTRY_LIMIT
    entries.value = shrink(hello.messages.reduce(merge, list))
  }
  const prepend = (frame: OlderFrame) => {
    const known = new Set(entries.value.map(({ id }) => id))
    const added = frame.messages.filter(({ id }) => !known.has(id)).map(toEntry)
    limit += added.length
    entries.value = [...added, ...entries.value]
    older.value = frame.older ? 'more' : 'none'
  }

  return {
    entries,
    connection,
    source,
    notice,
    problem,
    older,
    working,
    find,
    add(entry) {
      entries.value = shrink([...entries.value, entry])
    },
    remove(id) {
      entries.value = entries.value.filter((entry) => entry.id !== id)
    },
    deliver: (id, delivery) => change(id, { delivery }),
    detach: (id, at) => change(id, { files: find(id)?.files.toSpliced(at, 1) ?? [] }),
    acknowledge,
    apply(frame) {
      switch (frame.type) {
        case 'hello':
          return greet(frame)
        case 'older':
          if (frame.before === entries.value.find((entry) => !isUnsent(entry))?.id) prepend(frame)
          return
        case 'problem':
          problem.value = frame.message
          return
        case 'msg':
          if (!find(frame.id)) entries.value = shrink(merge(entries.value, frame))
          return
        case 'user':
          if (!find(frame.id)) {
            entries.value = shrink(merge(entries.value, { ...frame, from: 'user', state: 'sent' }))
          }
          return
        case 'edit':
          return change(frame.id, { text: frame.text, edited: true })
        case 'state':
          return change(frame.id, { delivery: toDelivery(frame.state, frame.reason) })
        case 'sent':
          return acknowledge(frame.id)
        case 'error':
          if (frame.id === undefined) notice.value = join(frame.message, frame.hint)
          else change(frame.id, { delivery: { kind: 'unsent', reason: frame.message, ...pickHint(frame.hint) } })
      }
    },
  }
}

function join(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message} ${hint}`
}
