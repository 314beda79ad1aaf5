/** How what comes from Discord is read: texts and what stands in for them, answers, forwards, edits, threads, who is meant. */
import { Buffer } from 'node:buffer'
import { staysTrue, waitFor } from '@backchannel/testkit'
import { content } from '@backchannel/testkit/discord'
import type { APIEmbed } from '@discordjs/core/http-only'
import { describe, expect, it } from 'vitest'
import { startAdapter } from '../adapter.fixture.ts'
import { readContent } from './kinds.ts'
import { idAt, isLater } from './snowflakes.ts'

const PREVIEW = { type: 'link', title: 'Example' } as APIEmbed

/** A server with a channel, and Ada and Bob in it; the adapter is connected. */
async function inServer() {
  const adapter = await startAdapter()
  const { bot } = adapter.discord
  const ada = bot.person('Ada', { username: 'ada_l' })
  const bob = bot.person('Bob')
  const guild = bot.guild({ members: [ada, bob] })
  const channel = guild.channel('general')
  await adapter.reaches('connected')
  const last = async (count: number) => (await adapter.received(count)).at(-1)
  return { adapter, bot, ada, bob, guild, channel, last, [Symbol.asyncDispose]: () => adapter[Symbol.asyncDispose]() }
}

describe.concurrent('a message', () => {
  it('in a direct chat says who wrote it, where, and when', async () => {
    await using adapter = await startAdapter()
    const ada = adapter.discord.bot.person('Ada', { username: 'ada_l' })
    await adapter.reaches('connected')
    const { id, timestamp } = ada.says(ada.dm, 'hello')
    const [message] = await adapter.received(1)
    expect(message).toEqual({
      deliveryId: `${adapter.discord.bot.id}:${ada.dm.id}:${id}`,
      chat: { id: ada.dm.id, kind: 'direct' },
      sender: { id: ada.id, name: 'Ada', handle: 'ada_l', isBot: false },
      id,
      text: 'hello',
      ts: Date.parse(timestamp),
      attachments: [],
      mentionsMe: false,
      edited: false,
    })
  })

  it('in a channel has its name, and in a thread that of the thread and the channel it belongs to', async () => {
    await using world = await inServer()
    const { ada, channel, last } = world
    ada.says(channel, 'in the channel')
    expect(await last(1)).toMatchObject({ chat: { id: channel.id, kind: 'group', title: 'general' } })
    const thread = channel.thread('Builds', { by: ada })
    ada.says(thread, 'in the thread')
    expect(await last(2)).toMatchObject({
      chat: { id: thread.id, kind: 'group', title: 'Builds', parentId: channel.id },
      meta: { parent_title: 'general' },
    })
  })

  it('means us by our name or as an answer to us, and not by @everyone, a role or a name in quotes (D-2)', async () => {
    await using world = await inServer()
    const { adapter, bot, ada, bob, guild, channel } = world
    const { id } = guild
    await adapter.connection.send(
      { chatId: channel.id, key: 'k', text: { text: 'hi', entities: [] }, files: [] },
      session(),
    )
    const [ours] = channel.byBot
    const texts = [
      `<@${bot.id}> build`,
      `<@!${bot.id}> build`,
      '@everyone',
      '@here',
      `<@&${guild.botRole}> x`,
      `<@${bob.id}>`,
    ]
    for (const text of texts) ada.says(channel, text)
    ada.says(channel, 'an answer', { replyTo: ours as NonNullable<typeof ours> })
    ada.says(channel, 'a quiet answer', { replyTo: ours as NonNullable<typeof ours>, pings: false })
    // Our own message comes too, and the kit leaves it.
    const messages = (await adapter.received(9)).filter(({ sender }) => sender?.id === ada.id)
    expect(id).not.toBe('')
    expect(messages.map(({ mentionsMe }) => mentionsMe)).toEqual([true, true, false, false, false, false, true, true])
  })

  it('that answers another one shows its words, also where the gateway left them out', async () => {
    await using world = await inServer()
    const { adapter, ada, bob, channel, last } = world
    const first = bob.says(channel, 'red or green?')
    ada.says(channel, 'green', { replyTo: first })
    const replyTo = { messageId: first.id, text: 'red or green?', sender: 'Bob (@bob)' }
    expect(await last(2)).toMatchObject({ replyTo })
    const copy = channel.messages.at(-1)
    const { referenced_message: _, ...without } = copy as NonNullable<typeof copy>
    adapter.discord.bot.gateway.send('MESSAGE_CREATE', { ...without, guild_id: '1', id: idAt(Date.now()) })
    expect(await last(3)).toMatchObject({ replyTo })
  })

  it('that was passed on is marked, with the channel it came from', async () => {
    await using world = await inServer()
    const { ada, bob, guild, channel, last } = world
    const other = guild.channel('plans')
    const secret = bob.says(other, 'ship it', {
      files: [content.file(Buffer.from('x'), 'a.txt', { mime: 'text/plain' })],
    })
    ada.forwards(secret, channel)
    const message = await last(2)
    expect(message).toMatchObject({ text: 'ship it', forwardedFrom: 'plans', attachments: [{ name: 'a.txt' }] })
    expect(message?.sender?.id).toBe(ada.id)
  })

  it('that was edited comes once, and a preview that was added is no edit', async () => {
    await using world = await inServer()
    const { adapter, ada, channel, last } = world
    const said = ada.says(channel, 'https://example.com')
    ada.getsPreview(said, [PREVIEW])
    ada.edits(said, 'changed')
    expect(await last(2)).toMatchObject({ id: said.id, text: 'changed', edited: true })
    const [before, after] = adapter.messages
    expect(after?.deliveryId.startsWith(`${before?.deliveryId}:`)).toBe(true)
    ada.getsPreview(said, [{ ...PREVIEW, title: 'Again' }])
    ada.says(channel, 'behind it')
    await waitFor(() => adapter.messages.at(-1)?.text === 'behind it', { what: 'the next message' })
    const ids = new Set(adapter.messages.map(({ deliveryId }) => deliveryId))
    // The preview comes with the time of the edit, so it is known as the same.
    expect(ids.size).toBe(3)
  })

  it('of a webhook or a bot is one of a bot (D-4)', async () => {
    await using world = await inServer()
    const { bot, channel, guild, last } = world
    channel.webhook('CI').says('build failed')
    expect(await last(1)).toMatchObject({ text: 'build failed', sender: { isBot: true } })
    const robot = bot.robot('Robot')
    guild.adds(robot)
    robot.says(channel, 'beep')
    expect(await last(2)).toMatchObject({ sender: { id: robot.id, isBot: true } })
  })

  it('of Discord itself, such as a pin or a new thread, is left out (D-8)', async () => {
    await using world = await inServer()
    const { adapter, ada, channel } = world
    const said = ada.says(channel, 'start')
    channel.thread('From it', { by: ada, from: said })
    ada.sends(channel, { extra: { type: 6 } })
    ada.sends(channel, { extra: { type: 7 } })
    ada.says(channel, 'end')
    await waitFor(() => adapter.messages.at(-1)?.text === 'end', { what: 'the end' })
    expect(adapter.messages.map(({ text }) => text)).toEqual(['start', 'end'])
  })
})

