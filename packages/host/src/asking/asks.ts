/**
 * What is asked of people everywhere at once: at the terminal and in every channel that takes it. Each ask ends exactly once:
 * by the first answer, or for a reason that lies in nobody's answer.
 */

/** A place where something is asked: one process of a channel. */
export interface AskLink {
  readonly source: string
}

/** How an ask ends that nobody has answered. */
export interface Lapse {
  readonly outcome: 'expired' | 'cancelled'
  readonly by: 'interrupt' | 'time' | 'nobody-left' | 'session-ended'
}

/** One thing that is asked, as its keeper sees it. */
export interface Ask<Link extends AskLink> {
  readonly id: string
  /** It is open; `shownIn` are the channels that get it now. */
  opened(shownIn: readonly string[]): void
  show(link: Link): void
  /** Nobody answered. @param links where it was shown */
  lapse(lapse: Lapse, links: readonly Link[]): void
}

export interface OpenAsk<One> {
  readonly ask: One
  /** Sources of the channels where it is shown now. */
  readonly shownIn: readonly string[]
  /** Milliseconds since 1970. */
  readonly since: number
}

export interface AskingOptions {
  /** Whether the operator can answer in this session at all. */
  canAsk(): boolean
  /** Whether anything goes to channels. Default true. */
  readonly relays?: boolean
  /** Milliseconds after which an unanswered ask ends. Default one hour. */
  readonly expireAfterMs?: number | undefined
  /** Milliseconds for the last channel that could answer to come back. Default 30 000. */
  readonly graceMs?: number | undefined
}

export interface Asks<One extends Ask<Link>, Link extends AskLink> {
  readonly size: number
  readonly closed: boolean
  has(id: string): boolean
  /** Whether there is anybody to ask. */
  canAnswer(): boolean
  /** Asks; until then it has awaited nothing. An abort of the signal ends it. */
  open(ask: One, signal: AbortSignal): void
  /** Ends it for whoever answers; `not-asked-there` where it was not shown in that channel, and stays open. */
  take(id: string, link?: Link): { readonly ask: One; readonly links: readonly Link[] } | 'not-open' | 'not-asked-there'
  find(id: string): One | undefined
  /** Oldest first. */
  list(): readonly OpenAsk<One>[]
  /** It is shown what is open. */
  opened(link: Link): void
  lost(link: Link): void
  /** Who can answer may have changed otherwise: the operator's input has ended. */
  recheck(): void
  /** Ends everything that is open. Idempotent. */
  close(): void
}

const HOUR_MS = 3_600_000
const GRACE_MS = 30_000

interface Kept<One, Link> {
  readonly ask: One
  readonly links: Set<Link>
  readonly since: number
  /** Stops waiting for anything. */
  release(): void
}

export function createAsks<One extends Ask<Link>, Link extends AskLink>(options: AskingOptions): Asks<One, Link> {
  const { relays = true, expireAfterMs = HOUR_MS, graceMs = GRACE_MS } = options
  const kept = new Map<string, Kept<One, Link>>()
  const links = new Set<Link>()
  let grace: NodeJS.Timeout | undefined
  let closed = false

  const canAnswer = () => options.canAsk() || (relays && links.size > 0)
  const watchLinks = () => {
    clearTimeout(grace)
    grace = undefined
    if (kept.size === 0 || canAnswer()) return
    grace = setTimeout(() => {
      for (const id of [...kept.keys()]) lapse(id, { outcome: 'cancelled', by: 'nobody-left' })
    }, graceMs)
  }
  const remove = (id: string): Kept<One, Link> | undefined => {
    const found = kept.get(id)
    if (!found) return undefined
    kept.delete(id)
    found.release()
    watchLinks()
    return found
  }
  const lapse = (id: string, how: Lapse) => {
    const found = remove(id)
    found?.ask.lapse(how, [...found.links])
  }
  const show = ({ ask, links: shown }: Kept<One, Link>, link: Link) => {
    shown.add(link)
    ask.show(link)
  }

  return {
    get size() {
      return kept.size
    },
    get closed() {
      return closed
    },
    has: (id) => kept.has(id),
    canAnswer,
    open(ask, signal) {
      const interrupt = () => lapse(ask.id, { outcome: 'cancelled', by: 'interrupt' })
      const expiry = setTimeout(() => lapse(ask.id, { outcome: 'expired', by: 'time' }), expireAfterMs)
      const release = () => {
        clearTimeout(expiry)
        signal.removeEventListener('abort', interrupt)
      }
      const one: Kept<One, Link> = { ask, links: new Set(), since: Date.now(), release }
      kept.set(ask.id, one)
      signal.addEventListener('abort', interrupt, { once: true })
      const shown = relays ? [...links] : []
      ask.opened(shown.map(({ source }) => source))
      for (const link of shown) show(one, link)
    },
    take(id, link) {
      const found = kept.get(id)
      if (!found) return 'not-open'
      if (link !== undefined && !found.links.has(link)) return 'not-asked-there'
      remove(id)
      return { ask: found.ask, links: [...found.links] }
    },
    find: (id) => kept.get(id)?.ask,
    list: () =>
      [...kept.values()].map(({ ask, links: shown, since }) => ({
        ask,
        shownIn: [...shown].map(({ source }) => source),
        since,
      })),
    opened(link) {
      links.add(link)
      if (relays) for (const one of kept.values()) show(one, link)
      watchLinks()
    },
    lost(link) {
      links.delete(link)
      for (const one of kept.values()) one.links.delete(link)
      watchLinks()
    },
    recheck: watchLinks,
    close() {
      closed = true
      for (const id of [...kept.keys()]) lapse(id, { outcome: 'cancelled', by: 'session-ended' })
      clearTimeout(grace)
    },
  }
}
