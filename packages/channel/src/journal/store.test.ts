/** What a journal costs: every statement goes by an index, and what is kept is bounded, so that the cost stays flat. */
import { join } from 'node:path'
import { createTempDirectory, type TempDirectory, waitFor } from '@backchannel/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openTestJournal } from '../fixtures/journals.ts'
import { openJournalDatabase } from './open.ts'
import { STATEMENTS } from './statements.ts'

let folder: TempDirectory
let file: string
beforeEach(async () => {
  folder = await createTempDirectory()
  file = join(folder.path, 'journal.db')
})
afterEach(() => folder.remove())

describe('each statement', () => {
  /** How SQLite goes about each: the steps that touch a table. */
  const PLANS: Readonly<Record<string, readonly string[]>> = {
    insert: [],
    byDelivery: ['SEARCH events USING INDEX events_by_delivery (delivery_id=?)'],
    byId: ['SEARCH events USING INDEX sqlite_autoindex_events_1 (event_id=?)'],
    update: ['SEARCH events USING INDEX sqlite_autoindex_events_1 (event_id=?)'],
    read: ['SEARCH events USING INDEX events_open (seq>? AND seq<?)'],
    fact: [],
    openAfter: ['SEARCH events USING INDEX events_open (seq>?)'],
    // Once, when the journal is opened: the index holds the open ones only.
    openCount: ['SCAN events USING INDEX events_open'],
    openCountAfter: ['SEARCH events USING INDEX events_open (seq>?)'],
    sentBetween: ['SEARCH events USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)'],
    sentCount: ['SEARCH events USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)'],
    bounds: ['SEARCH events USING INTEGER PRIMARY KEY (rowid>?)', 'SEARCH events'],
    remove: ['SEARCH events USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)'],
    begin: [],
    commit: [],
  }

  test('is here', () => {
    expect(Object.keys(PLANS)).toEqual(Object.keys(STATEMENTS))
  })

  test.each(Object.entries(STATEMENTS))('%s goes by an index', (name, sql) => {
    const { database, store } = openJournalDatabase(file, Date.now)
    store.transaction(() => {
      for (let at = 0; at < 200; at += 1) {
        store.insert({ eventId: `${at}`, deliveryId: `d${at}`, content: 'x', meta: {} }, 'stored')
        if (at % 10 > 0) store.mark(`${at}`, 'completed', undefined, true)
      }
    })
    const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]
    expect(steps.map(({ detail }) => detail).filter((detail) => detail.includes('events'))).toEqual(PLANS[name])
    store.close()
  })
})

describe('retention', () => {
  test('keeps what waits, the newest that are finished, and goes on deleting', async () => {
    const { journal, append } = openTestJournal(file, { keepClosed: 50 })
    let next = 0
    const kept = () =>
      Array.from({ length: next }, (_, at) => at).filter((at) => journal.store.find(`event-${at}`) !== undefined)
    const pass = async (count: number) => {
      for (const end = next + count; next < end; next += 1) {
        await append(`event ${next}`)
        if (next !== 3 && next !== 400) journal.mark(`event-${next}`, 'completed', { close: true })
      }
    }
    /** Looked for every 64 writes, of which an event and its mark are two at most. */
    const bound = 50 + 128
    await pass(800)
    await waitFor(() => kept().length <= bound, { what: 'the old ones to be deleted' })
    expect(kept().slice(0, 2)).toEqual([3, 400])
    const newest = kept().slice(2)
    expect(newest.length).toBeGreaterThanOrEqual(50)
    expect(newest).toEqual(Array.from({ length: newest.length }, (_, at) => 800 - newest.length + at))
    // What was waiting then is finished now: it goes with a later round.
    for (const at of [3, 400]) journal.mark(`event-${at}`, 'completed', { close: true })
    const goesOn = async () => {
      await pass(10)
      return (kept()[0] ?? 0) > 800
    }
    await waitFor(goesOn, { what: 'the rest to be deleted' })
    expect(kept().length).toBeLessThanOrEqual(bound)
    await journal.close()
  })

  test('stops at the bound of what may wait, with a hint, and takes again once something was finished', async () => {
    const { journal, append, outcome, reports } = openTestJournal(file, { mostOpen: 5 })
    // In one group: as many as there is room for.
    const answers = await Promise.all(Array.from({ length: 7 }, (_, at) => outcome(`event ${at}`)))
    expect(answers).toEqual([...Array(5).fill('stored'), 'journal-full', 'journal-full'])
    // One that is known is known.
    expect((await append('event 4')).duplicate).toBe(true)
    await expect(append('event 7')).rejects.toMatchObject({ hint: expect.stringContaining('backchannel doctor') })
    expect(reports).toHaveLength(1)
    journal.mark('event-2', 'dropped', { close: true, reason: 'too-large' })
    expect(await outcome('event 8')).toBe('stored')
    expect(await outcome('event 9')).toBe('journal-full')
    await journal.close()
  })
})
