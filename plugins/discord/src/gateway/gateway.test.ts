/** How the connection ends, waits and goes on: sessions resumed, logins saved, nothing lost and nothing twice. */
import { describeHealth } from '@backchannel/channel/chat'
import { staysTrue, waitFor } from '@backchannel/testkit'
import { startFakeDiscord } from '@backchannel/testkit/discord'
import { describe, expect, it } from 'vitest'
import { type Adapter, QUICK, startAdapter } from '../adapter.fixture.ts'
import { idAt } from '../inbound/snowflakes.ts'
import { judgeClose } from './close-codes.ts'

const texts = ({ messages }: Adapter) => messages.map(({ text }) => text)
const untilConnected = ({ discord }: Adapter) =>
  waitFor(() => discord.bot.gateway.active === 1, { what: 'the connection' })

describe.concurrent('a connection', () => {
  it('is made by the holder of the account alone', async () => {
    await using adapter = await startAdapter({ listens: false })
    expect(await staysTrue(() => adapter.discord.bot.calls.length === 0, 50)).toBe(true)
    adapter.connection.listen()
    adapter.connection.listen()
    await adapter.reaches('connected')
    expect(adapter.discord.bot.gateway).toMatchObject({ connections: 1, identifies: 1 })
    expect(adapter.connection.account).toBe(adapter.discord.bot.id)
    expect(adapter.connection.me()).toMatchObject({ id: adapter.discord.bot.id, handle: 'backchannel' })
  })

  it.each([
    ['cut', (gateway: Gateway) => gateway.drop()],
    ['asked to begin anew (op 7)', (gateway: Gateway) => gateway.reconnect()],
    ['closed with 4000', (gateway: Gateway) => gateway.drop(4000)],
    ['closed with 1001', (gateway: Gateway) => gateway.drop(1001)],
    ['closed with 4008', (gateway: Gateway) => gateway.drop(4008)],
    ['refused for a moment (op 9, resumable)', (gateway: Gateway) => gateway.invalidate(true)],
  ])('that is %s goes on with its session: nothing is lost, nothing comes twice', async (_, harm) => {
    await using adapter = await startAdapter()
    const { gateway } = adapter.discord.bot
    const ada = adapter.discord.bot.person('Ada')
    await adapter.reaches('connected')
    for (let count = 1; count <= 3; count += 1) ada.says(ada.dm, `${count}`)
    harm(gateway)
    for (let count = 4; count <= 6; count += 1) ada.says(ada.dm, `${count}`)
    await adapter.received(6)
    await waitFor(() => gateway.resumes === 1, { what: 'the resume' })
    ada.says(ada.dm, '7')
    await adapter.received(7)
    expect(texts(adapter)).toEqual(['1', '2', '3', '4', '5', '6', '7'])
    expect(gateway).toMatchObject({ identifies: 1, most: 1 })
  })

  it('that is dead and does not say so is noticed, and resumed', async () => {
    await using adapter = await startAdapter({ options: { heartbeatMs: 250, silenceMs: 60_000 } })
    const { gateway } = adapter.discord.bot
    const ada = adapter.discord.bot.person('Ada')
    await adapter.reaches('connected')
    gateway.freeze()
    ada.says(ada.dm, 'into the void')
    await adapter.received(1)
    expect(texts(adapter)).toEqual(['into the void'])
    expect(gateway.resumes).toBeGreaterThanOrEqual(1)
    expect(gateway.identifies).toBe(1)
  })

  it('logs in anew only where Discord says that the session is gone, and reads what came meanwhile', async () => {
    await using adapter = await startAdapter()
    const { gateway } = adapter.discord.bot
    const ada = adapter.discord.bot.person('Ada')
    await adapter.reaches('connected')
    ada.says(ada.dm, 'before')
    await adapter.received(1)
    gateway.forgetSessions()
    gateway.drop()
    ada.says(ada.dm, 'while nobody was there')
    await waitFor(() => gateway.identifies === 2, { what: 'the login' })
    ada.says(ada.dm, 'after')
    await adapter.received(3)
    expect(texts(adapter)).toEqual(['before', 'while nobody was there', 'after'])
  })

  it('goes on while the network is away, and says so', async () => {
    await using adapter = await startAdapter()
    const { discord } = adapter
    await adapter.reaches('connected')
    await discord.offline()
    const health = await adapter.reaches('offline')
    expect(describeHealth('Discord', health)).toMatch(/^Discord can't be reached: /)
    await discord.online()
    await untilConnected(adapter)
    expect(discord.bot.gateway).toMatchObject({ identifies: 1, resumes: 1 })
  })

  it('that is still being made when the session ends, or that never comes about, ends without a fault', async () => {
    await using discord = await startFakeDiscord()
    const { promise, resolve } = Promise.withResolvers<void>()
    discord.faults.add({ kind: 'wait', until: promise, route: 'gateway' })
    const adapter = await startAdapter({ discord })
    await waitFor(() => discord.bot.callsOf('GET /gateway/bot').length > 0, { what: 'the address to be asked for' })
    // The socket is open and nobody has answered it.
    expect(await staysTrue(() => discord.bot.gateway.connections === 0, 50)).toBe(true)
    await adapter[Symbol.asyncDispose]()
    resolve()
    discord.faults.add({ kind: 'reset', route: 'gateway' })
    await using next = await startAdapter({ discord })
    await next.reaches('offline')
    await next.reaches('connected')
  })

  it('keeps its session when it ends, so that the next process needs no login and misses nothing', async () => {
    await using discord = await startFakeDiscord()
    const { bot } = discord
    const ada = bot.person('Ada')
    const first = await startAdapter({ discord })
    await first.reaches('connected')
    ada.says(ada.dm, 'one')
    await first.received(1)
    await first[Symbol.asyncDispose]()
    expect(bot.gateway.closings.at(-1)).toMatchObject({ by: 'client', code: 4200 })
    const said = ada.says(ada.dm, 'two')
    ada.edits(said, 'two, edited')
    await using second = await startAdapter({ discord, kept: first.kept.value })
    await second.received(2)
    expect(texts(second)).toEqual(['two', 'two, edited'])
    expect(bot.gateway).toMatchObject({ identifies: 1, resumes: 1 })
    expect(second.connection.me()).toMatchObject({ id: bot.id, handle: 'backchannel' })
  })
})

describe.concurrent('what came while no session was kept', () => {
  it('is read from the chats that are heard, in their order, once, and from no other', async () => {
    await using discord = await startFakeDiscord()
    const { bot } = discord
    const ada = bot.person('Ada')
    const eve = bot.person('Eve')
    const guild = bot.guild({ members: [ada, eve] })
    const [heard, quiet, other] = ['heard', 'quiet', 'other'].map((name) => guild.channel(name)) as [
      Channel,
      Channel,
      Channel,
    ]
    const first = await startAdapter({ discord })
    await first.reaches('connected')
    const thread = heard.thread('Builds', { by: ada })
    for (const [at, channel] of [ada.dm, heard, thread].entries()) ada.says(channel, `before ${at}`)
    await first.received(3)
    await first[Symbol.asyncDispose]()
    bot.gateway.forgetSessions()
    for (const channel of [ada.dm, heard, thread, quiet, other]) {
      for (let count = 0; count < 120; count += 1) ada.says(channel, `${channel.id} ${count}`)
    }
    const hears = ({ chat, parent }: { chat: string; parent?: string | undefined }) =>
      chat !== other.id && parent !== other.id
    await using second = await startAdapter({ discord, kept: first.kept.value, hears })
    await second.received(480)
    ada.says(ada.dm, 'now')
    await second.received(481)
    for (const { id } of [ada.dm, heard, thread, quiet]) {
      const read = texts(second).filter((text) => text.startsWith(id))
      expect(read).toEqual(Array.from({ length: 120 }, (_, count) => `${id} ${count}`))
    }
    expect(texts(second).at(-1)).toBe('now')
    expect(second.messages).toHaveLength(481)
    expect(bot.callsOf('GET /channels/:channel/messages').filter(({ path }) => path.includes(other.id))).toEqual([])
  })

  it('is read before what comes now, and though Discord fails at first', async () => {
    await using discord = await startFakeDiscord()
    const ada = discord.bot.person('Ada')
    const first = await startAdapter({ discord })
    await first.reaches('connected')
    ada.says(ada.dm, 'before')
    await first.received(1)
    await first[Symbol.asyncDispose]()
    discord.bot.gateway.forgetSessions()
    ada.says(ada.dm, 'missed')
    discord.faults.add({ kind: 'status', status: 502, route: 'GET /channels/:channel/messages', times: 1 })
    await using second = await startAdapter({ discord, kept: first.kept.value })
    await untilConnected(second)
    ada.says(ada.dm, 'now')
    await second.received(2)
    expect(texts(second)).toEqual(['missed', 'now'])
  })

  it('is read by the next process where this one is killed in the middle of it', async () => {
    await using discord = await startFakeDiscord()
    const { bot } = discord
    const ada = bot.person('Ada')
    const guild = bot.guild({ members: [ada] })
    const channel = guild.channel('quiet')
    const first = await startAdapter({ discord })
    await first.reaches('connected')
    ada.says(ada.dm, 'before')
    await first.received(1)
    await first[Symbol.asyncDispose]()
    bot.gateway.forgetSessions()
    ada.says(ada.dm, 'missed')
    ada.says(channel, 'missed too')
    const { promise, resolve } = Promise.withResolvers<void>()
    discord.faults.add({ kind: 'wait', until: promise, route: 'GET /channels/:channel/messages', times: 2 })
    const second = await startAdapter({ discord, kept: first.kept.value })
    await untilConnected(second)
    const behind = () => Object.keys((second.kept.value as { readonly behind?: object }).behind ?? {})
    await waitFor(() => behind().length === 2, { what: 'the chats to be remembered' })
    await second[Symbol.asyncDispose]()
    resolve()
    // Of the session that the second one began, so that the gateway tells it.
    ada.says(ada.dm, 'now')
    await using third = await startAdapter({ discord, kept: second.kept.value })
    await third.received(3)
    expect(texts(second)).toEqual([])
    expect(texts(third).filter((text) => text !== 'missed too')).toEqual(['missed', 'now'])
    expect(texts(third)).toContain('missed too')
    await waitFor(() => bot.gateway.resumes === 1, { what: 'the resume' })
    expect(bot.gateway.identifies).toBe(2)
    await waitFor(() => Object.keys((third.kept.value as { readonly behind: object }).behind).length === 0, {
      what: 'nothing to be behind',
    })
  })

  it('is left where it is more than a day old, and where what was kept is of another bot', async () => {
    await using discord = await startFakeDiscord()
    const { bot } = discord
    const ada = bot.person('Ada')
    ada.says(ada.dm, 'long ago', { isSilent: true, date: Date.now() - 30 * 3_600_000 })
    ada.says(ada.dm, 'an hour ago', { isSilent: true, date: Date.now() - 3_600_000 })
    const kept = { me: { id: bot.id, username: 'x' }, marks: { [ada.dm.id]: idAt(Date.now() - 40 * 3_600_000) } }
    const adapter = await startAdapter({ discord, kept })
    await adapter.received(1)
    expect(texts(adapter)).toEqual(['an hour ago'])
    await adapter[Symbol.asyncDispose]()
    const foreign = { ...kept, me: { id: '1', username: 'other' } }
    await using other = await startAdapter({ discord, kept: foreign })
    await other.reaches('connected')
    ada.says(ada.dm, 'now')
    await other.received(1)
    expect(texts(other)).toEqual(['now'])
  })

  it('begins anew where what was kept can not be read', async () => {
    for (const kept of [
      null,
      5,
      'x',
      [],
      { me: 1, session: 'x', marks: [1], at: 'x' },
      { session: { id: 1, url: 'x', sequence: -1.5 } },
    ]) {
      await using adapter = await startAdapter({ kept })
      const health = await adapter.reaches('connected')
      expect(health.state).toBe('connected')
    }
  })
})

describe.concurrent('a message that can not be stored just now', () => {
  it('is given again, with all of its chat behind it, holds up no other chat, and is what a session resumes from', async () => {
    await using adapter = await startAdapter()
    const { bot } = adapter.discord
    const [ada, bob] = [bot.person('Ada'), bot.person('Bob')]
    await adapter.reaches('connected')
    let isFull = true
    adapter.answer = async ({ chat }) =>
      isFull && chat.id === ada.dm.id ? { kind: 'deferred', retryAfterMs: 20 } : { kind: 'stored', duplicate: false }
    ada.says(ada.dm, 'one')
    ada.says(ada.dm, 'two')
    bob.says(bob.dm, 'elsewhere')
    await waitFor(() => texts(adapter).includes('elsewhere'), { what: 'the other chat' })
    bot.gateway.drop()
    await waitFor(() => bot.gateway.resumes === 1, { what: 'the resume' })
    isFull = false
    await waitFor(() => texts(adapter).includes('two'), { what: 'the next one' })
    expect(texts(adapter).filter((text) => text === 'two' || text === 'elsewhere')).toEqual(['elsewhere', 'two'])
  })

  it('comes again to the next process', async () => {
    await using discord = await startFakeDiscord()
    const ada = discord.bot.person('Ada')
    const first = await startAdapter({ discord })
    await first.reaches('connected')
    ada.says(ada.dm, 'stored')
    await first.received(1)
    first.answer = async () => ({ kind: 'deferred', retryAfterMs: 60_000 })
    ada.says(ada.dm, 'not stored')
    await first.received(2)
    await first[Symbol.asyncDispose]()
    await using second = await startAdapter({ discord, kept: first.kept.value })
    await second.received(1)
    expect(texts(second)).toEqual(['not stored'])
  })
})

describe.concurrent('what the operator has to do is said once, and nothing is tried again', () => {
  it('for a token that Discord does not know', async () => {
    await using adapter = await startAdapter({ token: 'MQ.nobody.nobodynobodynobodynobody' })
    const health = await adapter.reaches('unauthorized')
    expect(describeHealth('Discord', health)).toMatch(
      /^Discord refuses the token, so nothing comes in: 401 Unauthorized: it was reset/,
    )
    expect(await staysTrue(() => adapter.discord.bot.gateway.connections === 0, 50)).toBe(true)
  })

  it('for a token that is reset while it is connected (4004)', async () => {
    await using adapter = await startAdapter()
    await adapter.reaches('connected')
    adapter.discord.bot.revoke()
    const health = await adapter.reaches('unauthorized')
    expect(describeHealth('Discord', health)).toMatch(/not valid \(4004\)|401 Unauthorized/)
  })

  it('for the intent that is switched off (4014): which one, and where', async () => {
    await using adapter = await startAdapter({ options: { intents: [] } })
    const health = await adapter.reaches('failed')
    expect(describeHealth('Discord', health)).toContain(
      `switch on "Message Content Intent" under Privileged Gateway Intents at https://discord.com/developers/applications/${adapter.discord.bot.id}/bot`,
    )
    expect(await staysTrue(() => adapter.discord.bot.gateway.connections === 1, 50)).toBe(true)
  })

  it('for every code that time does not mend', () => {
    for (const code of [4010, 4011, 4012, 4013, 4014]) expect(judgeClose(code, '7').next).toBe('failed')
    expect(judgeClose(4004, undefined).next).toBe('unauthorized')
    for (const code of [4007, 4009]) expect(judgeClose(code, '7').next).toBe('identify')
    for (const code of [1000, 1001, 1006, 4000, 4001, 4002, 4003, 4005, 4008, 5555]) {
      expect(judgeClose(code, '7').next).toBe('resume')
    }
  })
})

describe.concurrent('logins', () => {
  it('are not made where none is left today, which would cost the token; until when is said', async () => {
    await using adapter = await startAdapter({ options: { gateway: { logins: 0 } } })
    const health = await adapter.reaches('throttled')
    expect(describeHealth('Discord', health)).toMatch(/^Discord asks to wait until \d{4}-\d\d-\d\dT/)
    expect(await staysTrue(() => adapter.discord.bot.gateway.connections === 0, 50)).toBe(true)
  })

  it('are made one after the other, however often sessions end', async () => {
    await using adapter = await startAdapter({
      pace: { ...QUICK, loginMs: 30 },
      options: { gateway: { identifyEveryMs: 20 } },
    })
    const { gateway } = adapter.discord.bot
    for (let count = 1; count <= 3; count += 1) {
      await waitFor(() => gateway.identifies === count && gateway.active === 1, { what: `login ${count}` })
      gateway.invalidate(false)
    }
    await waitFor(() => gateway.identifies === 4, { what: 'the last login' })
    expect(gateway).toMatchObject({ refused: 0, most: 1 })
  })
})

type Gateway = Adapter['discord']['bot']['gateway']
type Channel = ReturnType<ReturnType<Adapter['discord']['bot']['guild']>['channel']>
