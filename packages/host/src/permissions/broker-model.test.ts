/**
 * Any order of requests, answers, losses and ends: never two outcomes of a request, never an answer without an outcome, never
 * an allow that nobody gave who was asked.
 */
import type { PermissionRequest } from '@backchannel/protocol'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { RelayLink } from '../channels/relay-link.ts'
import { createBroker } from './broker.ts'
import type { Outcome } from './broker-types.ts'

type Step =
  | { readonly do: 'ask' }
  | { readonly do: 'answer'; readonly at: number; readonly behavior: 'allow' | 'deny' }
  | { readonly do: 'verdict'; readonly link: number; readonly at: number; readonly behavior: 'allow' | 'deny' }
  | { readonly do: 'open' | 'lose'; readonly link: number }
  | { readonly do: 'interrupt'; readonly at: number }
  | { readonly do: 'change'; readonly at: number }
  | { readonly do: 'fail-records'; readonly failing: boolean }
  | { readonly do: 'expire' }
  | { readonly do: 'close' }

const at = fc.nat(12)
const link = fc.nat(2)
const behavior = fc.constantFrom('allow' as const, 'deny' as const)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ask' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('answer' as const), at, behavior }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('verdict' as const), link, at, behavior }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('open' as const, 'lose' as const), link }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('interrupt' as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('change' as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail-records' as const), failing: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const) }) },
)

const EXPIRE_MS = 1_000

interface Asked {
  readonly controller: AbortController
  readonly input: Record<string, unknown>
  readonly outcomes: Outcome[]
  requestId: string | undefined
  /** The first answer that was taken, by whom. */
  taken: { readonly behavior: 'allow' | 'deny'; readonly by: string } | undefined
}

test('whatever happens in whatever order', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      let failing = false
      let latest: PermissionRequest | undefined
      const told = new Map<string, number>()
      const broker = createBroker({
        requested: (request) => {
          latest = request
        },
        resolved: (id) => void told.set(id, (told.get(id) ?? 0) + 1),
        record: async () => {
          if (failing) throw new Error('the disk is full')
        },
        canAsk: () => true,
        expireAfterMs: EXPIRE_MS,
      })
      const seen = [new Set<string>(), new Set<string>(), new Set<string>()]
      const make = (source: string, shown: Set<string>): RelayLink => ({
        source,
        show: ({ requestId }) => void shown.add(requestId),
        resolved: () => {},
      })
      const links = seen.map((shown, index) => make(`channel ${index}`, shown))
      const connected = new Set<number>()
      const all: Asked[] = []
      const pending: Promise<void>[] = []

      for (const one of steps) {
        if (one.do === 'ask') {
          const asked: Asked = {
            controller: new AbortController(),
            input: { command: `touch ${all.length}` },
            outcomes: [],
            requestId: undefined,
            taken: undefined,
          }
          all.push(asked)
          latest = undefined
          const call = { tool: 'Bash', description: '', input: asked.input }
          pending.push(broker.ask(call, asked.controller.signal).then((outcome) => void asked.outcomes.push(outcome)))
          asked.requestId = (latest as PermissionRequest | undefined)?.requestId
        } else if (one.do === 'answer' || one.do === 'verdict') {
          const asked = all[one.at]
          // An id that was never given out, where there is no such request.
          const requestId = asked?.requestId ?? 'zzzzz'
          const { behavior: given } = one
          const from = one.do === 'verdict' ? (links[one.link] as RelayLink) : undefined
          const result = from
            ? broker.verdict(from, { requestId, behavior: given })
            : broker.answer({ requestId, behavior: given })
          if (result === 'applied') {
            expect(asked?.taken).toBeUndefined()
            if (one.do === 'verdict') {
              expect(connected.has(one.link)).toBe(true)
              expect(seen[one.link]?.has(requestId)).toBe(true)
            }
            if (asked) asked.taken = { behavior: given, by: from?.source ?? 'terminal' }
          }
        } else if (one.do === 'open' && !connected.has(one.link)) {
          connected.add(one.link)
          broker.opened(links[one.link] as RelayLink)
        } else if (one.do === 'lose' && connected.delete(one.link)) {
          broker.lost(links[one.link] as RelayLink)
        } else if (one.do === 'interrupt') {
          all[one.at]?.controller.abort()
        } else if (one.do === 'change') {
          const asked = all[one.at]
          if (asked) asked.input['command'] = 'rm -rf /'
        } else if (one.do === 'fail-records') {
          failing = one.failing
        } else if (one.do === 'expire') {
          vi.advanceTimersByTime(EXPIRE_MS)
          expect(broker.open()).toEqual([])
        } else if (one.do === 'close') {
          broker.close()
        }
      }
      broker.close()
      await Promise.all(pending)

      for (const [index, { outcomes, taken, requestId }] of all.entries()) {
        expect(outcomes).toHaveLength(1)
        const [outcome] = outcomes
        if (requestId !== undefined) expect(told.get(requestId)).toBe(1)
        if (taken === undefined) expect(['cancelled', 'expired']).toContain(outcome?.behavior)
        if (outcome?.behavior === 'allow') {
          expect(taken).toEqual({ behavior: 'allow', by: outcome.by })
          expect(outcome.call.input).toEqual({ command: `touch ${index}` })
        }
      }
      expect(broker.open()).toEqual([])
    }),
    { numRuns: 500 },
  )
})
