/** The fake's gateway, driven by @discordjs/ws: logins, resumes, what is told to whom, and every way to end. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '../wait.ts'
import { type Listener, listen } from './connect.fixture.ts'
import { type FakeDiscord, startFakeDiscord } from './index.ts'

let discord: FakeDiscord
const listeners: Listener[] = []

beforeEach(async () => {
  discord = await startFakeDiscord()
})
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((one) => one.close()))
  await discord.close()
})

async function login(intents?: number): Promise<Listener> {
  const listener = await listen(discord, intents)
  listeners.push(listener)
  return listener
}

describe('a login', () => {
  it('is told who it is and what guilds there are, and counts', async () => {
    const ada = discord.bot.person('Ada')
    const guild = discord.bot.guild({ members: [ada] })
    const general = guild.channel('general')
    const client = await login()
    expect(client.errors).toEqual([])
    expect(await client.received('READY')).toMatchObject([{ user: { id: discord.bot.id }, guilds: [{ id: guild.id }] }])
    expect(await client.received('GUILD_CREATE')).toMatchObject([{ id: guild.id, channels: [{ id: general.id }] }])
    expect(discord.bot.gateway).toMatchObject({ identifies: 1, resumes: 0, active: 1, most: 1, remaining: 999 })
    await client.close()
    await waitFor(() => discord.bot.gateway.active === 0, { what: 'the end of the session' })
  })
})

describe('messages', () => {
  it('come with what they are', async () => {
    const ada = discord.bot.person('Ada')
    const guild = discord.bot.guild({ members: [ada] })
    const general = guild.channel('general')
    const client = await login()
    ada.says(ada.dm, 'hello')
    const asked = ada.says(general, `<@${discord.bot.id}> look`)
    ada.says(general, 'and this', { replyTo: asked })
    const [direct, mention, reply] = await client.received('MESSAGE_CREATE', 3)
    expect(direct).toMatchObject({ content: 'hello', channel_id: ada.dm.id, author: { username: 'ada' } })
    expect(direct).not.toHaveProperty('guild_id')
    expect(mention).toMatchObject({ guild_id: guild.id, mentions: [{ id: discord.bot.id }], member: { roles: [] } })
    expect(reply).toMatchObject({ type: 19, referenced_message: { id: asked.id, content: asked.content } })
  })

  it('are lost by nobody over a resume, and come once', async () => {
    const ada = discord.bot.person('Ada')
    const client = await login()
    ada.says(ada.dm, 'one')
    await client.received('MESSAGE_CREATE', 1)
    discord.bot.gateway.drop()
    for (const words of ['two', 'three']) ada.says(ada.dm, words)
    await client.received('RESUMED')
    ada.says(ada.dm, 'four')
    const all = await client.received('MESSAGE_CREATE', 4)
    expect(all.map((message) => (message as { content: string }).content)).toEqual(['one', 'two', 'three', 'four'])
    expect(discord.bot.gateway).toMatchObject({ identifies: 1, resumes: 1, active: 1, most: 1 })
  })
})
