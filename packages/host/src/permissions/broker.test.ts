/** The broker: first answer wins, nothing hangs, and nothing is allowed that nobody allowed. */
import type { PermissionRequest, PermissionResolved } from '@backchannel/protocol'
import { describe, expect, test, vi } from 'vitest'
import type { RelayLink } from '../channels/relay-link.ts'
import { createBroker, MOST_REQUESTS } from './broker.ts'
import type { AskedCall, BrokerOptions, Outcome } from './broker-types.ts'

interface TestLink extends RelayLink {
  readonly shown: PermissionRequest[]
  readonly told: PermissionResolved[]
}

function createLink(source: string): TestLink {
  const shown: PermissionRequest[] = []
  const told: PermissionResolved[] = []
  return { source, shown, told, show: (request) => void shown.push(request), resolved: (end) => void told.push(end) }
}

const call = (command: string): AskedCall => ({
  tool: 'Bash',
  description: 'Run shell command',
  input: { command },
  origin: { source: 'fakechat', chatId: 'c1' },
})

function setUp(options: Partial<BrokerOptions> = {}) {
  const resolved: (readonly [string, Outcome])[] = []
  const records: Outcome[] = []
  const broker = createBroker({
    requested: () => {},
    resolved: (id, outcome) => void resolved.push([id, outcome]),
    record: async (_call, _preview, outcome) => void records.push(outcome),
    canAsk: () => true,
    ...options,
  })
  const controller = new AbortController()
  const ask = (command = 'touch x', signal = controller.signal) => broker.ask(call(command), signal)
  const ids = () => broker.open().map(({ requestId }) => requestId)
  return { broker, ask, ids, controller, resolved, records }
}

/** Asking has awaited nothing before a request is open. */
const first = (ids: () => readonly string[]) => ids()[0] ?? ''

describe('a request', () => {
  test('is answered in the terminal, and the channels are told who answered', async () => {
    const { broker, ask, ids, records } = setUp()
    const [one, other] = [createLink('fakechat'), createLink('telegram')]
    broker.opened(one)
    broker.opened(other)
    const asked = ask()
    const requestId = first(ids)
    expect(one.shown).toEqual([
      {
        requestId,
        toolName: 'Bash',
        description: 'Run shell command',
        inputPreview: '{"command":"touch x"}',
        origin: { source: 'fakechat', chatId: 'c1' },
      },
    ])
    expect(broker.answer({ requestId, behavior: 'allow' })).toBe('applied')
    expect(await asked).toMatchObject({
      behavior: 'allow',
      by: 'terminal',
      scope: 'once',
      call: { input: { command: 'touch x' } },
    })
    for (const { told } of [one, other]) expect(told).toEqual([{ requestId, outcome: 'allow', by: 'terminal' }])
    expect(records).toHaveLength(1)
    expect(ids()).toEqual([])
  })

  test('is answered in a channel, and every further answer changes nothing', async () => {
    const { broker, ask, ids, resolved } = setUp()
    const [one, other] = [createLink('fakechat'), createLink('telegram')]
    broker.opened(one)
    broker.opened(other)
    const asked = ask()
    const requestId = first(ids)
    expect(broker.verdict(one, { requestId, behavior: 'deny', by: 'u1' })).toBe('applied')
    expect(broker.verdict(other, { requestId, behavior: 'allow' })).toBe('not-open')
    expect(broker.answer({ requestId, behavior: 'allow' })).toBe('not-open')
    expect(await asked).toMatchObject({ behavior: 'deny', by: 'fakechat', sender: 'u1' })
    expect(resolved).toHaveLength(1)
    expect(other.told).toEqual([{ requestId, outcome: 'deny', by: 'fakechat' }])
  })

  test('counts no answer of a channel where it was not shown', async () => {
    const { broker, ask, ids } = setUp()
    const asked = ask()
    const requestId = first(ids)
    expect(broker.verdict(createLink('stranger'), { requestId, behavior: 'allow' })).toBe('not-asked-there')
    expect(broker.verdict(createLink('stranger'), { requestId: 'zzzzz', behavior: 'allow' })).toBe('not-open')
    broker.close()
    expect(await asked).toMatchObject({ behavior: 'cancelled', by: 'session-ended' })
  })

  test('is shown to a channel that comes later, and to one that was started again; the old process counts no more', async () => {
    const { broker, ask, ids } = setUp()
    const [old, again] = [createLink('fakechat'), createLink('fakechat')]
    broker.opened(old)
    const asked = ask()
    const requestId = first(ids)
    broker.lost(old)
    broker.opened(again)
    expect(again.shown).toHaveLength(1)
    expect(broker.verdict(old, { requestId, behavior: 'allow' })).toBe('not-asked-there')
    expect(broker.verdict(again, { requestId, behavior: 'deny' })).toBe('applied')
    expect(await asked).toMatchObject({ behavior: 'deny' })
  })

  test('several are answered in any order', async () => {
    const { broker, ask, ids } = setUp()
    const asked = ['a', 'b', 'c'].map((command) => ask(command))
    const [a = '', b = '', c = ''] = ids()
    broker.answer({ requestId: c, behavior: 'deny', note: 'not c' })
    broker.answer({ requestId: a, behavior: 'allow' })
    broker.answer({ requestId: b, behavior: 'deny' })
    const outcomes = await Promise.all(asked)
    expect(outcomes.map(({ behavior }) => behavior)).toEqual(['allow', 'deny', 'deny'])
    expect(outcomes.map(({ call: { input } }) => input['command'])).toEqual(['a', 'b', 'c'])
    expect(outcomes[2]?.note).toBe('not c')
  })

  test('200 at once have ids of their own; far more are denied', async () => {
    const { broker, ask, ids } = setUp()
    const asked = Array.from({ length: MOST_REQUESTS + 10 }, (_, at) => ask(`touch ${at}`))
    expect(new Set(ids()).size).toBe(MOST_REQUESTS)
    expect(await asked.at(-1)).toMatchObject({ behavior: 'deny', by: 'too-many' })
    broker.close()
    const outcomes = await Promise.all(asked)
    expect(outcomes.filter(({ behavior }) => behavior === 'allow')).toEqual([])
  })
})

