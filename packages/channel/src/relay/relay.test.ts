/** Permission prompts of one channel: where they are asked, which answers count, and how they end. */
import { createTempDirectory } from '@backchannel/testkit'
import { describe, expect, it } from 'vitest'
import { createAccess } from '../access/access.ts'
import { createLog } from '../log.ts'
import { MOST_OPEN_REQUESTS, type OpenRequest } from './open-requests.ts'
import { createRelay, type Resolution } from './relay.ts'

interface Settings {
  readonly extended?: boolean
  readonly control?: boolean
  ask?(request: OpenRequest): Promise<void> | void
}

const prepare = async ({ extended = true, control = extended, ask }: Settings = {}) => {
  const folder = await createTempDirectory()
  const said: string[] = []
  const log = createLog('chat', (line) => said.push(line))
  const access = createAccess({ directory: folder.path, name: 'chat', grants: 'approver', operatorWord: true, log })
  await access.approvers.add({ sender: 'owner', chat: 'dm-owner' })
  await access.approvers.add({ sender: 'ada', chat: 'dm-ada' })
  const asked: OpenRequest[] = []
  const ended: (Resolution & { readonly requestId: string; readonly chats: readonly string[] })[] = []
  const sent: { readonly method: string; readonly params: Record<string, unknown> }[] = []
  const ending = new AbortController()
  const relay = createRelay({
    approvers: access.approvers,
    handlers: {
      async ask(request) {
        asked.push(request)
        await ask?.(request)
      },
      resolve: ({ requestId, chats }, resolution) => void ended.push({ requestId, chats, ...resolution }),
    },
    source: 'chat',
    extended,
    control,
    log,
    signal: ending.signal,
    notify: (method, params) => sent.push({ method, params }),
  })
  return { relay, access, asked, ended, sent, said, ending, [Symbol.asyncDispose]: () => folder.remove() }
}

const request = (requestId: string, origin?: { source?: string; chat_id: string }) => ({
  request_id: requestId,
  tool_name: 'Bash',
  description: 'Run shell command',
  input_preview: '{"command":"touch x"}',
  ...(origin ? { origin: { source: 'chat', event_id: 'e1', ...origin } } : {}),
})
const resolved = (requestId: string, outcome = 'allow', by = 'terminal') => ({ request_id: requestId, outcome, by })
const byOwner = { behavior: 'allow', sender: 'owner', chat: 'dm-owner' } as const

describe('a prompt goes', () => {
  it.each([
    ['to the owner without an origin', undefined, 'origin', ['dm-owner']],
    ['to the direct chat of the approver who caused it', { chat_id: 'dm-ada' }, 'origin', ['dm-ada']],
    ['to the owner where a group caused it', { chat_id: 'group-1' }, 'origin', ['dm-owner']],
    ['to the owner where another channel caused it', { source: 'other', chat_id: 'dm-ada' }, 'origin', ['dm-owner']],
    ['always to the owner with dm', { chat_id: 'dm-ada' }, 'dm', ['dm-owner']],
    ['nowhere with off', { chat_id: 'dm-ada' }, 'off', undefined],
  ] as const)('%s', async (_, origin, mode, chats) => {
    await using made = await prepare()
    await made.access.approvers.setMode(mode)
    await made.relay.request(request('abcde', origin))
    expect(made.asked[0]?.chats).toEqual(chats)
    expect(await made.relay.verdict({ ...byOwner, requestId: 'abcde', chat: chats?.[0] ?? 'dm-owner' })).toBe(
      chats ? 'passed' : 'not-open',
    )
  })

  it('to the owner towards a host without the extension, whatever it says of an origin', async () => {
    await using made = await prepare({ extended: false })
    await made.relay.request(request('abcde', { chat_id: 'dm-ada' }))
    expect(made.asked[0]?.chats).toEqual(['dm-owner'])
  })

  it('nowhere where nobody is an approver', async () => {
    await using made = await prepare()
    for (const sender of ['owner', 'ada']) await made.access.approvers.remove(sender)
    await made.relay.request(request('abcde'))
    expect(made.asked).toEqual([])
  })
})

