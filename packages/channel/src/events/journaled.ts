/** The path of a channel with a journal: an event is stored, then acknowledged, then offered until a session is done with it. */
import { mkdirSync } from 'node:fs'
import { BackchannelError, renderError } from '@backchannel/protocol'
import type { JournalSettings } from '../define.ts'
import { type Durability, type Journal, openJournal } from '../journal/journal.ts'
import { unavailable } from '../journal/open.ts'
import { type Slot, takeSlot } from '../journal/slot.ts'
import type { Log } from '../log.ts'
import type { Output } from '../stdio/output.ts'
import { createDelivery } from './delivery.ts'
import { assertEvent } from './event-line.ts'
import { createOrderedId } from './ordered-id.ts'
import { type EventPath, ended, notRegistered } from './path.ts'

/** Closed events kept, for history and for recognising a repeated delivery. */
export const KEPT_EVENTS = 10_000
/** Open events that may wait for a session. */
export const WAITING_EVENTS = 1_000_000

/** Overrides the channel's own setting: `process` or `power`. */
export const DURABILITY_VARIABLE = 'BACKCHANNEL_DURABILITY'

export function createJournaledPath(settings: JournalSettings, output: Output, log: Log): EventPath {
  const delivery = createDelivery(output, (message) => log.warn(message))
  let session: { receipts: boolean; source: string } | undefined
  let slot: Slot | undefined
  let journal: Journal | undefined
  let damaged = false
  let closed = false

  const open = (): Journal => {
    slot ??= openSlot(settings.directory, session?.source ?? '')
    const opened = openJournal({
      file: slot.file,
      durability: durability(settings),
      keepClosed: KEPT_EVENTS,
      mostOpen: WAITING_EVENTS,
      damaged,
      onDamage() {
        damaged = true
        journal = undefined
        delivery.pause()
        void opened.close().catch(() => {})
      },
      claim: (count) => delivery.claim(count),
      offer: (events) => delivery.offer(events),
      report: (level, message) => log[level](message),
      now: () => Date.now(),
    })
    damaged = false
    for (const orphan of slot.orphans()) {
      const count = opened.adopt(orphan.file)
      orphan.release()
      if (count > 0) log.info(`${count} events of an earlier session were taken over`)
    }
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

  return {
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
      try {
        ensure()
      } catch (thrown) {
        log.error(renderError(thrown))
      }
    },
    settle: (receipt) => delivery.settle(receipt),
    answered: (id) => delivery.answered(id),
    called(tool) {
      journal?.note(tool)
    },
    async close() {
      if (closed) return
      closed = true
      delivery.pause()
      await journal?.close()
      slot?.release()
    },
  }
}

function openSlot(directory: string, source: string): Slot {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    return takeSlot(directory, source)
  } catch (thrown) {
    throw BackchannelError.is(thrown) ? thrown : unavailable(directory, thrown)
  }
}

function durability(settings: JournalSettings): Durability {
  const named = process.env[DURABILITY_VARIABLE]
  if (named === 'process' || named === 'power') return named
  return settings.durability ?? 'process'
}
