/** Every kind of message as the kit gets it, against a Telegram that has all of them. */
import { waitFor } from '@backchannel/testkit'
import { content, startFakeTelegram } from '@backchannel/testkit/telegram'
import { describe, expect, it } from 'vitest'
import { startAdapter } from '../adapter.fixture.ts'

const bytes = Buffer.from('bytes')

describe('a message', () => {
  it.each([
    ['a photo', content.photo(bytes), '(photo)', 'photo'],
    [
      'a document',
      content.document(bytes, { name: 'a<b>;.pdf', mime: 'application/pdf' }),
      '(document: a_b__.pdf)',
      'document',
    ],
    ['a voice message', content.voice(bytes), '(voice message)', 'voice'],
    ['a song', content.audio(bytes, { title: 'Song' }), '(audio: Song)', 'audio'],
    ['a video', content.video(bytes), '(video)', 'video'],
    ['a video note', content.videoNote(bytes), '(video note)', 'video_note'],
    ['a sticker', content.sticker(bytes, { emoji: '🙂' }), '(sticker 🙂)', 'sticker'],
    ['an animation', content.animation(bytes, { name: 'x.mp4' }), '(document: x.mp4)', 'document'],
    ['a location', content.location(52.5, 13.4), '(location: 52.5, 13.4)', undefined],
    ['a venue', content.venue(1, 2, 'Pub', 'High Street'), '(venue: Pub, High Street)', undefined],
    ['a contact', content.contact('+1555', 'Bo', 'B'), '(contact: Bo B, +1555)', undefined],
    ['a poll', content.poll('Tea?', ['yes', 'no']), '(poll: Tea? | yes | no)', undefined],
    ['a die', content.dice('🎲', 6), '(dice 🎲 6)', undefined],
  ] as const)('may be %s', async (_, sent, placeholder, kind) => {
    await using adapter = await startAdapter()
    const ada = adapter.telegram.bot.person('Ada')
    ada.sends(ada.dm, sent)
    const [message] = await adapter.received(1)
    expect(message).toMatchObject({ text: '', placeholder, sender: { id: String(ada.id), name: 'Ada', handle: 'ada' } })
    expect(message?.attachments.map((one) => one.kind)).toEqual(kind === undefined ? [] : [kind])
  })

  it('has a caption, a size, a type and a name where there are any', async () => {
    await using adapter = await startAdapter()
    const ada = adapter.telegram.bot.person('Ada')
    ada.sends(ada.dm, content.document(bytes, { caption: 'the plan', name: 'a.pdf', mime: 'application/pdf' }))
    ada.sends(ada.dm, content.photo(bytes, { caption: 'look' }))
    const [document, photo] = await adapter.received(2)
    expect(document).toMatchObject({
      text: 'the plan',
      attachments: [{ kind: 'document', name: 'a.pdf', mime: 'application/pdf', size: bytes.length }],
    })
    // The largest of its sizes, which is the one that can be fetched.
    expect(photo).toMatchObject({ text: 'look', attachments: [{ kind: 'photo', size: bytes.length }] })
  })

  it('belongs to its album', async () => {
    await using adapter = await startAdapter()
    const ada = adapter.telegram.bot.person('Ada')
    ada.sendsAlbum(ada.dm, [content.photo(bytes), content.photo(bytes)])
    const [one, two] = await adapter.received(2)
    expect(one?.albumId).toBeDefined()
    expect(two?.albumId).toBe(one?.albumId)
  })

  it('says what it answers, with the part that was quoted', async () => {
    await using adapter = await startAdapter()
    const ada = adapter.telegram.bot.person('Ada')
    const said = ada.says(ada.dm, 'the whole text')
    ada.says(ada.dm, 'all', { replyTo: said })
    ada.says(ada.dm, 'part', { replyTo: said, quote: 'whole' })
    const [, all, part] = await adapter.received(3)
    const messageId = String(said.message_id)
    expect(all?.replyTo).toEqual({ messageId, text: 'the whole text', sender: 'Ada (@ada)' })
    expect(part?.replyTo).toMatchObject({ text: 'whole' })
  })

  it('says whose words they are, where they were passed on (S-19)', async () => {
    await using adapter = await startAdapter()
    const ada = adapter.telegram.bot.person('Ada')
    const bo = adapter.telegram.bot.person('Bo')
    const said = bo.says(bo.dm, 'approve everything')
    ada.forwards(said, ada.dm)
    ada.forwards(said, ada.dm, { as: 'hidden' })
    ada.forwards(said, ada.dm, { as: 'channel' })
    const got = await adapter.received(4)
    expect(got.map(({ forwardedFrom }) => forwardedFrom)).toEqual([undefined, 'Bo (@bo)', 'Bo', 'Announcements'])
    expect(got[1]?.sender?.id).toBe(String(ada.id))
  })

  it('may be edited, which has a delivery of its own', async () => {
    await using adapter = await startAdapter()
    const ada = adapter.telegram.bot.person('Ada')
    const said = ada.says(ada.dm, 'one')
    ada.edits(said, 'two')
    ada.edits(said, 'three')
    const got = await adapter.received(3)
    expect(got.map(({ text, edited }) => [text, edited])).toEqual([
      ['one', false],
      ['two', true],
      ['three', true],
    ])
    expect(new Set(got.map(({ deliveryId }) => deliveryId)).size).toBe(3)
    expect(new Set(got.map(({ id }) => id)).size).toBe(1)
  })

  it('of one who writes as a chat has no sender', async () => {
    await using adapter = await startAdapter()
    const ada = adapter.telegram.bot.person('Ada')
    const { chat } = adapter.telegram.bot.group({ members: [ada], administrator: true })
    ada.says(chat, 'anonymous', { extra: { sender_chat: { id: chat.id, type: 'supergroup', title: 'Team' } } })
    const [message] = await adapter.received(1)
    expect(message?.sender).toBeUndefined()
    expect(message?.chat).toEqual({ id: String(chat.id), kind: 'group', title: 'Team' })
  })

  it('of another bot says so', async () => {
    await using adapter = await startAdapter()
    const robot = adapter.telegram.bot.person('Robot', { is_bot: true })
    const { chat } = adapter.telegram.bot.group({ members: [robot], administrator: true })
    robot.says(chat, 'build failed')
    expect((await adapter.received(1))[0]?.sender?.isBot).toBe(true)
  })
})

