/** Sessions come, work, end and are lost in any order: each event is in one session at a time, none is lost, a repeat says so. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTempDirectory, waitFor } from '@backchannel/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OfferedEvent } from '../session-end.ts'
import { createDispatch } from './dispatch.ts'
import { openStrictJournal } from './journal.fixture.ts'
import type { SessionPort } from './seats.ts'

type Step =
  | { readonly kind: 'write'; readonly chat: string }
  | { readonly kind: 'come' | 'end' | 'lose' | 'refuse' | 'admit'; readonly id: number }
  | { readonly kind: 'work'; readonly id: number; readonly count: number }
  | { readonly kind: 'use'; readonly chat: string; readonly id: number }
  | { readonly kind: 'wait' }

const id = fc.integer({ min: 0, max: 2 })
const chat = fc.constantFrom('1', '2')
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('write' as const), chat }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('come' as const, 'end' as const, 'lose' as const), id }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('refuse' as const, 'admit' as const), id }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('work' as const), id, count: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('use' as const), chat, id }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'wait' as const }) },
)

interface FakeSession {
  readonly port: SessionPort
  readonly has: OfferedEvent[]
}

test('the model', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await using folder = await createTempDirectory()
      const current = new Map<string, string>()
      const done = new Set<string>()
      const dispatch = createDispatch({
        memory: {
          boundTo: () => undefined,
          sentBy: () => undefined,
          current: (one) => current.get(one),
          setCurrent: (one, name) => void current.set(one, name),
          noteSeen() {},
        },
        warn: (message) => expect.fail(message),
        outcome({ eventId, state }) {
          if (state === 'dropped') done.add(eventId)
        },
        waits() {},
        moved() {},
        changed() {},
        left() {},
        backMs: 5,
      })
      const journal = openStrictJournal(join(folder.path, 'journal.db'), dispatch)
      dispatch.start(journal, { receipts: true })
      const sessions = new Map<number, FakeSession>()
      const offered = new Map<string, number>()
      const refused = new Set<number>()
      let written = 0

      const come = (one: number) => {
        const has: OfferedEvent[] = []
        const port: SessionPort = {
          writable: true,
          offer(event) {
            // Only where nobody else could have it.
            if (refused.has(one)) expect([...sessions.keys()].filter((other) => !refused.has(other))).toEqual([])
            // Labelled exactly where it may have been somewhere before.
            expect(event.redelivered).toBe(offered.has(event.eventId))
            expect([...sessions.values()].flatMap((other) => other.has)).not.toContainEqual(event)
            offered.set(event.eventId, one)
            has.push(event)
          },
        }
        sessions.set(one, { port, has })
        refused.delete(one)
        dispatch.attach({ id: String(one), name: `s${one}`, pid: 1, cwd: '/' }, port, {
          unfinished: [],
          finished: [],
          takes: true,
        })
      }
      const drop = (one: number, eventId: string) =>
        dispatch.outcome(String(one), { eventId, state: 'dropped', reason: 'not-registered' })
      const work = (one: number, count: number) => {
        for (const { eventId } of sessions.get(one)?.has.splice(0, count) ?? []) {
          // Its host drops what comes; then it is done with, or another session gets it.
          if (refused.has(one)) drop(one, eventId)
          else {
            done.add(eventId)
            dispatch.outcome(String(one), { eventId, state: 'completed' })
          }
        }
      }
      for (const one of steps) {
        switch (one.kind) {
          case 'write': {
            const eventId = String(written)
            written += 1
            await journal.append({ eventId, content: eventId, meta: { chat_id: one.chat } })
            break
          }
          case 'come':
            if (!sessions.has(one.id)) come(one.id)
            break
          case 'end':
          case 'lose': {
            const port = sessions.get(one.id)?.port
            sessions.delete(one.id)
            if (port) dispatch.leave(String(one.id), port, one.kind === 'end' ? 'ended' : 'lost')
            break
          }
          case 'work':
            work(one.id, one.count)
            break
          case 'refuse':
            // Its policy has changed: what waits in the host is not let in any more, and its host says so.
            if (!sessions.has(one.id)) break
            refused.add(one.id)
            dispatch.takes(String(one.id), false)
            for (const { eventId } of sessions.get(one.id)?.has.splice(0) ?? []) drop(one.id, eventId)
            break
          case 'admit':
            refused.delete(one.id)
            dispatch.takes(String(one.id), true)
            break
          case 'use':
            current.set(one.chat, `s${one.id}`)
            dispatch.reroute()
            break
          case 'wait':
            await sleep(6)
        }
      }
      // In the end somebody is there who does it all.
      for (const one of [0, 1, 2]) if (!sessions.has(one)) come(one)
      refused.clear()
      for (const one of [0, 1, 2]) dispatch.takes(String(one), true)
      for (const one of ['1', '2']) if (!current.has(one)) current.set(one, 's0')
      dispatch.reroute()
      await waitFor(
        () => {
          for (const one of [0, 1, 2]) work(one, 100)
          return done.size === written
        },
        { what: 'everything to be done', intervalMs: 1 },
      )
      dispatch.close()
      await journal.close()
    }),
    { numRuns: 40 },
  )
})