describe('a request ends without an answer', () => {
  test('by an interrupt, before and while it is open', async () => {
    const { ask, controller, ids } = setUp()
    const asked = ask()
    controller.abort()
    expect(await asked).toMatchObject({ behavior: 'cancelled', by: 'interrupt' })
    expect(await ask()).toMatchObject({ behavior: 'cancelled', by: 'interrupt' })
    expect(ids()).toEqual([])
  })

  test('by time', async () => {
    const { ask } = setUp({ expireAfterMs: 1 })
    expect(await ask()).toMatchObject({ behavior: 'expired', by: 'time' })
  })

  test('at once where nobody can be asked, and a while after the last who could has gone', async () => {
    const { broker, ask } = setUp({ canAsk: () => false, graceMs: 1 })
    expect(await ask()).toMatchObject({ behavior: 'deny', by: 'nobody-to-ask' })
    const link = createLink('fakechat')
    broker.opened(link)
    const asked = ask()
    broker.lost(link)
    expect(await asked).toMatchObject({ behavior: 'cancelled', by: 'nobody-left' })
  })

  test('by the end of the session, and no further one is opened', async () => {
    const { broker, ask } = setUp()
    const asked = ask()
    broker.close()
    broker.close()
    expect(await asked).toMatchObject({ behavior: 'cancelled', by: 'session-ended' })
    expect(await ask()).toMatchObject({ behavior: 'cancelled', by: 'session-ended' })
  })
})