describe('a verdict', () => {
  it.each([
    ['of a stranger', { sender: 'eve' }, 'not-approver'],
    ['of an approver in another chat', { chat: 'group-1' }, 'not-open'],
    ['for an id that is not open', { requestId: 'zzzzz' }, 'not-open'],
    ['for a name that objects inherit', { requestId: '__proto__' }, 'not-open'],
  ] as const)('%s does not count', async (_, over, result) => {
    await using made = await prepare()
    await made.relay.request(request('abcde'))
    expect(await made.relay.verdict({ ...byOwner, requestId: 'abcde', ...over })).toBe(result)
    expect(made.sent).toEqual([])
  })

  it('counts once, and the host has the last word on who was first', async () => {
    await using made = await prepare()
    await made.relay.request(request('abcde'))
    const verdict = { ...byOwner, requestId: 'ABCDE', scope: 'session' } as const
    expect(await Promise.all([made.relay.verdict(verdict), made.relay.verdict(verdict)])).toEqual([
      'passed',
      'not-open',
    ])
    expect(await made.relay.verdict({ ...verdict, behavior: 'deny' })).toBe('not-open')
    const params = { request_id: 'abcde', behavior: 'allow', scope: 'session', by: 'owner' }
    expect(made.sent).toEqual([{ method: 'notifications/claude/channel/permission', params }])
    expect(made.ended).toEqual([])
    await made.relay.resolved(resolved('abcde', 'deny', 'terminal'))
    expect(made.ended).toEqual([{ requestId: 'abcde', chats: ['dm-owner'], outcome: 'deny', by: 'terminal' }])
  })

  it('to a stock host is the plain one, and ends the prompt with who gave it', async () => {
    await using made = await prepare({ extended: false })
    await made.relay.request(request('abcde'))
    expect(await made.relay.verdict({ ...byOwner, requestId: 'abcde', scope: 'session' })).toBe('passed')
    expect(made.sent[0]?.params).toEqual({ request_id: 'abcde', behavior: 'allow' })
    await expect
      .poll(() => made.ended)
      .toEqual([{ requestId: 'abcde', chats: ['dm-owner'], outcome: 'allow', by: 'owner' }])
    expect(await made.relay.verdict({ ...byOwner, requestId: 'abcde' })).toBe('not-open')
  })

  it('that is anything but a plain allow denies, for this call alone', async () => {
    await using made = await prepare()
    await made.relay.request(request('abcde'))
    const odd = { ...byOwner, requestId: 'abcde', behavior: ['allow'], scope: 'forever' } as never
    await made.relay.verdict(odd)
    expect(made.sent[0]?.params).toEqual({ request_id: 'abcde', behavior: 'deny', by: 'owner' })
  })

  it('of one whom the operator has removed, or with the relay off, does not count any more', async () => {
    await using made = await prepare()
    await made.relay.request(request('abcde'))
    await made.access.run(['relay', 'off'])
    expect(await made.relay.verdict({ ...byOwner, requestId: 'abcde' })).toBe('not-approver')
    await made.access.run(['relay', 'dm'])
    await made.access.run(['approver', 'remove', 'owner'])
    expect(await made.relay.verdict({ ...byOwner, requestId: 'abcde' })).toBe('not-approver')
    expect(await made.relay.control('interrupt', 'owner')).toBe('not-approver')
    expect(made.sent).toEqual([])
  })

  it('after the end of the session does not count', async () => {
    await using made = await prepare()
    await made.relay.request(request('abcde'))
    made.ending.abort()
    expect(await made.relay.verdict({ ...byOwner, requestId: 'abcde' })).toBe('not-open')
    expect(await made.relay.typed('yes abcde', byOwner)).toBeUndefined()
  })
})

describe('a typed text', () => {
  it.each([
    ['yes abcde', { requestId: 'abcde', behavior: 'allow' }],
    ['  Y   ABCDE\n', { requestId: 'abcde', behavior: 'allow' }],
    ['No aBcDe', { requestId: 'abcde', behavior: 'deny' }],
    ['yes great', undefined],
    ['no sorry', undefined],
    ['yes fghij', undefined],
    ['yes abcde please', undefined],
    ['abcde', undefined],
    ['yes, abcde', undefined],
  ])('%j is the verdict %j', async (text, expected) => {
    await using made = await prepare()
    await made.relay.request(request('abcde'))
    expect(await made.relay.typed(text, byOwner)).toEqual(expected)
    expect(made.sent).toEqual([])
  })

  it('is an ordinary message from a stranger, in another chat, and once it is answered', async () => {
    await using made = await prepare()
    await made.relay.request(request('abcde'))
    expect(await made.relay.typed('yes abcde', { sender: 'eve', chat: 'dm-owner' })).toBeUndefined()
    expect(await made.relay.typed('yes abcde', { sender: 'owner', chat: 'group-1' })).toBeUndefined()
    await made.relay.resolved(resolved('abcde'))
    expect(await made.relay.typed('yes abcde', byOwner)).toBeUndefined()
  })
})

