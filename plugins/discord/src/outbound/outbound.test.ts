/** What goes out, what becomes of a button, and what an error says: never the token, and whether trying again may double it. */
import { Buffer } from 'node:buffer'
import { text as readAll } from 'node:stream/consumers'
import { type OutgoingFile, type OutgoingMessage, PlatformError } from '@backchannel/channel/chat'
import { staysTrue, waitFor } from '@backchannel/testkit'
import { content, type FakeInteraction } from '@backchannel/testkit/discord'
import { describe, expect, it } from 'vitest'
import { startAdapter } from '../adapter.fixture.ts'
import { scrub } from '../api/errors.ts'
import { describeBot, inviteAddress } from '../invite.ts'

const signal = AbortSignal.timeout(60_000)
const SENDING = 'POST /channels/:channel/messages'

function file(name: string, bytes: Buffer): OutgoingFile {
  return {
    name,
    size: bytes.length,
    mime: 'text/plain',
    async *read() {
      yield bytes
    },
  }
}

async function start(listens = false) {
  const adapter = await startAdapter({ listens })
  const { bot } = adapter.discord
  const ada = bot.person('Ada')
  const guild = bot.guild({ members: [ada] })
  const channel = guild.channel('general')
  if (listens) await adapter.reaches('connected')
  const message = (other: Partial<OutgoingMessage>): OutgoingMessage => {
    return { chatId: ada.dm.id, key: 'k', text: { text: '', entities: [] }, files: [], ...other }
  }
  const said = (text: string) => ({ text: { text, entities: [] } })
  return {
    adapter,
    bot,
    ada,
    guild,
    channel,
    said,
    connection: adapter.connection,
    send: (other: Partial<OutgoingMessage>) => adapter.connection.send(message(other), signal),
    [Symbol.asyncDispose]: () => adapter[Symbol.asyncDispose](),
  }
}

async function failure(work: Promise<unknown>): Promise<PlatformError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(PlatformError)
  return thrown as PlatformError
}

/** Everything an error holds, as a careless log would print it. */
function print(error: unknown): string {
  const parts: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) {
    parts.push(String(at), at.stack ?? '', JSON.stringify(at, Object.getOwnPropertyNames(at)))
  }
  return parts.join('\n')
}

