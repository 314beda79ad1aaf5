/**
 * The journal against a plain list of what should be in it, under any order of events, repeated deliveries, marks,
 * offers, folds, deletions, ends and kills. A kill is a copy of the file and its log as they are at that moment.
 */
import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createTempDirectory } from '@backchannel/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openTestJournal, type TestJournal } from '../fixtures/journals.ts'
import { type EventState, STATES } from './schema.ts'
import type { StoredEvent } from './store.ts'

type Step =
  /** Events in one group; `claim` of them are offered at once, and a small `delivery` comes again now and then. */
  | { readonly do: 'append'; readonly deliveries: readonly (number | null)[]; readonly claim: number }
  | { readonly do: 'take'; readonly limit: number }
  | { readonly do: 'rewind' }
  | { readonly do: 'mark'; readonly which: number; readonly state: EventState }
  | { readonly do: 'fold' | 'sweep' | 'close' | 'kill' }

const KEEP = 6
const MOST_OPEN = 25

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        deliveries: fc.array(fc.option(fc.nat(30)), { minLength: 1, maxLength: 8 }),
        claim: fc.nat(8),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('take' as const), limit: fc.integer({ min: 1, max: 10 }) }) },
    { weight: 1, arbitrary: fc.constant({ do: 'rewind' as const }) },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('mark' as const),
        which: fc.nat(),
        state: fc.constantFrom<EventState>('read', 'started', 'completed', 'failed', 'dropped'),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom('fold' as const, 'sweep' as const, 'close' as const, 'kill' as const),
      }),
    },
  ),
  { minLength: 5, maxLength: 40 },
)

interface Known {
  seq: number
  id: string
  delivery: string | null
  state: EventState
  closed: boolean
}
const CLOSING: readonly EventState[] = ['completed', 'failed', 'dropped']
const later = (one: EventState, other: EventState) => STATES.indexOf(one) > STATES.indexOf(other)

test('holds what a list of it would', async () => {
  await using folder = await createTempDirectory()
  let run = 0
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      run += 1
      const world = createWorld(join(folder.path, `${run}`))
      try {
        for (const step of plan) {
          await world.take(step)
          world.check()
        }
      } finally {
        await world.close()
        for (const name of readdirSync(folder.path)) rmSync(join(folder.path, name), { force: true })
      }
    }),
    { numRuns: 60 },
  )
}, 60_000)