describe('what is run', () => {
  test('is what was shown: arguments that were changed since are void', async () => {
    const { broker, ids } = setUp()
    const input = { command: 'ls', options: { deep: true } }
    const asked = broker.ask({ tool: 'Bash', description: '', input }, new AbortController().signal)
    input.options.deep = false
    broker.answer({ requestId: first(ids), behavior: 'allow' })
    const outcome = await asked
    expect(outcome).toMatchObject({ behavior: 'cancelled', by: 'arguments-changed' })
    expect(outcome.call.input).toEqual({ command: 'ls', options: { deep: true } })
    expect(() => Object.assign(outcome.call.input['options'] as object, { deep: false })).toThrow(TypeError)
  })

  test('was written down first: what cannot be is denied', async () => {
    const record = vi.fn(async () => {
      throw new Error('the disk is full')
    })
    const { broker, ask, ids, resolved } = setUp({ record })
    const asked = ask()
    broker.answer({ requestId: first(ids), behavior: 'allow', scope: 'session' })
    expect(await asked).toMatchObject({ behavior: 'deny', by: 'audit' })
    expect(resolved[0]?.[1].behavior).toBe('deny')
    expect(broker.allowances.list()).toEqual([])
  })

  test('for the session is the same command, and no other', async () => {
    const { broker, ask, ids, records } = setUp()
    const asked = ask('touch x')
    broker.answer({ requestId: first(ids), behavior: 'allow', scope: 'session' })
    await asked
    expect(await ask('touch x')).toMatchObject({ behavior: 'allow', by: 'session' })
    expect(broker.allowances.list()).toEqual([{ number: 1, tool: 'Bash', what: '"touch x"', by: 'terminal' }])
    expect(records).toHaveLength(2)
    void ask('touch y')
    expect(ids()).toHaveLength(1)
    broker.close()
  })

  test('taken back, it asks again', async () => {
    const { broker, ask, ids } = setUp()
    const asked = ask('touch x')
    broker.answer({ requestId: first(ids), behavior: 'allow', scope: 'session' })
    await asked
    expect(broker.allowances.remove(2)).toBeUndefined()
    expect(broker.allowances.remove(1)).toMatchObject({ tool: 'Bash', what: '"touch x"' })
    void ask('touch x')
    expect(ids()).toHaveLength(1)
    broker.close()
  })

  test('a denial for the session is one for this call', async () => {
    const { broker, ask, ids } = setUp()
    const asked = ask()
    broker.answer({ requestId: first(ids), behavior: 'deny', scope: 'session' })
    expect(await asked).toMatchObject({ behavior: 'deny', scope: 'once' })
    expect(broker.allowances.list()).toEqual([])
  })
})

test('the list for people has what waits and where, and no id', () => {
  const { broker, ask, ids } = setUp()
  broker.opened(createLink('fakechat'))
  const command = `echo ${'a'.repeat(500)}; rm -rf ~`
  void ask(command)
  const [shown] = broker.list()
  expect(shown).toMatchObject({ tool: 'Bash', description: 'Run shell command', relayedTo: ['fakechat'] })
  expect(shown?.preview).toMatch(/^\{"command":"echo a+…a+; rm -rf ~"\}$/)
  expect(JSON.stringify(shown)).not.toContain(first(ids))
  expect(Math.abs(Date.now() - (shown?.since ?? 0))).toBeLessThan(60_000)
  broker.close()
  expect(broker.list()).toEqual([])
})

describe('the relay', () => {
  test.each([
    ['off', []],
    [
      'dm',
      [
        {
          requestId: expect.any(String),
          toolName: 'Bash',
          description: 'Run shell command',
          inputPreview: '{"command":"touch x"}',
        },
      ],
    ],
    ['origin', [expect.objectContaining({ origin: { source: 'fakechat', chatId: 'c1' } })]],
  ] as const)('%s', (relay, shown) => {
    const { broker, ask } = setUp({ relay })
    const link = createLink('fakechat')
    broker.opened(link)
    void ask()
    const late = createLink('telegram')
    broker.opened(late)
    expect(link.shown).toEqual(shown)
    expect(late.shown).toEqual(shown)
    broker.close()
  })

  test('off asks nobody where only channels could be asked', async () => {
    const { broker, ask } = setUp({ relay: 'off', canAsk: () => false })
    broker.opened(createLink('fakechat'))
    expect(await ask()).toMatchObject({ behavior: 'deny', by: 'nobody-to-ask' })
  })
})