describe.concurrent('a text', () => {
  it('is sent with its buttons and what it answers, and edited', async () => {
    await using world = await start()
    const { ada, connection, send, said } = world
    const question = ada.says(ada.dm, 'hello?')
    const buttons = [
      [{ label: 'See more', data: 'perm:more:abcde' }],
      [
        { label: '✅ Allow', data: 'perm:allow:abcde' },
        { label: '❌ Deny', data: 'perm:deny:abcde' },
      ],
    ]
    const { messageIds } = await send({ ...said('**hi**'), buttons, replyTo: question.id })
    const [message] = ada.dm.byBot
    expect(messageIds).toEqual([message?.id])
    expect(message).toMatchObject({
      content: '**hi**',
      message_reference: { message_id: question.id },
      components: [
        { components: [{ style: 2, label: 'See more', custom_id: 'perm:more:abcde' }] },
        { components: [{ style: 3 }, { style: 4, custom_id: 'perm:deny:abcde' }] },
      ],
    })
    const target = { chatId: ada.dm.id, messageId: message?.id ?? '' }
    await connection.edit(target, { text: { text: 'done', entities: [] } }, signal)
    expect(ada.dm.byBot).toMatchObject([{ content: 'done', components: [] }])
    ada.deletes(question)
    await send({ ...said('to what is gone'), key: 'other', replyTo: question.id })
    expect(ada.dm.texts.at(-1)).toBe('to what is gone')
  })

  it('pings persons that it names, and neither a whole channel nor a role (D-3)', async () => {
    await using world = await start()
    const { ada, bot, guild, channel, send, said } = world
    const role = guild.role('all', { members: [ada] })
    guild.addsBot(bot.id, ['MentionEveryone'])
    await send({ chatId: channel.id, ...said(`@everyone @here <@&${role}> <@${ada.id}> done`) })
    expect(channel.byBot).toMatchObject([{ mention_everyone: false, mention_roles: [], mentions: [{ id: ada.id }] }])
    await world.connection.edit(
      { chatId: channel.id, messageId: channel.byBot[0]?.id ?? '' },
      { text: { text: '@everyone again', entities: [] } },
      signal,
    )
    expect(channel.byBot).toMatchObject([{ mention_everyone: false }])
  })

  it('whose answer was lost is sent again and is there once', async () => {
    await using world = await start()
    const { adapter, ada, send, said } = world
    adapter.discord.faults.add({ kind: 'drop', after: true, route: SENDING })
    expect(await failure(send({ ...said('once'), key: 'a long key of the kit, and what follows it' }))).toMatchObject({
      kind: 'unknown',
    })
    const { messageIds } = await send({ ...said('once'), key: 'a long key of the kit, and what follows it' })
    expect(ada.dm.texts).toEqual(['once'])
    expect(messageIds).toEqual([ada.dm.byBot[0]?.id])
    await send({ ...said('once'), key: 'another key' })
    expect(ada.dm.texts).toEqual(['once', 'once'])
  })

  it('reaches somebody of whom only the id is known, and a person is no chat by that id', async () => {
    await using world = await start()
    const { bot, connection, ada } = world
    const bob = bot.person('Bob')
    const chat = await connection.resolveChat?.(bob.id, signal)
    expect(chat).toBe(bob.dm.id)
    expect(await connection.resolveChat?.(bob.id, signal)).toBe(bob.dm.id)
    expect(await connection.resolveChat?.(ada.dm.id, signal)).toBe(ada.dm.id)
    expect(await connection.resolveChat?.('12345', signal)).toBe('12345')
    expect(bot.callsOf('POST /users/@me/channels').filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await connection.place(bob.id, signal)).toBeUndefined()
  })

  it('goes where the gate looks: a thread has its channel, a direct chat its person, also in a new process (D-6)', async () => {
    await using world = await start()
    const { ada, channel, connection } = world
    const thread = channel.thread('T', { by: ada })
    expect(await connection.place(thread.id, signal)).toEqual({ chat: thread.id, parent: channel.id })
    expect(await connection.place(channel.id, signal)).toEqual({ chat: channel.id })
    expect(await connection.place(ada.dm.id, signal)).toEqual({ chat: ada.dm.id, sender: ada.id })
    for (const id of ['toString', '__proto__', '', '99', '../users/@me']) {
      expect(await connection.place(id, signal)).toBeUndefined()
    }
  })
})

describe.concurrent('files', () => {
  it('go out in one message, and what is too large for Discord says how large it may be (D-9)', async () => {
    await using world = await start()
    const { adapter, ada, send, said } = world
    const files = [file('a.txt', Buffer.from('aa')), file('b ü"\r\n.txt', Buffer.from('b'))]
    await send({ ...said('see'), files })
    expect(ada.dm.byBot).toMatchObject([{ content: 'see', attachments: [{ filename: 'a.txt', size: 2 }, { size: 1 }] }])
    adapter.discord.faults.add({
      kind: 'status',
      status: 413,
      code: 40_005,
      message: 'Request entity too large',
      route: SENDING,
    })
    const error = await failure(send({ ...said('x'), key: 'b', files }))
    expect(error).toMatchObject({ kind: 'refused' })
    expect(error.message).toContain('Discord takes files of up to 10 MB')
  })

  it('are fetched from where Discord keeps them, again when an address has grown old, and from nowhere else', async () => {
    await using world = await start(true)
    const { adapter, ada, connection } = world
    const said = ada.sends(ada.dm, { files: [content.file(Buffer.from('hello'), 'a.log', { mime: 'text/plain' })] })
    const [message] = await adapter.received(1)
    const [attachment] = message?.attachments ?? []
    const reference = { fileId: attachment?.fileId ?? '', chatId: ada.dm.id, messageId: said.id }
    const read = async () => readAll((await connection.download(reference, signal)).body)
    expect(await read()).toBe('hello')
    adapter.discord.expireLinks()
    expect(await read()).toBe('hello')
    expect(await connection.attachments?.({ chatId: ada.dm.id, messageId: said.id }, signal)).toMatchObject([
      { name: 'a.log', size: 5 },
    ])
    const elsewhere = {
      ...said,
      id: '7',
      attachments: [{ ...said.attachments[0], id: '8', url: 'http://127.0.0.1:9/x' }],
    }
    adapter.discord.bot.gateway.send('MESSAGE_CREATE', elsewhere)
    await adapter.received(2)
    const stolen = { fileId: '8', chatId: ada.dm.id, messageId: said.id }
    expect((await failure(connection.download(stolen, signal))).message).toMatch(/where Discord keeps none/)
  })
})