function createWorld(path: string) {
  let generation = 0
  let file = `${path}.db`
  let claim = 0
  let model: Known[] = []
  let cursor = 0
  let made = 0
  let sweptTo = 0
  let roundTo = 0
  const open = (): TestJournal =>
    openTestJournal(file, {
      keepClosed: Number.POSITIVE_INFINITY,
      mostOpen: MOST_OPEN,
      claim: (count) => Math.min(count, claim),
    })
  let test = open()
  const connect = () => new DatabaseSync(file)
  let reader = connect()

  const waiting = () => model.filter(({ closed }) => !closed)
  const shape = ({ seq, eventId, state }: StoredEvent) => ({ seq, id: eventId, state })
  const append = async ({ deliveries, claim: most }: Step & { do: 'append' }) => {
    claim = most
    const offeredBefore = test.offered.length
    const group = deliveries.map((delivery) => {
      made += 1
      return { id: `e${made}`, delivery: delivery === null ? null : `d${delivery}` }
    })
    const answers = await Promise.allSettled(
      group.map(({ id, delivery }) =>
        test.journal.append({
          eventId: id,
          content: `content of ${id}`,
          meta: { id },
          ...(delivery === null ? {} : { deliveryId: delivery }),
        }),
      ),
    )
    const fresh: Known[] = []
    for (const [at, { id, delivery }] of group.entries()) {
      const answer = answers[at]
      const first = delivery === null ? undefined : model.find((one) => one.delivery === delivery)
      if (answer?.status !== 'fulfilled') {
        expect(answer?.reason).toMatchObject({ code: 'journal-full' })
        expect([waiting().length, first]).toEqual([MOST_OPEN, undefined])
        continue
      }
      expect(answer.value.duplicate).toBe(first !== undefined)
      expect(answer.value.stored.eventId).toBe(first?.id ?? id)
      if (first !== undefined) continue
      const state = fresh.length < Math.min(most, group.length) ? 'offered' : 'stored'
      const event: Known = { seq: (model.at(-1)?.seq ?? 0) + 1, id, delivery, state, closed: false }
      model.push(event)
      fresh.push(event)
    }
    // Offered exactly what is written as offered, in order.
    expect(test.offered.slice(offeredBefore).map(({ eventId }) => eventId)).toEqual(
      fresh.filter(({ state }) => state === 'offered').map(({ id }) => id),
    )
  }
  const mark = async ({ which, state }: Step & { do: 'mark' }) => {
    const event = model[which % Math.max(1, model.length)]
    if (event === undefined) return
    const close = CLOSING.includes(state)
    test.journal.mark(event.id, state, { close })
    // Written with the next group: one that stores nothing is of a delivery that is known.
    await flushMarks()
    if (event.closed || !(close || later(state, event.state))) return
    event.state = state
    event.closed = close
  }
  const flushMarks = () => test.journal.append({ eventId: model[0]?.id ?? '', content: '', meta: {} }).catch(() => {})
  const sweep = () => {
    const first = model.find(({ seq }) => seq > sweptTo)?.seq
    if (sweptTo === 0) roundTo = (model.at(-1)?.seq ?? 0) - KEEP
    expect(test.journal.store.deleteClosed(KEEP, 10)).toBe(first !== undefined && first <= roundTo)
    if (first === undefined || first > roundTo) {
      sweptTo = 0
      return
    }
    sweptTo = Math.min(roundTo, first + 9)
    model = model.filter(({ seq, closed }) => !(closed && seq >= first && seq <= sweptTo))
  }
  const reopen = () => {
    reader.close()
    test = open()
    reader = connect()
    cursor = 0
    sweptTo = 0
  }
  return {
    async take(step: Step) {
      switch (step.do) {
        case 'append':
          return append(step)
        case 'mark':
          return mark(step)
        case 'take': {
          const expected = waiting()
            .filter(({ seq }) => seq > cursor)
            .slice(0, step.limit)
          expect(test.journal.takeOpen(cursor, step.limit).map(shape)).toEqual(
            expected.map(({ seq, id, state }) => ({ seq, id, state })),
          )
          for (const event of expected) if (event.state === 'stored') event.state = 'offered'
          cursor = expected.at(-1)?.seq ?? cursor
          return
        }
        case 'rewind':
          cursor = 0
          return
        case 'sweep':
          return sweep()
        case 'fold':
          reader.exec('PRAGMA wal_checkpoint(PASSIVE)')
          return
        case 'close':
          await test.journal.close()
          return reopen()
        case 'kill': {
          const killed = test
          const from = file
          generation += 1
          file = `${path}-${generation}.db`
          for (const part of ['', '-wal'])
            if (existsSync(`${from}${part}`)) copyFileSync(`${from}${part}`, `${file}${part}`)
          reopen()
          await killed.journal.close()
        }
      }
    },
    check() {
      const rows = reader
        .prepare('SELECT seq, event_id, delivery_id, content, meta, state, closed_at FROM events ORDER BY seq')
        .all()
      expect(rows.map((row) => ({ ...row, closed_at: row['closed_at'] !== null }))).toEqual(
        model.map(({ seq, id, delivery, state, closed }) => ({
          seq,
          event_id: id,
          delivery_id: delivery,
          content: `content of ${id}`,
          meta: JSON.stringify({ id }),
          state: STATES.indexOf(state),
          closed_at: closed,
        })),
      )
      expect(test.journal.store.openCount()).toBe(waiting().length)
      expect(test.reports.filter((line) => !line.includes('events wait already'))).toEqual([])
    },
    async close() {
      reader.close()
      await test.journal.close()
    },
  }
}
