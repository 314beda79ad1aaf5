/** The fake's gateway, driven by @discordjs/ws: logins, resumes, what is told to whom, and every way to end. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { waitFor } from '../wait.ts'
import { connect, INTENTS, type Listener, listen } from './connect.fixture.ts'
import { content, type FakeDiscord, type Guild, type Person, startFakeDiscord, type TextChannel } from './index.ts'

let discord: FakeDiscord
let ada: Person
let guild: Guild
let general: TextChannel
const listeners: Listener[] = []

beforeEach(() => start())
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((one) => one.close()))
  await discord.close()
})

async function start(options: Parameters<typeof startFakeDiscord>[0] = {}): Promise<void> {
  await discord?.close()
  discord = await startFakeDiscord(options)
  ada = discord.bot.person('Ada')
  guild = discord.bot.guild({ members: [ada] })
  general = guild.channel('general')
}

async function login(intents?: number): Promise<Listener> {
  const listener = await listen(discord, intents)
  listeners.push(listener)
  return listener
}

const textsOf = (client: Listener) =>
  client.of('MESSAGE_CREATE').map((message) => (message as { content: string }).content)

/** A socket without a library around it. */
async function open(query = 'v=10&encoding=json') {
  const socket = new WebSocket(`${discord.root.replace('http', 'ws').replace('/api', '/gateway')}/?${query}`)
  const frames: { op: number; t: string | null; d: unknown }[] = []
  socket.on('message', (frame: Buffer) => void frames.push(JSON.parse(frame.toString())))
  socket.on('error', () => {})
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  await Promise.race([new Promise((resolve) => socket.on('open', resolve)), closed])
  const send = (op: number, d: unknown) => socket.send(JSON.stringify({ op, d }))
  return {
    frames,
    closed,
    send,
    /** @returns the id of the session */
    async identify(): Promise<string> {
      send(2, identity())
      await waitFor(() => frames.some(({ t }) => t === 'GUILD_CREATE'), { what: 'the login' })
      return (frames.find(({ t }) => t === 'READY')?.d as { session_id: string }).session_id
    },
    sendRaw: (text: string) => socket.send(text),
  }
}

const identity = (more: object = {}) => ({ token: discord.bot.token, intents: INTENTS, properties: {}, ...more })

