/**
 * Reads what waits in a channel's journals for a session that has not registered it: nothing is pushed there, so the agent
 * pulls. An event counts as read once the host has proved that it read the answer; until then its journal is held.
 */
import { existsSync } from 'node:fs'
import { toError } from '@backchannel/protocol'
import { type Journal, openJournal } from '../journal/journal.ts'
import { releaseLock, takeLock } from '../journal/lock.ts'
import { journalPath, unavailable } from '../journal/open.ts'
import { readOwner } from '../journal/owner.ts'
import type { JournalReport } from '../journal/report.ts'
import { slotNames } from '../journal/slot.ts'
import type { StoredEvent } from '../journal/store.ts'
import type { Log } from '../log.ts'
import type { Output } from '../stdio/output.ts'
import { createReadProbe } from './read-probe.ts'

/** A host that proves nothing in this time gets the same events again, labelled. */
const HOLD_MS = 2_000
/** Characters handed out at a time, so that a tool's answer stays below what hosts take; one larger event comes alone. */
export const PULL_UNITS = 48_000

export interface PulledEvent {
  readonly content: string
  readonly meta: Readonly<Record<string, string>>
  /** It may have reached a session before. */
  readonly redelivered: boolean
}

export interface Pulled {
  readonly events: readonly PulledEvent[]
  /** How many more there are. */
  readonly left: number
  /** How events get to this session otherwise: not at all, sent to a host that may drop them, or by a host that says so. */
  readonly otherwise: 'not' | 'sent' | 'registered'
  /** Other processes that have the channel, whose events go to their sessions. */
  readonly holders: readonly NonNullable<JournalReport['holder']>[]
}

export interface Pull {
  /** At most `most` events, oldest first. Creates nothing where there is no journal. @throws BackchannelError `journal-unavailable` */
  take(most: number): Pulled
  /** An answer of the host to a request of ours. */
  answered(id: string | number): void
  /** Lets go of every journal; its locks are free when this returns. May be called again. */
  close(): Promise<void>
}

interface Held {
  readonly journal: Journal
  /** The last one handed out. */
  cursor: number
  release(): void
}

export function createPull(directory: string, output: Output, log: Log): Pull {
  const held = new Map<string, Held>()
  /** What was handed out, by the number it got for the probe: the oldest first. */
  const unread = new Map<number, () => void>()
  let handed = 0
  let timer: NodeJS.Timeout | undefined

  const probe = createReadProbe(
    output,
    (upTo) => {
      for (const [number, markRead] of unread) {
        if (number > upTo) break
        markRead()
        unread.delete(number)
      }
      if (unread.size === 0) void letGo()
    },
    'pulled',
  )
  const letGo = async (): Promise<void> => {
    clearTimeout(timer)
    unread.clear()
    const journals = [...held.values()]
    held.clear()
    // What is marked is written before the first of these returns, so the lock may go at once.
    const closing = journals.map(({ journal }) => journal.close())
    for (const { release } of journals) release()
    await Promise.allSettled(closing)
  }
  const hold = (name: string): Held | undefined => {
    const known = held.get(name)
    if (known !== undefined) return known
    if (!takeLock(directory, name)) return undefined
    const release = () => releaseLock(directory, name)
    try {
      const journal = openJournal({
        file: journalPath(directory, name),
        durability: 'process',
        keepClosed: Number.POSITIVE_INFINITY,
        mostOpen: Number.POSITIVE_INFINITY,
        onLost() {
          held.delete(name)
          release()
        },
        claim: () => 0,
        offer() {},
        report: (level, message) => log[level](message),
        now: () => Date.now(),
      })
      const opened = { journal, cursor: 0, release }
      held.set(name, opened)
      return opened
    } catch (thrown) {
      release()
      throw thrown
    }
  }
  const hand = ({ journal }: Held, event: StoredEvent): PulledEvent => {
    handed += 1
    unread.set(handed, () => journal.mark(event.eventId, 'read', { close: true }))
    probe.sent(handed)
    return { content: event.content, meta: event.meta, redelivered: event.state !== 'stored' }
  }

  return {
    take(most) {
      const events: PulledEvent[] = []
      const holders: Pulled['holders'][number][] = []
      let left = 0
      let units = 0
      let problem: unknown
      for (const name of slotNames()) {
        if (!existsSync(journalPath(directory, name))) continue
        try {
          const own = hold(name)
          if (own === undefined) {
            const holder = readOwner(directory, name)
            if (holder) holders.push(holder)
            continue
          }
          const next = fitting(own.journal.store.openAfter(own.cursor, most - events.length), units)
          units += next.units
          for (const event of next.count === 0 ? [] : own.journal.takeOpen(own.cursor, next.count)) {
            own.cursor = event.seq
            events.push(hand(own, event))
          }
          left += own.journal.store.openCountAfter(own.cursor)
        } catch (thrown) {
          problem = unavailable(journalPath(directory, name), thrown)
          log.warn(toError(problem).message)
        }
      }
      clearTimeout(timer)
      if (unread.size === 0) void letGo()
      else timer = setTimeout(letGo, HOLD_MS).unref()
      if (problem !== undefined && events.length === 0) throw problem
      return { events, left, holders, otherwise: 'not' }
    },
    answered: (id) => probe.answered(id),
    close: letGo,
  }
}

/** How many of the events fit into one answer, of which so many units are used already. */
export function fitting(events: readonly StoredEvent[], used = 0): { readonly count: number; readonly units: number } {
  let units = 0
  let count = 0
  for (const { content, meta } of events) {
    const size = content.length + JSON.stringify(meta).length
    if (used + units > 0 && used + units + size > PULL_UNITS) break
    units += size
    count += 1
  }
  return { count, units }
}