describe.concurrent('what is no text', () => {
  it('stands in words: stickers, polls, embeds (D-8)', async () => {
    await using world = await inServer()
    const { ada, channel, last } = world
    ada.sends(channel, { extra: content.stickers('Wave', 'a]b') })
    expect(await last(1)).toMatchObject({ text: '', placeholder: '(sticker: Wave, a_b)' })
    ada.sends(channel, { extra: content.poll('Lunch?', ['Yes', 'No']) })
    expect(await last(2)).toMatchObject({ placeholder: '(poll: Lunch? | Yes | No)' })
    const embed = {
      title: 'Red',
      url: 'https://ci.example',
      description: 'main',
      fields: [{ name: 'by', value: 'ada' }],
    }
    channel.webhook('CI').says('', { embeds: [embed] })
    expect(await last(3)).toMatchObject({ text: 'Red https://ci.example\nmain\nby: ada' })
  })

  it('is read in components as well, however deep they lie in each other', () => {
    const text = { type: 10, content: 'deep' }
    const message = {
      content: '',
      embeds: [],
      attachments: [],
      flags: 1 << 15,
      components: [{ type: 17, components: [text] }],
    }
    expect(readContent(message as never)).toMatchObject({ text: 'deep' })
    let endless: object = text
    for (let depth = 0; depth < 10_000; depth += 1) endless = { type: 17, components: [endless] }
    expect(readContent({ ...message, components: [endless] } as never)).toMatchObject({ text: '' })
  })

  it('are files with names, types and sizes, as the official server tells them, and names that end nothing (D-10)', async () => {
    await using world = await inServer()
    const { ada, channel, last } = world
    const png = content.file(Buffer.alloc(2_048), 'a.png', { mime: 'image/png' })
    const log = content.file(Buffer.alloc(10_240), 'x];<b>.log', { mime: 'text/plain; charset=utf-8' })
    ada.sends(channel, { files: [png, log] })
    expect(await last(1)).toMatchObject({
      text: '',
      placeholder: '(attachment)',
      attachments: [
        { kind: 'photo', name: 'a.png', mime: 'image/png', size: 2_048 },
        { kind: 'file', mime: 'text/plain', size: 10_240 },
      ],
      meta: {
        attachment_count: '2',
        attachments: 'a.png (image/png, 2KB); x___b_.log (text/plain_ charset=utf-8, 10KB)',
      },
    })
    const voice = {
      id: '1',
      filename: 'voice-message.ogg',
      content_type: 'audio/ogg',
      size: 1,
      url: '',
      proxy_url: '',
      waveform: 'AAAA',
    }
    const spoken = { content: '', embeds: [], attachments: [voice] }
    expect(readContent(spoken)).toMatchObject({ attachments: [{ kind: 'voice', mime: 'audio/ogg' }] })
  })
})

