/** Buttons and slash commands of the fake, answered with @discordjs/core: once, in time, and to whom it is for. */
import { ComponentType, GatewayDispatchEvents } from '@discordjs/core'
import type { APIInteraction } from 'discord-api-types/v10'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Connected, connect, failure, type Listener, listen } from './connect.fixture.ts'
import { type FakeDiscord, type Person, startFakeDiscord, type TextChannel } from './index.ts'

let discord: FakeDiscord
let api: Connected['api']
let client: Listener
let ada: Person
let bo: Person
let general: TextChannel
let time: number

beforeEach(async () => {
  time = Date.now()
  discord = await startFakeDiscord({ now: () => time })
  ;({ api } = connect(discord))
  ada = discord.bot.person('Ada')
  bo = discord.bot.person('Bo')
  general = discord.bot.guild({ members: [ada, bo] }).channel('general')
  client = await listen(discord)
})
afterEach(async () => {
  await client.close()
  await discord.close()
})

async function ask(channelId: string) {
  const button = (id: string, label: string) => ({
    type: ComponentType.Button as const,
    style: 1 as const,
    custom_id: id,
    label,
  })
  const row = { type: ComponentType.ActionRow as const, components: [button('y', 'Allow'), button('n', 'Deny')] }
  return api.channels.createMessage(channelId, { content: 'May I?', components: [row] })
}

async function arrived(count = 1): Promise<APIInteraction> {
  return (await client.received(GatewayDispatchEvents.InteractionCreate, count)).at(-1) as APIInteraction
}

describe('a button', () => {
  it('says who pressed what, and its message can be changed', async () => {
    const asked = await ask(general.id)
    const press = ada.presses(asked, 'Allow')
    const interaction = await arrived()
    expect(interaction).toMatchObject({ type: 3, data: { custom_id: 'y' }, member: { user: { id: ada.id } } })
    expect(interaction).toMatchObject({ message: { id: asked.id }, channel_id: general.id, context: 0 })
    await api.interactions.updateMessage(interaction.id, interaction.token, { content: 'Allowed', components: [] })
    expect(general.texts).toEqual(['Allowed'])
    expect(press).toMatchObject({ answer: 7, texts: ['Allowed'], isFailed: false })
    expect(() => ada.presses(asked, 'Deny')).toThrow('there is no button "Deny"; there are: none')
    ada.presses(asked, 'Deny', { stale: true })
    expect(await arrived(2)).toMatchObject({ data: { custom_id: 'n' } })
  })

  it('is answered to one person alone', async () => {
    const press = bo.presses(await ask(general.id), 'Allow')
    const { id, token } = await arrived()
    await api.interactions.reply(id, token, { content: 'Not yours', flags: 64 })
    expect(press).toMatchObject({ isEphemeral: true, texts: ['Not yours'] })
    expect(bo.sees(general).map(({ content }) => content)).toEqual(['May I?', 'Not yours'])
    expect(ada.sees(general).map(({ content }) => content)).toEqual(['May I?'])
    expect(await api.channels.getMessages(general.id)).toHaveLength(1)
    // What is for one person alone comes over no gateway.
    await ask(general.id)
    expect(await client.received('MESSAGE_CREATE', 2)).toHaveLength(2)
  })

  it('is answered once and in time', async () => {
    const asked = await ask(ada.dm.id)
    const press = ada.presses(asked, 'Allow')
    const first = await arrived()
    expect(first).toMatchObject({ user: { id: ada.id }, context: 1 })
    await api.interactions.deferMessageUpdate(first.id, first.token)
    const again = await failure(api.interactions.deferMessageUpdate(first.id, first.token))
    expect(again).toMatchObject({ code: 40_060, status: 400 })
    const late = ada.presses(asked, 'Deny')
    const second = await arrived(2)
    time += 3_001
    expect([press.isFailed, late.isFailed]).toEqual([false, true])
    expect(await failure(api.interactions.deferMessageUpdate(second.id, second.token))).toMatchObject({
      code: 10_062,
      status: 404,
    })
    expect(await failure(api.interactions.deferMessageUpdate(second.id, 'wrong'))).toMatchObject({ code: 10_062 })
  })
})

describe('a command', () => {
  it('is there once it was registered, and its answer may come later', async () => {
    expect(() => ada.runs(general, 'status')).toThrow('there is no command /status')
    const { id: bot } = discord.bot
    await api.applicationCommands.bulkOverwriteGlobalCommands(bot, [{ name: 'status', description: 'How it is' }])
    const run = ada.runs(general, 'status', { verbose: true })
    const { id, token, ...interaction } = await arrived()
    expect(interaction).toMatchObject({
      type: 2,
      data: { name: 'status', options: [{ name: 'verbose', value: true }] },
    })
    // Before the first answer there is nothing to follow up.
    expect(await failure(api.interactions.followUp(bot, token, { content: 'x' }))).toMatchObject({ code: 10_015 })
    await api.interactions.defer(id, token, { flags: 64 })
    expect(run).toMatchObject({ isWaiting: true, isEphemeral: true })
    await api.interactions.editReply(bot, token, { content: 'fine' })
    await api.interactions.followUp(bot, token, { content: 'really', files: [{ name: 'a', data: 'x' }] })
    expect(run).toMatchObject({ isWaiting: false, texts: ['fine', 'really'] })
    expect(await api.interactions.getOriginalReply(bot, token)).toMatchObject({ content: 'fine' })
    await api.interactions.deleteReply(bot, token)
    expect(run.texts).toEqual(['really'])
    time += 15 * 60_000 + 1
    expect(await failure(api.interactions.followUp(bot, token, { content: 'x' }))).toMatchObject({
      code: 50_027,
      status: 401,
    })
  })

  it('can give its answer back', async () => {
    const { id: bot } = discord.bot
    await api.applicationCommands.bulkOverwriteGlobalCommands(bot, [{ name: 'help', description: 'Help' }])
    ada.runs(ada.dm, 'help')
    const { id, token } = await arrived()
    const answer = await api.interactions.reply(id, token, { content: 'so', with_response: true })
    expect(answer).toMatchObject({ interaction: { id }, resource: { type: 4, message: { content: 'so', type: 20 } } })
    // What everybody sees is a message like any other.
    await api.channels.editMessage(ada.dm.id, answer.resource?.message?.id ?? '', { content: 'so be it' })
    expect(ada.dm.texts).toEqual(['so be it'])
  })
})
