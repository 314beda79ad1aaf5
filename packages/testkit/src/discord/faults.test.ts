/** What goes wrong on demand: limits as Discord tells of them, errors of the server and of the network. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '../wait.ts'
import { type Connected, connect, failure } from './connect.fixture.ts'
import { content, type FakeDiscord, type Person, startFakeDiscord } from './index.ts'

const SEND = 'POST /channels/:channel/messages'

let discord: FakeDiscord
let connected: Connected
let ada: Person
let bo: Person

beforeEach(async () => {
  discord = await startFakeDiscord()
  connected = connect(discord)
  ada = discord.bot.person('Ada')
  bo = discord.bot.person('Bo')
})
afterEach(() => discord.close())

const say = (to: Person, words: string) => connected.api.channels.createMessage(to.dm.id, { content: words })

function post(to: Person, body: object): Promise<Response> {
  const headers = { authorization: `Bot ${discord.bot.token}`, 'content-type': 'application/json' }
  return fetch(`${discord.root}/v10/channels/${to.dm.id}/messages`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
}

describe('limits', () => {
  it('are told ahead, so that a client waits by itself', async () => {
    discord.limits.set(SEND, { limit: 2, perMs: 100 })
    await Promise.all(['one', 'two', 'three'].map((words) => say(ada, words)))
    expect(ada.dm.texts).toEqual(['one', 'two', 'three'])
    expect(discord.bot.callsOf(SEND).map(({ status }) => status)).toEqual([200, 200, 200])
  })

  it('are of a channel, and a long one of one channel holds up no other', async () => {
    discord.faults.add({ route: SEND, channel: ada.dm.id, kind: 'limit', retryAfter: 600 })
    const held = connect(discord, discord.bot.token, { rejectOnRateLimit: () => true })
    const limited = held.api.channels.createMessage(ada.dm.id, { content: 'x' })
    await expect(limited).rejects.toMatchObject({ scope: 'user', global: false, method: 'POST' })
    await say(bo, 'now')
    expect(bo.dm.texts).toEqual(['now'])
    const refused = await post(ada, { content: 'x' })
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500)
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
    expect(await refused.json()).toMatchObject({ message: 'You are being rate limited.', global: false })
  })

  it('are global, or of the resource', async () => {
    discord.faults.add({ kind: 'limit', retryAfter: 30, scope: 'shared', route: SEND })
    const shared = await post(ada, { content: 'x' })
    expect(shared.headers.get('x-ratelimit-scope')).toBe('shared')
    expect(await shared.json()).toMatchObject({ message: 'The resource is being rate limited.' })
    discord.faults.add({ kind: 'limit', retryAfter: 30, scope: 'global' })
    expect((await post(bo, { content: 'x' })).headers.get('x-ratelimit-global')).toBe('true')
    expect(await (await post(bo, { content: 'x' })).json()).toMatchObject({ global: true })
  })
})

describe('faults', () => {
  it('of the server look as Discord or a proxy gives them', async () => {
    discord.faults.add({ kind: 'status', status: 403, code: 50_001, message: 'Missing Access' })
    expect(await failure(say(ada, 'x'))).toMatchObject({ code: 50_001, status: 403 })
    discord.faults.add({ kind: 'status', status: 502 })
    const answer = await post(ada, { content: 'x' })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'text/html'])
    expect(ada.dm.texts).toEqual([])
  })

  it('of the network lose the request or only the answer', async () => {
    for (const kind of ['drop', 'reset'] as const) {
      discord.faults.add({ kind, route: SEND })
      await expect(post(ada, { content: 'lost' })).rejects.toThrow()
    }
    expect(ada.dm.texts).toEqual([])
    discord.faults.add({ kind: 'drop', after: true, route: SEND })
    await expect(post(ada, { content: 'done' })).rejects.toThrow()
    discord.faults.add({ kind: 'half', route: SEND })
    await expect(post(ada, { content: 'half' }).then((answer) => answer.json())).rejects.toThrow()
    discord.faults.add({ kind: 'hang', after: true, route: SEND })
    const signal = AbortSignal.timeout(50)
    await expect(
      connected.rest.post(`/channels/${ada.dm.id}/messages`, { body: { content: 'hung' }, signal }),
    ).rejects.toThrow()
    expect(ada.dm.texts).toEqual(['done', 'half', 'hung'])
    await waitFor(() => discord.bot.callsOf(SEND).length === 5, { what: 'the end of the last one' })
    expect(discord.bot.callsOf(SEND).map(({ status }) => status)).toEqual([0, 0, 0, 0, 0])
  })

  it('hit downloads too, and a fault counts its hits', async () => {
    const { attachments } = ada.sends(ada.dm, { files: [content.file(Buffer.from('bytes'), '<a>.txt')] })
    const { url, filename } = attachments[0]!
    expect(filename).toBe('<a>.txt')
    const fault = discord.faults.add({ kind: 'status', status: 500, route: 'GET /attachments', times: 2 })
    expect((await fetch(url)).status).toBe(500)
    expect(fault.hits).toBe(1)
    fault.remove()
    expect(await (await fetch(url)).text()).toBe('bytes')
  })

  it('take the whole network away', async () => {
    await discord.offline()
    await expect(post(ada, { content: 'x' })).rejects.toThrow()
    await discord.online()
    await say(ada, 'back')
  })
})