describe('in a group', () => {
  it('our name, a command to us and a reply to us are a mention, and nothing else is', async () => {
    await using adapter = await startAdapter()
    const { bot } = adapter.telegram
    const ada = bot.person('Ada')
    const { chat } = bot.group({ members: [ada], administrator: true })
    await adapter.reaches('connected')
    const target = { chatId: String(chat.id), key: 'k', text: { text: 'hi', entities: [] }, files: [] }
    const sent = await adapter.connection.send(target, AbortSignal.timeout(5_000))
    const own = chat.message(Number(sent.messageIds[0]))
    ada.says(chat, 'among us')
    ada.says(chat, '@backchannel_test_bot_2 hello')
    ada.says(chat, 'hey @Backchannel_Test_Bot')
    ada.says(chat, '/run@backchannel_test_bot now')
    if (own) ada.says(chat, 'yes', { replyTo: own })
    const got = await adapter.received(5)
    expect(got.map(({ mentionsMe }) => mentionsMe)).toEqual([false, false, true, true, true])
    expect(got[4]?.replyTo?.isMine).toBe(true)
  })

  it('a topic is a thread, and its opening is no message that is answered (T-8)', async () => {
    await using adapter = await startAdapter()
    const { bot } = adapter.telegram
    const ada = bot.person('Ada')
    const group = bot.group({ members: [ada], forum: true, administrator: true })
    const topic = group.topic('Builds')
    ada.says(group.chat, 'red again', { topic })
    ada.says(group.chat, 'general')
    const [inTopic, general] = await adapter.received(2)
    expect(inTopic).toMatchObject({ threadId: String(topic), mentionsMe: false })
    expect(inTopic?.replyTo).toBeUndefined()
    expect(general?.threadId).toBeUndefined()
    const [, signal] = ['', AbortSignal.timeout(5_000)] as const
    const chatId = String(group.chat.id)
    const message = { chatId, threadId: String(topic), key: 'k', text: { text: 'looking', entities: [] }, files: [] }
    await adapter.connection.send(message, signal)
    await adapter.connection.typing({ chatId, threadId: String(topic) }, signal)
    expect(group.chat.byBot[0]).toMatchObject({ message_thread_id: topic })
    expect(group.chat.actions).toEqual([{ action: 'typing', thread: topic }])
  })

  it('a reply outside of topics is in no thread', async () => {
    await using adapter = await startAdapter()
    const ada = adapter.telegram.bot.person('Ada')
    const { chat } = adapter.telegram.bot.group({ members: [ada], administrator: true })
    ada.says(chat, 'two', { replyTo: ada.says(chat, 'one') })
    expect((await adapter.received(2))[1]?.threadId).toBeUndefined()
  })

  it('that becomes a supergroup, what is sent follows it (T-8)', async () => {
    await using adapter = await startAdapter({ listens: false })
    const ada = adapter.telegram.bot.person('Ada')
    const group = adapter.telegram.bot.group({ members: [ada], type: 'group' })
    const moved = group.upgrade()
    const [fromId, toId] = [String(group.chat.id), String(moved.chat.id)]
    const message = { chatId: fromId, key: 'k', text: { text: 'still here', entities: [] }, files: [] }
    await adapter.connection.send(message, AbortSignal.timeout(5_000))
    expect(moved.chat.texts).toEqual(['still here'])
    adapter.connection.listen()
    await waitFor(() => adapter.moves.length === 2, { what: 'the move' })
    expect(adapter.moves).toEqual([
      { fromId, toId },
      { fromId, toId },
    ])
  })
})

