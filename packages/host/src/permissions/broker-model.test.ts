/**
 * Any order of requests, answers, losses and ends: never two outcomes of a request, never an answer without its outcome, never
 * an outcome that nobody's answer gave, and never an allow by anybody who was not asked.
 */
import type { PermissionRequest } from '@backchannel/protocol'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { RelayLink } from '../channels/relay-link.ts'
import { type Broker, createBroker } from './broker.ts'
import type { Outcome } from './broker-types.ts'

type Behavior = 'allow' | 'deny'
interface Given {
  /** Of which request, by the order of asking; past the last one an id that was never given out. */
  readonly at: number
  readonly behavior: Behavior
  readonly scope: 'session' | undefined
}
type Step =
  | { readonly do: 'ask'; readonly command: number }
  | ({ readonly do: 'answer' } & Given)
  | ({ readonly do: 'verdict'; readonly link: number } & Given)
  | { readonly do: 'open' | 'lose'; readonly link: number }
  | { readonly do: 'operator'; readonly there: boolean }
  | { readonly do: 'interrupt' | 'change'; readonly at: number }
  | { readonly do: 'records'; readonly failing: boolean }
  | { readonly do: 'settle' | 'forget' | 'close' }
  | { readonly do: 'wait'; readonly ms: number }

const LINKS = 3
const EXPIRE_MS = 1_000
const GRACE_MS = 300

const given = {
  at: fc.nat(12),
  behavior: fc.constantFrom<Behavior>('allow', 'deny'),
  scope: fc.constantFrom('session' as const, undefined),
}
const link = fc.nat(LINKS - 1)
const does = <Do extends Step['do'], More extends object>(
  name: Do,
  more: { [Key in keyof More]: fc.Arbitrary<More[Key]> },
) => fc.record({ do: fc.constant(name), ...more }) as fc.Arbitrary<{ do: Do } & More>
const step: fc.Arbitrary<Step> = fc.oneof(
  // Few commands, so that what was allowed for the session comes again.
  { weight: 6, arbitrary: does('ask', { command: fc.nat(3) }) },
  { weight: 4, arbitrary: does('answer', given) },
  { weight: 6, arbitrary: does('verdict', { link, ...given }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('open' as const, 'lose' as const), link }) },
  { weight: 1, arbitrary: does('operator', { there: fc.boolean() }) },
  { weight: 1, arbitrary: does('interrupt', { at: given.at }) },
  { weight: 1, arbitrary: does('change', { at: given.at }) },
  { weight: 1, arbitrary: does('records', { failing: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('forget' as const, 'settle' as const) }) },
  { weight: 1, arbitrary: does('wait', { ms: fc.constantFrom(GRACE_MS, EXPIRE_MS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('close' as const, 'settle' as const, 'settle' as const) }) },
)

interface Asked {
  readonly controller: AbortController
  readonly command: string
  readonly input: Record<string, unknown>
  readonly outcomes: Outcome[]
  readonly requestId: string | undefined
  readonly askedAt: number
  /** Links it was shown on. */
  readonly shown: Set<number>
  open: boolean
  changed: boolean
  /** The first answer that was taken. */
  taken: { readonly behavior: Behavior; readonly by: string; readonly scope: 'session' | undefined } | undefined
}

test('whatever happens in whatever order', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const seenOutcomes = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const world = createWorld()
      for (const one of steps) await world.run(one)
      for (const { behavior, by } of await world.finish()) seenOutcomes.add(`${behavior} ${by}`)
    }),
    { numRuns: 800 },
  )
  // What is never reached is not tested.
  for (const reached of [
    ...['allow terminal', 'allow channel 0', 'allow session', 'deny terminal', 'deny channel 0', 'deny audit'],
    ...['deny nobody-to-ask', 'expired time', 'cancelled interrupt', 'cancelled nobody-left'],
    ...['cancelled arguments-changed', 'cancelled session-ended'],
  ])
    expect([...seenOutcomes]).toContain(reached)
})

