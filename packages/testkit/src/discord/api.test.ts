/** The fake's API, driven by @discordjs/core: messages, files, reactions, threads, commands, and what is refused how. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Connected, connect, failure } from './connect.fixture.ts'
import { content, type FakeDiscord, type Guild, type Person, startFakeDiscord, type TextChannel } from './index.ts'

let discord: FakeDiscord
let api: Connected['api']
let rest: Connected['rest']
let ada: Person
let guild: Guild
let general: TextChannel

beforeEach(async () => {
  discord = await startFakeDiscord()
  ;({ api, rest } = connect(discord))
  ada = discord.bot.person('Ada')
  guild = discord.bot.guild({ members: [ada] })
  general = guild.channel('general')
})
afterEach(() => discord.close())

const bytes = Buffer.from('bytes')

describe('who asks', () => {
  it('is known by its token only, and only on versions that there are', async () => {
    expect(await api.users.getCurrent()).toMatchObject({ id: discord.bot.id, bot: true })
    expect(await failure(connect(discord, 'wrong').api.users.getCurrent())).toMatchObject({ status: 401, code: 0 })
    const get = (path: string) =>
      fetch(`${discord.root}${path}`, { headers: { authorization: `Bot ${discord.bot.token}` } })
    expect((await get('/v10/users/@me')).status).toBe(200)
    expect((await get('/v8/users/@me')).status).toBe(400)
    expect((await get('/v10/telepathy')).status).toBe(404)
    expect((await fetch(`${discord.root}/v10/users/@me`, { method: 'DELETE' })).status).toBe(405)
    const old = discord.bot.token
    discord.bot.revoke()
    const refused = await fetch(`${discord.root}/v10/users/@me`, { headers: { authorization: `Bot ${old}` } })
    expect(await refused.text()).toBe('{"message":"401: Unauthorized","code":0}')
  })

  it('learns from its flags which intents are on', async () => {
    expect((await api.applications.getCurrent()).flags).toBe(1 << 19)
    discord.bot.setIntent('content', false)
    expect((await api.applications.getCurrent()).flags).toBe(0)
  })
})

describe('messages', () => {
  it('are sent, edited, deleted and read, newest first', async () => {
    const sent = await api.channels.createMessage(general.id, { content: ' one ' })
    for (const words of ['two', 'three', 'four']) ada.says(general, words)
    const texts = async (query: object) =>
      (await api.channels.getMessages(general.id, query)).map(({ content: text }) => text)
    expect(await texts({})).toEqual(['four', 'three', 'two', 'one'])
    expect(await texts({ limit: 2 })).toEqual(['four', 'three'])
    expect(await texts({ after: sent.id, limit: 2 })).toEqual(['three', 'two'])
    expect(await texts({ before: general.messages[2]!.id, limit: 1 })).toEqual(['two'])
    expect(await texts({ around: general.messages[1]!.id, limit: 3 })).toEqual(['three', 'two', 'one'])
    await api.channels.editMessage(general.id, sent.id, { content: 'changed' })
    expect(general.texts).toEqual(['changed'])
    expect(general.earlier(sent.id)).toEqual(['one'])
    await api.channels.deleteMessage(general.id, sent.id)
    expect(general.isDeleted(sent.id)).toBe(true)
    expect(await failure(api.channels.getMessage(general.id, sent.id))).toMatchObject({ code: 10_008 })
    expect(await failure(api.channels.getMessages('1'))).toMatchObject({ code: 10_003, status: 404 })
    expect(await failure(api.channels.getMessages(general.id, { limit: 101 }))).toMatchObject({ code: 50_035 })
  })

  it('have limits', async () => {
    const send = (body: object) => failure(api.channels.createMessage(general.id, body))
    const long = await send({ content: 'x'.repeat(2_001) })
    expect(long).toMatchObject({ code: 50_035, status: 400 })
    expect(long.rawError).toMatchObject({ errors: { content: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] } } })
    expect(await send({ content: ' \n ' })).toMatchObject({ code: 50_006 })
    const button = (id: string, label = 'x') => ({ type: 2, style: 1, custom_id: id, label })
    const row = (...components: object[]) => ({ content: 'x', components: [{ type: 1, components }] })
    expect(await send(row(button('a'), button('a')))).toMatchObject({ code: 50_035 })
    expect(await send(row(button('x'.repeat(101))))).toMatchObject({ code: 50_035 })
    expect(await send(row(button('a', 'x'.repeat(81))))).toMatchObject({ code: 50_035 })
    expect(await send({ content: 'x', allowed_mentions: { parse: ['users'], users: ['1'] } })).toMatchObject({
      code: 50_035,
    })
    expect(general.messages).toEqual([])
    // Counted in code points.
    await api.channels.createMessage(general.id, { content: '🙂'.repeat(2_000) })
  })

  it('with a nonce that must be new are sent once', async () => {
    const body = { content: 'once', nonce: 'n1', enforce_nonce: true }
    const first = await api.channels.createMessage(general.id, body)
    expect(first.nonce).toBe('n1')
    expect((await api.channels.createMessage(general.id, body)).id).toBe(first.id)
    expect((await api.channels.getMessage(general.id, first.id)).nonce).toBeUndefined()
    await api.channels.createMessage(general.id, { content: 'again', nonce: 'n1' })
    expect(general.texts).toEqual(['once', 'again'])
  })

  it('reply to what is there', async () => {
    const asked = ada.says(general, 'well?')
    const reply = await api.channels.createMessage(general.id, {
      content: 'yes',
      message_reference: { message_id: asked.id },
    })
    expect(reply).toMatchObject({ type: 19, referenced_message: { content: 'well?' }, mentions: [{ id: ada.id }] })
    ada.deletes(asked)
    const missing = { content: 'yes', message_reference: { message_id: asked.id } }
    expect(await failure(api.channels.createMessage(general.id, missing))).toMatchObject({ code: 50_035 })
    const lenient = { ...missing, message_reference: { message_id: asked.id, fail_if_not_exists: false } }
    expect((await api.channels.createMessage(general.id, lenient)).message_reference).toBeUndefined()
    expect((await api.channels.getMessage(general.id, reply.id)).referenced_message).toBeNull()
  })

  it('ping whom they may and want to', async () => {
    const role = guild.role('crew')
    const words = `<@${ada.id}> <@&${role}> @everyone`
    const all = await api.channels.createMessage(general.id, { content: words })
    expect(all).toMatchObject({ mentions: [{ id: ada.id }], mention_roles: [role], mention_everyone: true })
    const none = await api.channels.createMessage(general.id, { content: words, allowed_mentions: { parse: [] } })
    expect(none).toMatchObject({ mentions: [], mention_roles: [], mention_everyone: false })
  })

  it('are not edited by others, and not written where the bot may not', async () => {
    const asked = ada.says(general, 'mine')
    expect(await failure(api.channels.editMessage(general.id, asked.id, { content: 'x' }))).toMatchObject({
      code: 50_005,
    })
    expect(await failure(api.channels.deleteMessage(general.id, asked.id))).toMatchObject({ code: 50_013 })
    general.denies(discord.bot.id, 'SendMessages')
    expect(await failure(api.channels.createMessage(general.id, { content: 'x' }))).toMatchObject({
      code: 50_013,
      status: 403,
    })
    general.denies(discord.bot.id, 'ReadMessageHistory')
    expect(await api.channels.getMessages(general.id)).toEqual([])
    const hidden = guild.channel('secret', { isPrivate: true })
    expect(await failure(api.channels.getMessages(hidden.id))).toMatchObject({ code: 50_001, status: 403 })
    hidden.allows(discord.bot.id, 'ViewChannel')
    expect(await api.channels.getMessages(hidden.id)).toEqual([])
    guild.kicksBot()
    expect(await failure(api.channels.get(general.id))).toMatchObject({ code: 50_001 })
  })

  it('go to people, until they close the door', async () => {
    const { id } = await api.users.createDM(ada.id)
    expect(id).toBe(ada.dm.id)
    await api.channels.createMessage(id, { content: 'hi' })
    ada.closesDm()
    expect(await failure(api.channels.createMessage(id, { content: 'hi' }))).toMatchObject({
      code: 50_007,
      status: 403,
    })
    ada.closesDm(50_278)
    expect(await failure(api.channels.createMessage(id, { content: 'hi' }))).toMatchObject({ code: 50_278 })
    ada.opensDm()
    await api.channels.createMessage(id, { content: 'again' })
    expect(ada.dm.texts).toEqual(['hi', 'again'])
    expect(await failure(api.users.createDM('1'))).toMatchObject({ code: 50_033 })
  })

  it('show their content without the intent only to whom it is for', async () => {
    discord.bot.setIntent('content', false)
    ada.sends(general, { files: [content.file(bytes, 'a.txt')] })
    ada.says(general, 'not for you')
    ada.says(general, `<@${discord.bot.id}> for you`)
    ada.says(ada.dm, 'in private')
    const seen = await api.channels.getMessages(general.id)
    expect(seen.map(({ content: text, attachments }) => [text, attachments.length])).toEqual([
      [`<@${discord.bot.id}> for you`, 0],
      ['', 0],
      ['', 0],
    ])
    expect(await api.channels.getMessages(ada.dm.id)).toMatchObject([{ content: 'in private' }])
  })

  it('show that somebody writes', async () => {
    await api.channels.showTyping(ada.dm.id)
    expect(ada.dm.typing).toEqual([discord.bot.id])
  })
})

describe('files', () => {
  it('go up and come down again, for as long as the address is good', async () => {
    const files = [
      { name: 'a b.txt', data: bytes },
      { name: 'x.png', data: Buffer.from([1, 2, 3]) },
    ]
    const { attachments } = await api.channels.createMessage(general.id, { content: 'see', files })
    expect(attachments).toMatchObject([
      { filename: 'a_b.txt', title: 'a b', size: 5 },
      { filename: 'x.png', size: 3 },
    ])
    const { url } = attachments[0]!
    expect(await (await fetch(url)).text()).toBe('bytes')
    // One digit of the signature changed, whichever it is.
    const forged = url.replace(/hm=(.)/, (_, digit) => `hm=${digit === '0' ? '1' : '0'}`)
    expect((await fetch(forged)).status).toBe(404)
    discord.expireLinks()
    expect((await fetch(url)).status).toBe(404)
    const fresh = (await api.channels.getMessages(general.id))[0]!.attachments[0]!.url
    expect((await fetch(fresh)).status).toBe(200)
    expect(discord.downloads).toHaveLength(2)
    const body = { attachment_urls: [url] }
    const answer = await rest.post('/attachments/refresh-urls', { body })
    const [{ refreshed }] = (answer as { refreshed_urls: [{ refreshed: string }] }).refreshed_urls
    expect((await fetch(refreshed)).status).toBe(200)
  })

  it('are not too large and not too many', async () => {
    await discord.close()
    discord = await startFakeDiscord({ attachmentLimit: 10 })
    ;({ api } = connect(discord))
    const bo = discord.bot.person('Bo')
    const send = (...sizes: number[]) => {
      const files = sizes.map((size, at) => ({ name: `${at}`, data: Buffer.alloc(size) }))
      return api.channels.createMessage(bo.dm.id, { files })
    }
    expect(await failure(send(11))).toMatchObject({ code: 40_005, status: 413 })
    expect(await failure(send(...Array.from({ length: 11 }, () => 1)))).toMatchObject({ code: 50_035 })
    await send(10)
  })

  it('stay with an edited message as it says', async () => {
    const sent = await api.channels.createMessage(general.id, { files: [{ name: 'a', data: bytes }] })
    await api.channels.editMessage(general.id, sent.id, { content: 'still there' })
    expect(general.byBot[0]?.attachments).toHaveLength(1)
    await api.channels.editMessage(general.id, sent.id, { attachments: [], files: [{ name: 'b', data: bytes }] })
    expect(general.byBot[0]?.attachments).toMatchObject([{ filename: 'b' }])
  })
})

describe('reactions', () => {
  it('come and go, and are of emojis that there are', async () => {
    const asked = ada.says(general, 'well?')
    const own = guild.emoji('party')
    await api.channels.addMessageReaction(general.id, asked.id, '👀')
    await api.channels.addMessageReaction(general.id, asked.id, own.slice(2, -1))
    expect(general.reactionsOf(asked.id)).toEqual(['👀', own])
    await api.channels.deleteOwnMessageReaction(general.id, asked.id, '👀')
    expect(general.reactionsOf(asked.id)).toEqual([own])
    const add = (emoji: string) => failure(api.channels.addMessageReaction(general.id, asked.id, emoji))
    expect(await add('nope')).toMatchObject({ code: 10_014, status: 400 })
    expect(await add('party:1')).toMatchObject({ code: 10_014 })
    general.denies(discord.bot.id, 'AddReactions')
    expect(await add('🔥')).toMatchObject({ code: 50_013 })
    ada.reacts(asked, '🔥')
    await api.channels.addMessageReaction(general.id, asked.id, '🔥')
  })
})

describe('threads', () => {
  it('start from a message with its id, and end archived or locked', async () => {
    const asked = ada.says(general, 'long story')
    const thread = general.thread('story', { by: ada, from: asked })
    expect(thread.id).toBe(asked.id)
    expect(await api.channels.get(thread.id)).toMatchObject({ type: 11, parent_id: general.id, owner_id: ada.id })
    expect((await api.channels.getMessages(thread.id)).at(-1)).toMatchObject({
      type: 21,
      referenced_message: { id: asked.id },
    })
    const said = await api.channels.createMessage(thread.id, { content: 'go on' })
    expect((await api.guilds.getActiveThreads(guild.id)).threads).toMatchObject([{ id: thread.id }])
    thread.archives()
    expect(await failure(api.channels.editMessage(thread.id, said.id, { content: 'x' }))).toMatchObject({
      code: 50_083,
    })
    expect(await failure(api.channels.addMessageReaction(thread.id, said.id, '👀'))).toMatchObject({ code: 50_083 })
    // A new message wakes it.
    await api.channels.createMessage(thread.id, { content: 'awake' })
    await api.channels.editMessage(thread.id, said.id, { content: 'x' })
    thread.locks()
    expect(await failure(api.channels.createMessage(thread.id, { content: 'x' }))).toMatchObject({ code: 160_005 })
  })

  it('are opened by the bot, and private ones are not seen', async () => {
    const asked = ada.says(general, 'plan')
    const made = await api.channels.createThread(general.id, { name: 'plan' }, asked.id)
    expect(made.id).toBe(asked.id)
    expect(await failure(api.channels.createThread(general.id, { name: 'x' }, asked.id))).toMatchObject({
      code: 160_004,
    })
    const hidden = general.thread('secret', { by: ada, isPrivate: true })
    expect(await failure(api.channels.get(hidden.id))).toMatchObject({ code: 50_001 })
    hidden.adds(discord.bot.id)
    expect(await api.channels.get(hidden.id)).toMatchObject({ type: 12 })
  })
})

describe('commands', () => {
  it('are replaced as a whole and keep their ids', async () => {
    const set = (...names: string[]) => {
      const commands = names.map((name) => ({ name, description: name }))
      return api.applicationCommands.bulkOverwriteGlobalCommands(discord.bot.id, commands)
    }
    const [status] = await set('status')
    expect(await set('status', 'help')).toMatchObject([{ id: status!.id }, { name: 'help' }])
    expect(discord.bot.commands().map(({ name }) => name)).toEqual(['status', 'help'])
    expect(discord.bot.callsOf('PUT /applications/:application/commands')).toHaveLength(2)
    expect(await failure(set('Not Valid'))).toMatchObject({ code: 50_035 })
  })
})