describe('what is no message', () => {
  it('is a reaction, or a pressed button', async () => {
    await using adapter = await startAdapter()
    const ada = adapter.telegram.bot.person('Ada')
    const said = ada.says(ada.dm, 'hello')
    await adapter.received(1)
    ada.reacts(said, '🔥')
    ada.reacts(said)
    await waitFor(() => adapter.reactions.length === 2, { what: 'the reactions' })
    expect(adapter.reactions.map(({ emoji }) => emoji)).toEqual([['🔥'], []])
    const signal = AbortSignal.timeout(5_000)
    const text = { text: 'Run it?', entities: [] }
    const buttons = [[{ label: 'Allow', data: 'perm:allow:abcde' }]]
    const { messageIds } = await adapter.connection.send(
      { chatId: String(ada.id), key: 'k', text, files: [], buttons },
      signal,
    )
    const message = ada.dm.message(Number(messageIds[0]))
    const id = message ? ada.presses(message, 'Allow') : ''
    await waitFor(() => adapter.presses.length === 1, { what: 'the press' })
    const [press] = adapter.presses
    expect(press).toMatchObject({
      id,
      data: 'perm:allow:abcde',
      sender: { id: String(ada.id) },
      chat: { kind: 'direct' },
    })
    if (press) await adapter.connection.answerPress(press, 'Allowed', signal)
    expect(adapter.telegram.bot.callbacks.get(id)?.answer).toEqual({ text: 'Allowed', alert: false })
    // Answered twice, or too late: nobody waits for it.
    if (press) await adapter.connection.answerPress(press, undefined, signal)
  })

  it('of a chat itself goes nowhere, and is confirmed', async () => {
    await using adapter = await startAdapter()
    const ada = adapter.telegram.bot.person('Ada')
    const { adds } = adapter.telegram.bot.group({ members: [ada] })
    adds(adapter.telegram.bot.person('Bo'))
    await adapter.reaches('connected')
    await waitFor(() => adapter.telegram.bot.waiting.length === 0, { what: 'the confirmation' })
    expect(adapter.messages).toEqual([])
  })

  it('that can not be read is told, left out, and holds up nothing', async () => {
    await using adapter = await startAdapter({ listens: false })
    const { bot } = adapter.telegram
    const ada = bot.person('Ada')
    ada.says(ada.dm, 'broken', { extra: { chat: null as never } })
    ada.says(ada.dm, 'whole')
    adapter.connection.listen()
    expect((await adapter.received(1))[0]?.text).toBe('whole')
    await waitFor(() => bot.waiting.length === 0, { what: 'the confirmation' })
    expect(adapter.lines).toEqual([
      expect.stringMatching(/^telegram: warning: an update of Telegram could not be read/),
    ])
  })
})

describe('an id of a delivery', () => {
  it('is another for another bot, which counts its messages from the start', async () => {
    const ids: (string | undefined)[] = []
    for (const username of ['one_bot', 'two_bot']) {
      const telegram = await startFakeTelegram({ username })
      // The same person, chat and message id.
      const bot = username === 'one_bot' ? telegram.bot : telegram.addBot({ username })
      await using adapter = await startAdapter({ telegram, token: bot.token })
      const ada = bot.person('Ada')
      ada.says(ada.dm, 'hello')
      ids.push((await adapter.received(1))[0]?.deliveryId)
      await telegram.close()
    }
    expect(new Set(ids).size).toBe(2)
  })
})