function createWorld() {
  let failing = false
  let there = true
  let closed = false
  let now = 0
  let latest: PermissionRequest | undefined
  const told = new Map<string, number>()
  const all: Asked[] = []
  const pending: Promise<void>[] = []
  const connected = new Set<number>()
  /** Commands that somebody allowed for the session, ever; and those that may be allowed now. */
  const allowedEver = new Set<string>()
  const endsTold = Array.from({ length: LINKS }, () => new Map<string, number>())
  const byId = (id: string) => all.find(({ requestId }) => requestId === id)
  const shownFirst = new Map<string, Set<number>>()

  const broker: Broker = createBroker({
    requested: (request) => {
      latest = request
      shownFirst.set(request.requestId, new Set())
    },
    resolved: (id) => void told.set(id, (told.get(id) ?? 0) + 1),
    record: async () => {
      if (failing) throw new Error('the disk is full')
    },
    canAsk: () => there,
    expireAfterMs: EXPIRE_MS,
    graceMs: GRACE_MS,
  })
  const links = Array.from(
    { length: LINKS },
    (_, index): RelayLink => ({
      source: `channel ${index}`,
      show: ({ requestId }) => void (byId(requestId)?.shown ?? shownFirst.get(requestId))?.add(index),
      resolved: ({ requestId }) => {
        const ends = endsTold[index]
        ends?.set(requestId, (ends.get(requestId) ?? 0) + 1)
      },
    }),
  )
  const linkOf = (index: number) => links[index] as RelayLink
  const canAnswer = () => there || connected.size > 0
  /** Ids are unique among those that are open. */
  const checkOpen = () => {
    const open = broker.open().map(({ requestId }) => requestId)
    expect(new Set(open).size).toBe(open.length)
    expect(new Set(open)).toEqual(new Set(all.flatMap(({ open: is, requestId }) => (is && requestId) || [])))
  }

  const ask = (command: string) => {
    latest = undefined
    const controller = new AbortController()
    const input = { command }
    const outcomes: Outcome[] = []
    const couldBeAllowed = allowedEver.has(command)
    pending.push(
      broker.ask({ tool: 'Bash', description: '', input }, controller.signal).then((outcome) => {
        outcomes.push(outcome)
        if (outcome.by === 'session') expect(couldBeAllowed).toBe(true)
      }),
    )
    const requestId = (latest as PermissionRequest | undefined)?.requestId
    if (requestId !== undefined) expect([closed, canAnswer()]).toEqual([false, true])
    const shown = shownFirst.get(requestId ?? '') ?? new Set()
    expect(shown).toEqual(requestId === undefined ? new Set() : new Set(connected))
    const rest = { changed: false, taken: undefined }
    all.push({
      controller,
      command,
      input,
      outcomes,
      requestId,
      askedAt: now,
      shown,
      open: requestId !== undefined,
      ...rest,
    })
  }
  const answer = ({ at, behavior, scope }: Given, from: number | undefined) => {
    const asked = all[at]
    const requestId = asked?.requestId ?? 'zzzzz'
    const isHeard = from === undefined || (connected.has(from) && asked?.shown.has(from) === true)
    const result =
      from === undefined
        ? broker.answer({ requestId, behavior, scope })
        : broker.verdict(linkOf(from), { requestId, behavior, ...(scope ? { scope } : {}) })
    const expected = asked?.open !== true ? 'not-open' : isHeard ? 'applied' : 'not-asked-there'
    expect(result).toBe(expected)
    if (!asked || result !== 'applied') return
    expect(asked.taken).toBeUndefined()
    asked.taken = { behavior, by: from === undefined ? 'terminal' : `channel ${from}`, scope }
    asked.open = false
    if (behavior === 'allow' && scope === 'session') allowedEver.add(asked.command)
  }
  const wait = (ms: number) => {
    const couldAnswer = canAnswer()
    vi.advanceTimersByTime(ms)
    now += ms
    const open = new Set(broker.open().map(({ requestId }) => requestId))
    for (const asked of all.filter((one) => one.open)) {
      const isOpen = open.has(asked.requestId ?? '')
      const isDue = now - asked.askedAt >= EXPIRE_MS
      if (isDue) expect(isOpen).toBe(false)
      // Nothing ends by itself before its time, as long as somebody can answer.
      else if (couldAnswer) expect(isOpen).toBe(true)
      asked.open = isOpen
    }
  }
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

  return {
    async run(one: Step) {
      switch (one.do) {
        case 'ask':
          ask(`touch ${one.command}`)
          break
        case 'answer':
          answer(one, undefined)
          break
        case 'verdict':
          answer(one, one.link)
          break
        case 'open':
          if (connected.has(one.link)) break
          connected.add(one.link)
          broker.opened(linkOf(one.link))
          for (const asked of all) if (asked.open) expect(asked.shown.has(one.link)).toBe(true)
          break
        case 'lose':
          if (!connected.delete(one.link)) break
          broker.lost(linkOf(one.link))
          for (const asked of all) if (asked.open) asked.shown.delete(one.link)
          break
        case 'operator':
          there = one.there
          broker.recheck()
          break
        case 'interrupt': {
          const asked = all[one.at]
          asked?.controller.abort()
          if (asked) asked.open = false
          break
        }
        case 'change': {
          const asked = all[one.at]
          if (!asked) break
          asked.input['command'] = 'rm -rf /'
          asked.changed = true
          break
        }
        case 'records':
          failing = one.failing
          break
        case 'forget':
          for (const { number } of broker.allowances.list()) broker.allowances.remove(number)
          expect(broker.allowances.list()).toEqual([])
          break
        case 'settle':
          await settle()
          break
        case 'wait':
          wait(one.ms)
          break
        case 'close':
          broker.close()
          closed = true
          for (const asked of all) asked.open = false
      }
      checkOpen()
    },
    async finish(): Promise<readonly Outcome[]> {
      broker.close()
      await Promise.all(pending)
      for (const asked of all) checkEnd(asked, told)
      for (const [index, ends] of endsTold.entries()) {
        // A channel hears once how a request ended, and only of those it was shown.
        for (const [id, count] of ends) expect([count, byId(id)?.shown.has(index)]).toEqual([1, true])
      }
      expect(broker.open()).toEqual([])
      for (const { tool } of broker.allowances.list()) expect(tool).toBe('Bash')
      if (allowedEver.size === 0) expect(broker.allowances.list()).toEqual([])
      return all.flatMap(({ outcomes }) => outcomes)
    },
  }
}