describe.concurrent('a reaction of ours', () => {
  it('takes the place of the one before, and may be one of the server', async () => {
    await using world = await start()
    const { ada, guild, channel, connection } = world
    const { id } = ada.says(channel, 'hello')
    const target = { chatId: channel.id, messageId: id }
    const party = guild.emoji('party')
    for (const emoji of ['👀', '👍', party]) {
      await connection.react(target, emoji, signal)
      expect(channel.reactionsOf(id)).toEqual([emoji])
    }
    await connection.react(target, undefined, signal)
    expect(channel.reactionsOf(id)).toEqual([])
    expect((await failure(connection.react(target, 'no emoji', signal))).kind).toBe('refused')
  })
})

describe.concurrent('a button', () => {
  const press = async (world: Awaited<ReturnType<typeof start>>) => {
    const { adapter, ada, send, said } = world
    await send({ ...said('may I?'), buttons: [[{ label: 'Yes', data: 'perm:allow:abcde' }]] })
    const pressed: FakeInteraction = ada.presses(ada.dm.byBot[0] as never, 'Yes')
    await waitFor(() => adapter.presses.length > 0, { what: 'the press' })
    return { pressed, press: adapter.presses.at(-1) as NonNullable<(typeof adapter.presses)[number]> }
  }

  it('says who pressed it where, and is answered to them alone', async () => {
    await using world = await start(true)
    const { ada, connection } = world
    const { pressed, press: one } = await press(world)
    expect(one).toMatchObject({
      chat: { id: ada.dm.id, kind: 'direct' },
      messageId: ada.dm.byBot[0]?.id,
      sender: { id: ada.id, isBot: false },
      data: 'perm:allow:abcde',
    })
    await connection.answerPress(one, '✅ Allowed', signal)
    expect(pressed).toMatchObject({ isEphemeral: true, texts: ['✅ Allowed'] })
    await connection.answerPress(one, 'twice', signal)
    expect(pressed.texts).toEqual(['✅ Allowed'])
  })

  it('waits no more where there is nothing to say, and is answered late where the answer takes its time', async () => {
    await using world = await start(true)
    const { connection } = world
    const { pressed, press: one } = await press(world)
    await connection.answerPress(one, undefined, signal)
    await waitFor(() => pressed.answer, { what: 'the answer' })
    expect(pressed.texts.filter((text) => text !== 'may I?')).toEqual([])
    await using slow = await start(true)
    const late = await press(slow)
    await waitFor(() => late.pressed.answer, { what: 'the first answer, of the adapter itself' })
    await slow.connection.answerPress(late.press, 'at last', signal)
    expect(late.pressed.followups).toMatchObject([{ content: 'at last' }])
    expect(late.pressed.isFailed).toBe(false)
  })
})