describe('a login', () => {
  it('is told who it is and what guilds there are, and counts', async () => {
    const client = await login()
    expect(client.errors).toEqual([])
    expect(await client.received('READY')).toMatchObject([{ user: { id: discord.bot.id }, guilds: [{ id: guild.id }] }])
    expect(await client.received('GUILD_CREATE')).toMatchObject([{ id: guild.id, channels: [{ id: general.id }] }])
    expect(discord.bot.gateway).toMatchObject({ identifies: 1, resumes: 0, active: 1, most: 1, remaining: 999 })
    await client.close()
    await waitFor(() => discord.bot.gateway.active === 0, { what: 'the end of the session' })
    expect(discord.bot.gateway.closings).toMatchObject([{ code: 1000, by: 'client' }])
  })

  it.each([
    ['no intents that there are', 4013, () => identity({ intents: 1 << 30 })],
    ['an intent that is switched off', 4014, () => identity({ intents: INTENTS | (1 << 1) })],
    ['a token of nobody', 4004, () => identity({ token: 'nobody' })],
    ['a shard that there is not', 4010, () => identity({ shard: [1, 1] })],
  ])('is refused with %s', async (_, code, payload) => {
    const { send, closed } = await open()
    send(2, payload())
    expect(await closed).toBe(code)
    expect(discord.bot.gateway.identifies).toBe(0)
  })

  it('needs a version, an encoding, and sense', async () => {
    expect(await (await open('v=3&encoding=json')).closed).toBe(4012)
    expect(await (await open('v=10&encoding=etf')).closed).toBe(4002)
    discord.faults.add({ route: 'gateway', kind: 'status', status: 503 })
    discord.faults.add({ route: 'gateway', kind: 'drop' })
    for (const _ of [1, 2]) expect(await (await open()).closed).toBe(1006)
    discord.faults.add({ route: 'gateway', kind: 'hang', after: true })
    const mute = await open()
    discord.faults.add({ route: 'gateway', kind: 'delay', ms: 1 })
    const late = await open()
    await waitFor(() => late.frames.length === 1, { what: 'hello' })
    expect(mute.frames).toEqual([])
    const before = await open()
    before.send(3, {})
    expect(await before.closed).toBe(4003)
    const nonsense = await open()
    nonsense.sendRaw('{')
    expect(await nonsense.closed).toBe(4002)
    const twice = await open()
    twice.send(2, identity())
    twice.send(2, identity())
    expect(await twice.closed).toBe(4005)
    const unknown = await open()
    unknown.send(2, identity())
    unknown.send(99, {})
    expect(await unknown.closed).toBe(4001)
    const quick = await open()
    for (let at = 0; at < 121; at += 1) quick.send(1, null)
    expect(await quick.closed).toBe(4008)
  })

  it('costs one of the budget, and one too many the token', async () => {
    const { api } = connect(discord)
    discord.bot.gateway.setRemaining(1)
    await login()
    const { session_start_limit: limit } = await api.gateway.getBot()
    expect(limit).toMatchObject({ total: 1_000, remaining: 0, max_concurrency: 1 })
    const { token } = discord.bot
    const spent = await open()
    spent.send(2, identity())
    expect(await spent.closed).toBe(4004)
    expect(discord.bot.token).not.toBe(token)
  })

  it('waits its turn where the time between two is kept', async () => {
    await start({ gateway: { identifyEveryMs: 60_000 } })
    await login()
    const second = await open()
    second.send(2, identity())
    await waitFor(() => second.frames.some(({ op, d }) => op === 9 && d === false), { what: 'op 9' })
    expect(discord.bot.gateway).toMatchObject({ identifies: 1, refused: 1 })
  })

  it('beside another one shows', async () => {
    const first = await login()
    const second = await login()
    ada.says(ada.dm, 'hello')
    for (const client of [first, second]) expect(await client.received('MESSAGE_CREATE')).toHaveLength(1)
    expect(discord.bot.gateway).toMatchObject({ active: 2, most: 2, identifies: 2 })
  })
})

