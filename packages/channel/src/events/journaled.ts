/** The path of a channel with a journal: an event is stored, then acknowledged, then offered until a session is done with it. */
import { mkdirSync } from 'node:fs'
import { renderError, toError } from '@backchannel/protocol'
import type { JournalSettings } from '../define.ts'
import { type Durability, type Journal, type Mark, openJournal } from '../journal/journal.ts'
import { unavailable } from '../journal/open.ts'
import { type Slot, takeSlot } from '../journal/slot.ts'
import type { Log } from '../log.ts'
import type { Output } from '../stdio/output.ts'
import { createDelivery } from './delivery.ts'
import { assertEvent } from './event-line.ts'
import { createOrderedId } from './ordered-id.ts'
import { type EventPath, ended, notRegistered } from './path.ts'
import { createPull, type Pulled } from './pull.ts'

/** Closed events kept, for history and for recognising a repeated delivery. */
export const KEPT_EVENTS = 10_000
/** Open events that may wait for a session. */
export const WAITING_EVENTS = 1_000_000

/** A journal that can't be opened is tried again this much later, if no event comes before. */
const RETRY_MS = 5_000

/** Overrides the channel's own setting: `process` or `power`. */
export const DURABILITY_VARIABLE = 'BACKCHANNEL_DURABILITY'

export interface JournaledPath extends EventPath {
  /** What waits, for an agent that asks; see {@link Pulled}. @throws BackchannelError `journal-unavailable` */
  pull(most: number): Pulled
}

export function createJournaledPath(settings: JournalSettings, output: Output, log: Log): JournaledPath {
  const delivery = createDelivery(output, (message) => log.warn(message))
  const waiting = createPull(settings.directory, output, log)
  let session: { receipts: boolean; source: string } | undefined
  let slot: Slot | undefined
  let journal: Journal | undefined
  let damaged = false
  /** What a damaged journal could not take any more. */
  let carried: readonly Mark[] = []
  let retry: NodeJS.Timeout | undefined
  /** That it can't be opened was said already. */
  let told = false
  let closed = false

  const open = (): Journal => {
    slot ??= openSlot(settings.directory, session?.source ?? '')
    const opened = openJournal({
      file: slot.file,
      durability: durability(settings),
      keepClosed: KEPT_EVENTS,
      mostOpen: WAITING_EVENTS,
      damaged,
      onLost(why, marks) {
        damaged = why === 'damaged'
        if (why === 'gone') {
          // Its lock went with it.
          slot?.release()
          slot = undefined
        }
        journal = undefined
        carried = marks
        delivery.pause()
        // What waits in it is offered on, also where no event comes.
        tryAgain(0)
      },
      claim: (count) => delivery.claim(count),
      offer: (events) => delivery.offer(events),
      report: (level, message) => log[level](message),
      now: () => Date.now(),
    })
    damaged = false
    for (const { eventId, state, reason, close } of carried) {
      opened.mark(eventId, state, { close, ...(reason === undefined ? {} : { reason }) })
    }
    carried = []
    adoptOrphans(slot, opened, log)
    return opened
  }
  /** Opened again with every event until it works: a disk that is back needs no restart. */
  const ensure = (): Journal => {
    if (journal === undefined) {
      journal = open()
      delivery.start(journal, { receipts: session?.receipts ?? false })
    }
    return journal
  }
  /** And without one, a little later: something may wait in it. */
  const tryAgain = (delay: number) => {
    retry ??= setTimeout(() => {
      retry = undefined
      if (closed || journal !== undefined) return
      try {
        ensure()
      } catch (thrown) {
        if (!told) log.error(renderError(thrown))
        told = true
        return tryAgain(RETRY_MS)
      }
      told = false
    }, delay).unref()
  }

  const inHand = (): Journal => {
    if (closed) throw ended()
    if (session === undefined) throw notRegistered()
    return ensure()
  }

  return {
    tasks: {
      put: async (task) => inHand().tasks.put(task),
      change: async (taskId, payload) => inHand().tasks.change(taskId, payload),
      finish: async (taskId, outcome) => inHand().tasks.finish(taskId, outcome),
      open: async (kind) => inHand().tasks.open(kind),
      outcome: async (taskId) => inHand().tasks.outcome(taskId),
    },
    memory: {
      recall: async (name) => inHand().memory.recall(name),
      keep: async (name, value) => inHand().memory.keep(name, value),
    },
    takeOver() {
      if (closed || session === undefined) return
      const opened = ensure()
      if (slot) adoptOrphans(slot, opened, log)
      delivery.look()
    },
    async emit(event) {
      if (closed) throw ended()
      if (session === undefined) throw notRegistered()
      assertEvent(event)
      const { eventId = createOrderedId(), deliveryId, content, meta = {} } = event
      const given = deliveryId === undefined ? {} : { deliveryId }
      const { stored, duplicate } = await ensure().append({ eventId, content, meta, ...given })
      return { eventId: stored.eventId, duplicate }
    },
    open(options) {
      if (session !== undefined || closed) return
      session = options
      void waiting.close()
      try {
        ensure()
      } catch (thrown) {
        log.error(renderError(thrown))
        told = true
        tryAgain(RETRY_MS)
      }
    },
    settle: (receipt) => delivery.settle(receipt),
    answered(id) {
      delivery.answered(id)
      waiting.answered(id)
    },
    pull(most) {
      if (closed) throw ended()
      if (session === undefined) return waiting.take(most)
      const { store } = ensure()
      if (session.receipts) return { events: [], left: store.openCount(), otherwise: 'registered', holders: [] }
      const { events, left } = delivery.sent(most)
      const again = events.map(({ content, meta }) => ({ content, meta, redelivered: true }))
      return { events: again, left, otherwise: 'sent', holders: [] }
    },
    called(tool) {
      journal?.note(tool)
    },
    async close() {
      if (closed) return
      closed = true
      clearTimeout(retry)
      delivery.pause()
      await waiting.close()
      await journal?.close()
      slot?.release()
    },
  }
}

/** One that can't be taken over now is, later: that must not keep a session from a journal of its own. */
function adoptOrphans(slot: Slot, journal: Journal, log: Log): void {
  for (const orphan of slot.orphans()) {
    try {
      const count = journal.adopt(orphan.file)
      if (count > 0) log.info(`${count} events of an earlier session were taken over`)
    } catch (thrown) {
      log.warn(`the journal ${orphan.file} of an earlier session can't be taken over now: ${toError(thrown).message}`)
    } finally {
      orphan.release()
    }
  }
}

function openSlot(directory: string, source: string): Slot {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    return takeSlot(directory, source)
  } catch (thrown) {
    throw unavailable(directory, thrown)
  }
}

function durability(settings: JournalSettings): Durability {
  const named = process.env[DURABILITY_VARIABLE]
  if (named === 'process' || named === 'power') return named
  return settings.durability ?? 'process'
}
