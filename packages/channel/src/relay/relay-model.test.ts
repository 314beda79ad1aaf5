/**
 * The relay against a model, in any order of requests, verdicts, ends and removals: a verdict goes out at most once an
 * opened request, and only where an approver gave it, while it was open, in a chat where it was asked.
 */
import { createTempDirectory } from '@backchannel/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createAccess } from '../access/access.ts'
import { createLog } from '../log.ts'
import { createRelay } from './relay.ts'

const IDS = ['aaaaa', 'bbbbb', 'ccccc'] as const
const SENDERS = ['owner', 'ada', 'eve'] as const
const CHATS = ['dm-owner', 'dm-ada', 'group'] as const

const id = fc.constantFrom(...IDS)
const place = { sender: fc.constantFrom(...SENDERS), chat: fc.constantFrom(...CHATS) }
const behavior = fc.constantFrom('allow' as const, 'deny' as const)
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('request' as const), id, origin: fc.option(fc.constantFrom(...CHATS)) }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('verdict' as const), id, behavior, ...place }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('typed' as const), id, behavior, ...place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resolved' as const), id, behavior }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('disconnect' as const) }) },
)

it.each([
  ['our host', true],
  ['a stock host', false],
])('in %s', async (_, extended) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.scheduler(), async (steps, scheduler) => {
      await using folder = await createTempDirectory()
      const log = createLog('chat', () => {})
      // The list stays in memory, so that each run costs no more than two writes.
      const access = createAccess({ directory: folder.path, name: 'chat', grants: 'approver', operatorWord: true, log })
      await access.approvers.add({ sender: 'owner', chat: 'dm-owner' })
      await access.approvers.add({ sender: 'ada', chat: 'dm-ada' })
      const ending = new AbortController()
      const approvers = new Set(['owner', 'ada'])
      /** By id, the chat where the open one was asked; gone once it has ended or was answered. */
      const model = new Map<string, string>()
      const sent: string[] = []
      const due: string[] = []
      const relay = createRelay({
        approvers: access.approvers,
        // Platforms answer in any order.
        handlers: { ask: () => scheduler.schedule(Promise.resolve()), resolve: () => {} },
        source: 'chat',
        extended,
        control: extended,
        log,
        signal: ending.signal,
        notify: (_method, { request_id, behavior: said }) => sent.push(`${request_id} ${said}`),
      })
      const showing: Promise<void>[] = []
      const expectVerdict = (one: { id: string; behavior: string; sender: string; chat: string }): boolean => {
        const counts = !ending.signal.aborted && model.get(one.id) === one.chat && approvers.has(one.sender)
        if (counts) {
          due.push(`${one.id} ${one.behavior}`)
          model.delete(one.id)
        }
        return counts
      }
      for (const one of steps) {
        switch (one.kind) {
          case 'request': {
            const origin = one.origin === null ? {} : { origin: { source: 'chat', chat_id: one.origin, event_id: 'e' } }
            const shown = { tool_name: 'Bash', description: 'd', input_preview: '{}' }
            showing.push(relay.request({ request_id: one.id, ...shown, ...origin }))
            const direct = one.origin === 'dm-ada' && approvers.has('ada') && extended
            model.set(one.id, direct ? 'dm-ada' : 'dm-owner')
            break
          }
          case 'verdict': {
            const counts = expectVerdict(one)
            expect((await relay.verdict({ ...one, requestId: one.id })) === 'passed').toBe(counts)
            break
          }
          case 'typed': {
            const place = { sender: one.sender, chat: one.chat }
            const text = `${one.behavior === 'allow' ? 'YES' : 'n'} ${one.id.toUpperCase()}`
            const found = await relay.typed(text, place)
            const counts = expectVerdict(one)
            expect(found !== undefined).toBe(counts)
            if (found) expect(await relay.verdict({ ...found, ...place })).toBe('passed')
            break
          }
          case 'resolved':
            showing.push(relay.resolved({ request_id: one.id, outcome: one.behavior, by: 'terminal' }))
            if (extended) model.delete(one.id)
            break
          case 'remove':
            await access.approvers.remove('ada')
            approvers.delete('ada')
            break
          case 'disconnect':
            ending.abort()
        }
        // What was asked is open from here on; whether it was shown by now is up to the platform.
        await settle()
      }
      expect(sent).toEqual(due)
      await scheduler.waitFor(Promise.all(showing))
    }),
    { numRuns: 60 },
  )
})

/** Lets everything run that waits for nothing but its turn. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

it('verdicts given at the same moment: one goes out, and never that of a stranger', async () => {
  await using folder = await createTempDirectory()
  const log = createLog('chat', () => {})
  const access = createAccess({ directory: folder.path, name: 'chat', grants: 'approver', operatorWord: false, log })
  await access.approvers.add({ sender: 'owner', chat: 'dm-owner' })
  const sent: unknown[] = []
  const relay = createRelay({
    approvers: access.approvers,
    handlers: { ask() {}, resolve() {} },
    source: 'chat',
    extended: true,
    control: true,
    log,
    signal: new AbortController().signal,
    notify: (_method, params) => sent.push(params),
  })
  const ids = Array.from(
    { length: 200 },
    (_, at) => `${'abcdefghij'[at % 10]}${'kmnopqrstu'[Math.floor(at / 10) % 10]}zz${'ab'[Math.floor(at / 100)]}`,
  )
  await Promise.all(
    ids.map((requestId) =>
      relay.request({ request_id: requestId, tool_name: 'Bash', description: 'd', input_preview: '{}' }),
    ),
  )
  expect(await relay.open({ sender: 'owner', chat: 'dm-owner' })).toHaveLength(200)
  const verdicts = ids.flatMap((requestId) =>
    (['eve', 'owner', 'owner'] as const).map((sender) =>
      relay.verdict({ requestId, behavior: sender === 'eve' ? 'allow' : 'deny', sender, chat: 'dm-owner' }),
    ),
  )
  const results = await Promise.all(verdicts)
  expect(results.filter((result) => result === 'passed')).toHaveLength(200)
  expect(sent).toHaveLength(200)
  expect(sent.every((params) => (params as { behavior: string }).behavior === 'deny')).toBe(true)
})