describe('messages', () => {
  it('come with what they are', async () => {
    const client = await login()
    ada.says(ada.dm, 'hello')
    const asked = ada.says(general, `<@${discord.bot.id}> look`)
    ada.says(general, 'and this', { replyTo: asked })
    discord.bot.robot('Robot', { id: '77' })
    general.webhook('CI').says('build failed', { embeds: [{ title: 'main' }] })
    ada.forwards(asked, ada.dm)
    const [direct, mention, reply, hook, forwarded] = await client.received('MESSAGE_CREATE', 5)
    expect(direct).toMatchObject({ content: 'hello', channel_id: ada.dm.id, author: { username: 'ada' } })
    expect(direct).not.toHaveProperty('guild_id')
    expect(mention).toMatchObject({ guild_id: guild.id, mentions: [{ id: discord.bot.id }], member: { roles: [] } })
    expect(reply).toMatchObject({ type: 19, referenced_message: { id: asked.id, content: asked.content } })
    expect(hook).toMatchObject({
      author: { username: 'CI', bot: true },
      embeds: [{ title: 'main' }],
      webhook_id: /^\d+$/,
    })
    expect(hook).not.toHaveProperty('member')
    expect(forwarded).toMatchObject({ flags: 1 << 14 })
    expect(forwarded).toMatchObject({
      message_reference: { type: 1 },
      message_snapshots: [{ message: { content: asked.content } }],
    })
  })

  it('are edited, deleted, reacted to, and written', async () => {
    const client = await login()
    const said = ada.says(general, 'one')
    ada.edits(said, 'two')
    ada.getsPreview(said, [{ title: 'a page' }])
    ada.reacts(said, '👍')
    ada.unreacts(said, '👍')
    ada.types(general)
    ada.deletes(said)
    await client.received('MESSAGE_DELETE')
    const [edited, preview] = client.of('MESSAGE_UPDATE') as { content: string; edited_timestamp: string }[]
    expect(edited).toMatchObject({ content: 'two', guild_id: guild.id })
    expect(preview).toMatchObject({ embeds: [{ title: 'a page' }], edited_timestamp: edited!.edited_timestamp })
    expect(client.of('MESSAGE_REACTION_ADD')).toMatchObject([{ user_id: ada.id, emoji: { name: '👍' } }])
    expect(client.of('MESSAGE_REACTION_REMOVE')).toMatchObject([{ message_id: said.id }])
    expect(client.of('TYPING_START')).toMatchObject([{ user_id: ada.id }])
  })

  it('come only as the intents let them, and without content where that intent is missing', async () => {
    const bare = await login(1 | (1 << 9))
    ada.says(ada.dm, 'direct')
    ada.sends(general, { files: [content.file(Buffer.from('x'), 'a.txt')], embeds: [{ title: 'x' }] })
    ada.reacts(ada.says(general, 'words'), '👍')
    const said = ada.says(general, `<@${discord.bot.id}> for you`)
    await connect(discord).api.channels.createMessage(general.id, { content: 'own' })
    await bare.received('MESSAGE_CREATE', 4)
    expect(bare.of('MESSAGE_CREATE')).toMatchObject([
      { content: '', attachments: [], embeds: [] },
      { content: '' },
      { content: said.content },
      { content: 'own' },
    ])
    expect(bare.of('MESSAGE_REACTION_ADD')).toEqual([])
  })

  it('of what the bot can not see come not at all', async () => {
    const client = await login()
    const secret = guild.channel('secret', { isPrivate: true })
    ada.says(secret, 'hidden')
    secret.allows(discord.bot.id, 'ViewChannel')
    ada.says(secret, 'shown')
    const thread = general.thread('story', { by: ada, from: ada.says(general, 'start') })
    ada.says(thread, 'in a thread')
    guild.kicksBot()
    ada.says(general, 'gone')
    await client.received('GUILD_DELETE')
    expect(textsOf(client)).toEqual(['shown', 'start', 'in a thread'])
    expect(client.of('THREAD_CREATE')).toMatchObject([{ id: thread.id, parent_id: general.id, newly_created: true }])
  })

  it('of threads come once the bot sees them', async () => {
    const client = await login()
    const hidden = general.thread('hidden', { by: ada, isPrivate: true })
    ada.says(hidden, 'before')
    hidden.adds(discord.bot.id)
    ada.says(hidden, 'after')
    const secret = guild.channel('secret', { isPrivate: true })
    const inside = secret.thread('inside', { by: ada })
    secret.allows(discord.bot.id, 'ViewChannel')
    inside.archives()
    inside.deletes()
    await client.received('THREAD_DELETE')
    expect(client.of('THREAD_CREATE')).toMatchObject([{ id: hidden.id }])
    expect(textsOf(client)).toEqual(['after'])
    expect(client.of('THREAD_LIST_SYNC')).toMatchObject([{ channel_ids: [secret.id], threads: [{ id: inside.id }] }])
    expect(client.of('THREAD_UPDATE')).toMatchObject([{ id: inside.id, thread_metadata: { archived: true } }])
  })
})