describe.concurrent('slash commands', () => {
  it('are told to Discord once for the application, and again only where they differ', async () => {
    await using world = await start(true)
    const { adapter, bot } = world
    await waitFor(() => bot.commands().length === 7, { what: 'the commands' })
    await using again = await startAdapter({ discord: adapter.discord })
    await again.reaches('connected')
    await waitFor(() => bot.callsOf('GET /applications/:application/commands').length === 2, {
      what: 'the second look',
    })
    expect(await staysTrue(() => bot.callsOf('POST /applications/:application/commands').length === 7, 50)).toBe(true)
    expect(bot.commands().map(({ name }) => name)).toEqual([
      'status',
      'stop',
      'new',
      'compact',
      'sessions',
      'use',
      'help',
    ])
  })

  it('are answered to who used them alone, and to a stranger not at all', async () => {
    await using world = await start(true)
    const { adapter, bot, ada, channel } = world
    await waitFor(() => bot.commands().length === 7, { what: 'the commands' })
    adapter.words = 'Paired.'
    const status = ada.runs(channel, 'status')
    await waitFor(() => status.answer, { what: 'the answer' })
    expect(status).toMatchObject({ isEphemeral: true, texts: ['Paired.'] })
    expect(adapter.commands).toMatchObject([
      { name: 'status', sender: { id: ada.id }, chat: { id: channel.id, kind: 'group' } },
    ])
    adapter.words = undefined
    const nobody = ada.runs(ada.dm, 'help')
    await waitFor(() => adapter.commands.length === 2, { what: 'the other command' })
    expect(nobody.answer).toBeUndefined()
  })
})

describe.concurrent('earlier messages', () => {
  it('come oldest first, with their threads, files and what they answer', async () => {
    await using world = await start()
    const { ada, channel, connection } = world
    const first = ada.says(channel, 'red?', {
      files: [content.file(Buffer.from('x'), 'a.txt', { mime: 'text/plain' })],
    })
    const thread = channel.thread('Why', { by: ada, from: first })
    ada.says(thread, 'in it')
    ada.says(channel, 'green', { replyTo: first })
    const messages = await connection.history?.(channel.id, 10, signal)
    expect(messages).toMatchObject([
      { id: first.id, text: 'red?', attachments: [{ name: 'a.txt' }], thread: { chatId: thread.id, title: 'Why' } },
      { text: 'green', replyTo: { messageId: first.id, text: 'red?' } },
    ])
    expect(await connection.history?.(channel.id, 1, signal)).toMatchObject([{ text: 'green' }])
    expect(await connection.history?.(thread.id, 5, signal)).toMatchObject([{ text: 'in it' }])
  })
})

