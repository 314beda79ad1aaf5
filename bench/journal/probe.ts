/** The process that times the journal: fills it up to a number of events, then works on it as a channel does. */
import { createOrderedId } from '../../packages/channel/src/events/ordered-id.ts'
import { type Journal, openJournal } from '../../packages/channel/src/journal/journal.ts'
import { openJournalDatabase } from '../../packages/channel/src/journal/open.ts'
import { median } from '../statistics.ts'
import type { Task, Times } from './operations.ts'

const GROUP = 64
const ALONE = 100
const GROUPS = 8
const DELETED = 500
/** Events in one transaction while the journal is filled. */
const FILLED = 20_000
const CONTENT =
  'build failed on main: 3 of 212 tests, first of them "keeps the order of events"; see https://ci.example.com/run/1234 for the log and the artefacts of this run, and ask before you start it again'
const META = { path: '/bench', method: 'POST' }

const task = JSON.parse(process.argv[2] ?? '{}') as Task

/** As in life: our ids in their order, those of sources at random. */
function createEvent(): { eventId: string; deliveryId: string; content: string; meta: Record<string, string> } {
  return { eventId: createOrderedId(), deliveryId: `delivery-${crypto.randomUUID()}`, content: CONTENT, meta: META }
}

function open(): Journal {
  return openJournal({
    file: task.file,
    durability: task.durability,
    // Nothing is deleted but by us.
    keepClosed: 1_000_000_000,
    mostOpen: 1_000_000,
    onLost: () => process.exit(1),
    claim: () => 0,
    offer: () => {},
    report: (_level, message) => process.stderr.write(`${message}\n`),
    now: Date.now,
  })
}

/** With settings of its own: durability and little memory are what takes time, and nobody waits for these events. */
function fill(stored: number): void {
  const { database, store } = openJournalDatabase(task.file, Date.now)
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA wal_autocheckpoint = 50000')
  const counted = database.prepare('SELECT count(*) AS count FROM events').get() as { count: number }
  for (let present = counted.count; present < stored; present += FILLED) {
    store.transaction(() => {
      for (let event = present; event < Math.min(stored, present + FILLED); event += 1) {
        const { eventId } = store.insert(createEvent(), 'offered').stored
        store.mark(eventId, 'completed', undefined, true)
      }
    })
  }
  store.close()
}

async function timed(work: () => unknown): Promise<number> {
  const from = performance.now()
  await work()
  return (performance.now() - from) * 1000
}

/** The transaction that the journal writes them in with the next group, or a moment later. */
function mark(journal: Journal, eventIds: readonly string[]): number {
  const { store } = journal
  const from = performance.now()
  store.transaction(() => {
    for (const eventId of eventIds) store.mark(eventId, 'completed', undefined, true)
  })
  const took = performance.now() - from
  if (store.find(eventIds.at(-1) ?? '')?.state !== 'completed') throw new Error('a mark was not written')
  return took * 1000
}

async function measure(journal: Journal, times: Record<keyof Times, number[]>): Promise<void> {
  const ids: string[] = []
  const append = async () => {
    const event = createEvent()
    ids.push(event.eventId)
    await journal.append(event)
  }
  const first = createEvent()
  ids.push(first.eventId)
  const { seq: newest } = (await journal.append(first)).stored

  for (let each = 0; each < ALONE; each += 1) times.appendOne.push(await timed(append))
  for (let group = 0; group < GROUPS; group += 1) {
    times.appendGroup.push((await timed(() => Promise.all(Array.from({ length: GROUP }, append)))) / GROUP)
  }
  for (let group = 0, after = newest; group < GROUPS; group += 1) {
    const from = performance.now()
    const events = journal.takeOpen(after, GROUP)
    times.takeOpen.push((performance.now() - from) * 1000)
    after = events.at(-1)?.seq ?? after
    if (events.length !== GROUP) throw new Error(`${events.length} open events were taken, not ${GROUP}`)
  }
  for (const id of ids.slice(0, ALONE)) times.markOne.push(mark(journal, [id]))
  for (let from = ALONE; from < ids.length; from += GROUP) {
    const group = ids.slice(from, from + GROUP)
    times.markGroup.push(mark(journal, group) / group.length)
  }
  // Back to the number of events there were, so that each repeat finds as many.
  const from = performance.now()
  journal.store.deleteClosed(0, DELETED)
  times.deleteMany.push((performance.now() - from) * 1000)
  journal.store.deleteClosed(0, ids.length - DELETED)
}

fill(task.stored)

const times: Record<keyof Times, number[]> = {
  open: [],
  appendOne: [],
  appendGroup: [],
  markOne: [],
  markGroup: [],
  takeOpen: [],
  deleteMany: [],
}
for (let repeat = 0; repeat < task.repeats; repeat += 1) {
  const from = performance.now()
  const journal = open()
  times.open.push((performance.now() - from) * 1000)
  await measure(journal, times)
  await journal.close()
}
const entries = Object.entries(times).map(([key, values]) => [key, median(values)])
process.stdout.write(JSON.stringify(Object.fromEntries(entries)))