describe('the end of a prompt', () => {
  it('is told after the prompt was shown, however slowly, and no verdict counts meanwhile', async () => {
    const showing = Promise.withResolvers<void>()
    await using made = await prepare({ ask: () => showing.promise })
    const asking = made.relay.request(request('abcde'))
    await expect.poll(() => made.asked.length).toBe(1)
    const resolving = made.relay.resolved(resolved('abcde'))
    expect(await made.relay.verdict({ ...byOwner, requestId: 'abcde' })).toBe('not-open')
    expect(made.ended).toEqual([])
    showing.resolve()
    await Promise.all([asking, resolving])
    expect(made.ended).toHaveLength(1)
  })

  it('that comes before its chats are known means that nobody is asked', async () => {
    await using made = await prepare()
    const asking = made.relay.request(request('abcde'))
    await Promise.all([made.relay.resolved(resolved('abcde')), asking])
    expect([made.asked, made.ended]).toEqual([[], []])
    expect(await made.relay.verdict({ ...byOwner, requestId: 'abcde' })).toBe('not-open')
  })

  it('of another request under the same id is told first, and a verdict counts for what is shown now', async () => {
    await using made = await prepare({ extended: false })
    await made.relay.request(request('abcde'))
    await made.relay.request({ ...request('abcde'), tool_name: 'Write' })
    expect(made.ended).toMatchObject([{ outcome: 'cancelled', by: 'this channel' }])
    expect((await made.relay.open(byOwner)).map(({ toolName }) => toolName)).toEqual(['Write'])
  })

  it('from a host without the extension is not listened to', async () => {
    await using made = await prepare({ extended: false })
    await made.relay.request(request('abcde'))
    await made.relay.resolved(resolved('abcde'))
    expect(made.ended).toEqual([])
  })

  it('is told for the oldest where more are open than are kept', async () => {
    await using made = await prepare({ extended: false })
    const id = (at: number) =>
      [0, 1, 2, 3, 4].map((place) => 'abcdefghijkmnopqrstuvwxyz'[Math.floor(at / 25 ** place) % 25]).join('')
    for (let at = 0; at <= MOST_OPEN_REQUESTS; at += 1) await made.relay.request(request(id(at)))
    expect(await made.relay.open(byOwner)).toHaveLength(MOST_OPEN_REQUESTS)
    expect(made.ended).toMatchObject([{ requestId: id(0), outcome: 'expired', by: 'this channel' }])
    expect(await made.relay.verdict({ ...byOwner, requestId: id(0) })).toBe('not-open')
  })
})

it('a handler that fails is told, and the prompt can be answered where it was seen', async () => {
  await using made = await prepare({
    ask() {
      throw new Error('the platform is down')
    },
  })
  await made.relay.request(request('abcde'))
  expect(made.said.join('')).toContain('asking for a permission failed: the platform is down')
  expect(await made.relay.verdict({ ...byOwner, requestId: 'abcde' })).toBe('passed')
})

it.each([
  undefined,
  null,
  7,
  {},
  { ...request('abcde'), request_id: 'ABCDE' },
  { ...request('abcde'), input_preview: 7 },
])('%j from the host is told, and asks nobody', async (params) => {
  await using made = await prepare()
  await made.relay.request(params)
  await made.relay.resolved(params)
  expect([made.asked, made.said.length]).toEqual([[], 2])
})

it('an approver interrupts the turn; a stranger, or a host that does not know how, does nothing', async () => {
  await using made = await prepare()
  expect(await made.relay.control('interrupt', 'eve')).toBe('not-approver')
  expect(await made.relay.control('interrupt', 'ada')).toBe('passed')
  expect(made.sent).toEqual([
    { method: 'notifications/backchannel/control', params: { action: 'interrupt', by: 'ada' } },
  ])
  await using stock = await prepare({ extended: false })
  expect(await stock.relay.control('interrupt', 'ada')).toBe('unsupported')
  expect(stock.sent).toEqual([])
})