describe('a connection', () => {
  it('that is cut is resumed: nothing is lost, nothing comes twice', async () => {
    const client = await login()
    ada.says(ada.dm, 'one')
    await client.received('MESSAGE_CREATE', 1)
    discord.bot.gateway.drop()
    for (const words of ['two', 'three']) ada.says(ada.dm, words)
    await client.received('RESUMED')
    const last = ada.says(ada.dm, 'four')
    await client.received('MESSAGE_CREATE', 4)
    expect(textsOf(client)).toEqual(['one', 'two', 'three', 'four'])
    const { gateway } = discord.bot
    expect(gateway).toMatchObject({ identifies: 1, resumes: 1, active: 1, most: 1 })
    expect(gateway.isHanded(last.id)).toBe(true)
    expect(gateway.isAcknowledged(last.id)).toBe(false)
    gateway.askHeartbeat()
    await waitFor(() => gateway.isAcknowledged(last.id), { what: 'the heartbeat' })
  })

  it('is asked to connect anew, and the session takes the new one', async () => {
    const first = await open()
    const session_id = await first.identify()
    discord.bot.gateway.reconnect()
    await waitFor(() => first.frames.some(({ op }) => op === 7), { what: 'op 7' })
    const second = await open()
    second.send(6, { token: discord.bot.token, session_id, seq: 2 })
    await waitFor(() => second.frames.some(({ t }) => t === 'RESUMED'), { what: 'RESUMED' })
    expect(await first.closed).toBe(4000)
    expect(discord.bot.gateway).toMatchObject({ identifies: 1, resumes: 1, active: 1, most: 1 })
  })

  it('keeps a session that is called invalid where it may, and else gets a new one', async () => {
    const client = await login()
    discord.bot.gateway.invalidate(true)
    await client.received('RESUMED')
    expect(discord.bot.gateway).toMatchObject({ identifies: 1, resumes: 1, connections: 1 })
    discord.bot.gateway.invalidate(false)
    await client.received('READY', 2)
    expect(discord.bot.gateway).toMatchObject({ identifies: 2, active: 1 })
  })

  it('is not resumed where the session is gone, or kept too little', async () => {
    await start({ gateway: { keeps: 2 } })
    const first = await open()
    const session_id = await first.identify()
    discord.bot.gateway.drop()
    for (const words of ['one', 'two']) ada.says(ada.dm, words)
    const resume = async () => {
      const socket = await open()
      socket.send(6, { token: discord.bot.token, session_id, seq: 2 })
      await waitFor(() => socket.frames.length > 1, { what: 'an answer' })
      return socket.frames.slice(1)
    }
    expect(await resume()).toMatchObject([{ t: 'MESSAGE_CREATE' }, { t: 'MESSAGE_CREATE' }, { t: 'RESUMED' }])
    ada.says(ada.dm, 'three')
    expect(await resume()).toEqual([{ op: 9, d: false, s: null, t: null }])
    expect(await resume()).toEqual([{ op: 9, d: false, s: null, t: null }])
    expect(discord.bot.gateway).toMatchObject({ identifies: 1, resumes: 1, refused: 2 })
  })

  it('that is dead and does not know is left after a heartbeat without an answer', async () => {
    await start({ heartbeatMs: 60, silenceMs: 60_000 })
    const client = await login()
    discord.bot.gateway.freeze()
    ada.says(ada.dm, 'meanwhile')
    await client.received('RESUMED')
    expect(textsOf(client)).toEqual(['meanwhile'])
    expect(discord.bot.gateway.closings[0]).toMatchObject({ by: 'client' })
  })

  it('that is silent is closed, and its session is over', async () => {
    await start({ heartbeatMs: 20 })
    const silent = await open()
    const session_id = await silent.identify()
    expect(await silent.closed).toBe(4009)
    const again = await open()
    again.send(6, { token: discord.bot.token, session_id, seq: 1 })
    await waitFor(() => again.frames.some(({ op }) => op === 9), { what: 'op 9' })
  })

  it('with a number from the future is closed', async () => {
    const first = await open()
    const session_id = await first.identify()
    const second = await open()
    second.send(6, { token: discord.bot.token, session_id, seq: 99 })
    expect(await second.closed).toBe(4007)
  })

  it('ends for good when the token is reset', async () => {
    const client = await login()
    discord.bot.revoke()
    await waitFor(() => client.errors.length > 0, { what: 'the error' })
    expect(discord.bot.gateway).toMatchObject({ active: 0, closings: [{ code: 4004, by: 'discord' }] })
  })
})

describe('other bots', () => {
  it('have a token and a gateway of their own, in the same world', async () => {
    const other = discord.addBot({ username: 'work' })
    guild.addsBot(other.id)
    const client = await login()
    await connect(discord, other.token).api.channels.createMessage(general.id, { content: `<@${discord.bot.id}> hi` })
    expect(await client.received('MESSAGE_CREATE')).toMatchObject([{ author: { id: other.id, bot: true } }])
    expect(other.gateway.active).toBe(0)
    expect(ada.dmWith(other.id).id).not.toBe(ada.dm.id)
  })
})