describe.concurrent('an error', () => {
  it('says that nothing was sent, or that it may have been, or that Discord refuses', async () => {
    await using world = await start()
    const { adapter, ada, send, said, channel, bot } = world
    const { faults } = adapter.discord
    faults.add({ kind: 'reset', route: SENDING })
    expect(await failure(send({ ...said('a'), key: '1' }))).toMatchObject({ kind: 'unknown' })
    faults.add({ kind: 'status', status: 502, route: SENDING })
    expect(await failure(send({ ...said('a'), key: '2' }))).toMatchObject({ kind: 'unknown' })
    faults.add({ kind: 'status', status: 400, code: 50_035, message: 'Invalid Form Body', route: SENDING })
    expect(await failure(send({ ...said('a'), key: '3' }))).toMatchObject({ kind: 'refused' })
    channel.denies(bot.id, 'SendMessages')
    const denied = await failure(send({ chatId: channel.id, ...said('a') }))
    expect(denied.message).toContain('the bot lacks a permission there, of: Send Messages')
    ada.closesDm()
    expect((await failure(send(said('a')))).message).toContain('takes no direct messages from the bot')
    await adapter.discord.offline()
    // A connection that was kept breaks; a new one is not made.
    await failure(send(said('a')))
    expect(await failure(send(said('a')))).toMatchObject({ kind: 'unsent' })
    await adapter.discord.online()
  })

  it('of a full bucket names the wait at once, for this chat alone, and blocks nothing', async () => {
    await using world = await start()
    const { adapter, ada, channel, send, said } = world
    adapter.discord.faults.add({ kind: 'limit', retryAfter: 3_600, route: SENDING, channel: ada.dm.id })
    for (let count = 0; count < 3; count += 1) {
      const error = await failure(send({ ...said('a'), key: String(count) }))
      expect(error).toMatchObject({ kind: 'unsent', everywhere: false })
      expect(error.retryAfterMs).toBeGreaterThan(3_500_000)
    }
    await send({ chatId: channel.id, ...said('elsewhere') })
    expect(channel.texts).toEqual(['elsewhere'])
    // Once the client knows which bucket it is, Discord is not asked any more.
    expect(world.bot.callsOf(SENDING).filter(({ status }) => status === 429)).toHaveLength(2)
    adapter.discord.faults.add({ kind: 'limit', retryAfter: 2, scope: 'shared', route: SENDING, channel: channel.id })
    expect(await failure(send({ chatId: channel.id, ...said('b'), key: 'b' }))).toMatchObject({ kind: 'unsent' })
  })

  it('is none where more is sent in a second than Discord takes from a bot: it goes out in the next', async () => {
    await using world = await start()
    const { ada, send, said } = world
    await Promise.all(Array.from({ length: 70 }, (_, at) => send({ ...said(`${at}`), key: `k${at}` })))
    expect(ada.dm.texts).toHaveLength(70)
  })

  it('of the limit on everything says so', async () => {
    await using world = await start()
    const { adapter, channel, send, said } = world
    adapter.discord.faults.add({ kind: 'limit', retryAfter: 5, scope: 'global', route: SENDING })
    expect(await failure(send(said('a')))).toMatchObject({ kind: 'unsent', everywhere: true })
    expect(await failure(send({ chatId: channel.id, ...said('a') }))).toMatchObject({ everywhere: true })
  })

  it('holds neither the token nor what was written, however it is printed', async () => {
    await using world = await start()
    const { adapter, bot, send, said } = world
    const errors: unknown[] = []
    for (const fault of [
      { kind: 'reset' },
      { kind: 'half' },
      { kind: 'status', status: 502 },
      { kind: 'status', status: 400, code: 50_035, message: `no ${bot.token}` },
      { kind: 'limit', retryAfter: 1 },
    ] as const) {
      adapter.discord.faults.add({ ...fault, route: SENDING })
      errors.push(await failure(send({ ...said('my own words'), key: JSON.stringify(fault) })))
    }
    const revoked = bot.token
    bot.revoke()
    const error = await failure(adapter.connection.place('123', signal))
    expect(error.kind).toBe('unauthorized')
    expect((await failure(adapter.connection.place('124', signal))).kind).toBe('unauthorized')
    const all = [...errors, error].map(print).join('\n')
    expect(all).not.toContain(revoked)
    expect(all).not.toContain(revoked.split('.')[2])
    expect(all).not.toContain('my own words')
    expect(scrub(`x ${revoked} y`, '')).toBe('x <token> y')
  })
})

describe.concurrent('/discord:configure', () => {
  it('prints how the bot gets into a server, with six permissions, and whether it may read there', async () => {
    await using world = await start()
    const { adapter, bot } = world
    const { name, lines } = await describeBot(bot.token, adapter.discord.root, signal)
    expect(name).toBe('backchannel')
    expect(lines.join('\n')).toContain(
      `https://discord.com/oauth2/authorize?client_id=${bot.id}&scope=bot&permissions=`,
    )
    expect(lines.at(-1)).toBe('Message Content Intent: on')
    bot.setIntent('content', false)
    const off = await describeBot(bot.token, adapter.discord.root, signal)
    expect(off.lines.at(-1)).toContain(
      `Switch it on under Privileged Gateway Intents at https://discord.com/developers/applications/${bot.id}/bot`,
    )
    expect(new URL(inviteAddress('7')).searchParams.get('permissions')).toBe(
      String(64 + 1_024 + 2_048 + 32_768 + 65_536 + 2 ** 38),
    )
  })
})