function checkEnd({ outcomes, taken, requestId, command, changed }: Asked, told: ReadonlyMap<string, number>): void {
  expect(outcomes).toHaveLength(1)
  const [outcome] = outcomes
  if (!outcome) return
  if (requestId !== undefined) expect(told.get(requestId)).toBe(1)
  // Whatever was changed meanwhile: what may run is what was shown.
  if (outcome.behavior === 'allow') expect(outcome.call.input).toEqual({ command })
  if (taken === undefined) {
    if (requestId === undefined && outcome.by === 'session') expect(outcome.behavior).toBe('allow')
    else if (requestId === undefined) expect(['cancelled', 'deny']).toContain(outcome.behavior)
    else expect(['cancelled', 'expired']).toContain(outcome.behavior)
  } else if (taken.behavior === 'deny') {
    expect([outcome.behavior, outcome.by, outcome.scope]).toEqual(['deny', taken.by, 'once'])
  } else if (outcome.behavior === 'allow') {
    expect([outcome.by, outcome.scope]).toEqual([taken.by, taken.scope ?? 'once'])
  } else if (outcome.by === 'arguments-changed') {
    expect([outcome.behavior, changed]).toEqual(['cancelled', true])
  } else {
    expect([outcome.behavior, outcome.by]).toEqual(['deny', 'audit'])
  }
}