describe.concurrent('a reaction', () => {
  it('says who reacted to what, and ours is not told', async () => {
    await using world = await inServer()
    const { adapter, bot, ada, channel, guild } = world
    const said = ada.says(channel, 'done')
    await adapter.received(1)
    await adapter.connection.react({ chatId: channel.id, messageId: said.id }, '👀', session())
    ada.reacts(said, '👍')
    ada.unreacts(said, '👍')
    ada.reacts(said, guild.emoji('party'))
    await waitFor(() => adapter.reactions.length === 3, { what: 'the reactions' })
    expect(adapter.reactions).toMatchObject([
      { messageId: said.id, sender: { id: ada.id }, emoji: ['👍'], chat: { id: channel.id, kind: 'group' } },
      { emoji: [] },
      { emoji: [':party:'] },
    ])
    expect(new Set(adapter.reactions.map(({ deliveryId }) => deliveryId)).size).toBe(3)
    expect(bot.id).not.toBe(ada.id)
  })
})

describe('an event that can not be read', () => {
  it('is told and left out, and holds up nothing', async () => {
    await using world = await inServer()
    const { adapter, bot, ada, channel, last } = world
    bot.gateway.send('MESSAGE_CREATE', { channel_id: channel.id, id: 5, type: 0, content: 7, author: null })
    bot.gateway.send('GUILD_CREATE', { id: '1', channels: 3 })
    bot.gateway.send('INTERACTION_CREATE', { id: '1', type: 3, channel: { id: channel.id, type: 0 } })
    bot.gateway.send('SOMETHING_NEW', {})
    ada.says(channel, 'behind it')
    expect(await last(1)).toMatchObject({ text: 'behind it' })
    await waitFor(() => adapter.lines.length >= 2, { what: 'the words on it' })
    expect(adapter.lines.join('')).toContain('could not be read, and is left out')
    expect(await staysTrue(() => adapter.messages.length === 1, 50)).toBe(true)
  })
})

it('ids are ordered by their time', () => {
  expect(isLater('100', '99')).toBe(true)
  expect(isLater('99', '100')).toBe(false)
  expect(isLater('5', '5')).toBe(false)
  expect(idAt(1_420_070_400_000)).toBe('0')
  expect(isLater(idAt(Date.now()), idAt(Date.now() - 1_000))).toBe(true)
})

function session(): AbortSignal {
  return new AbortController().signal
}
