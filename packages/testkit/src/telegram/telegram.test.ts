/** The fake as a client sees it: grammY is the oracle for its wire, so what grammY understands, Telegram would say. */
import { Api, GrammyError, HttpError, InputFile } from 'grammy/web'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '../wait.ts'
import { content, type FakeTelegram, startFakeTelegram } from './index.ts'

let telegram: FakeTelegram
let api: Api

beforeEach(async () => {
  telegram = await startFakeTelegram()
  api = connect(telegram.bot.token)
})
afterEach(() => telegram.close())

function connect(token: string): Api {
  return new Api(token, { apiRoot: telegram.root })
}

/** grammY declares the signal of an older package; its web build takes the platform's own. */
function signalOf(signal: AbortSignal): Parameters<Api['getMe']>[0] {
  return signal as never
}

async function failure(work: Promise<unknown>): Promise<GrammyError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(GrammyError)
  return thrown as GrammyError
}

describe('tokens and methods', () => {
  it('knows its own token only', async () => {
    expect(await api.getMe()).toMatchObject({ is_bot: true, username: 'backchannel_test_bot' })
    expect(await failure(connect('1:wrong').getMe())).toMatchObject({ error_code: 401, description: 'Unauthorized' })
    expect(await failure(connect('nonsense').getMe())).toMatchObject({ error_code: 404 })
    telegram.bot.revoke()
    expect(await failure(api.getMe())).toMatchObject({ error_code: 401 })
  })

  it('takes methods in any case and refuses unknown ones', async () => {
    const get = (method: string) => fetch(`${telegram.root}/bot${telegram.bot.token}/${method}`)
    expect(await (await get('GETME')).json()).toMatchObject({ ok: true })
    expect((await get('sendTelepathy')).status).toBe(404)
  })

  it('keeps commands and the webhook', async () => {
    await api.setMyCommands([{ command: 'start', description: 'Begin' }], { scope: { type: 'all_private_chats' } })
    expect(telegram.bot.commands.get('all_private_chats')).toEqual([{ command: 'start', description: 'Begin' }])
    await api.setWebhook('https://example.com/hook')
    expect(await failure(api.getUpdates())).toMatchObject({ error_code: 409 })
    await api.deleteWebhook()
    expect(await api.getUpdates()).toEqual([])
  })
})

describe('updates', () => {
  it('confirms what lies below the offset, and nothing else', async () => {
    const ada = telegram.bot.person('Ada')
    for (const words of ['one', 'two', 'three']) ada.says(ada.dm, words)
    const first = await api.getUpdates({ limit: 2 })
    expect(first.map(({ message }) => message?.text)).toEqual(['one', 'two'])
    // Asked again without an offset, the same come again.
    expect((await api.getUpdates({ limit: 1 })).map(({ message }) => message?.text)).toEqual(['one'])
    const [one, two] = first
    const rest = await api.getUpdates({ offset: (two?.update_id ?? 0) + 1 })
    expect(rest.map(({ message }) => message?.text)).toEqual(['three'])
    expect(telegram.bot.isConfirmed(one?.update_id ?? 0)).toBe(true)
    expect(telegram.bot.isConfirmed(rest[0]?.update_id ?? 0)).toBe(false)
    // Counted from the end; all before is forgotten.
    ada.says(ada.dm, 'four')
    expect((await api.getUpdates({ offset: -1 })).map(({ message }) => message?.text)).toEqual(['four'])
    // An offset of another time is none.
    expect(await api.getUpdates({ offset: 999_999_999 })).toHaveLength(1)
  })

  it('waits for the next one', async () => {
    const ada = telegram.bot.person('Ada')
    const waiting = api.getUpdates({ timeout: 20 })
    await waitFor(() => telegram.bot.polls.active === 1, { what: 'the poll' })
    ada.says(ada.dm, 'hello')
    expect(await waiting).toHaveLength(1)
    expect(telegram.bot.polls).toMatchObject({ active: 0, most: 1, conflicts: 0 })
  })

  it('ends the first poller when a second comes, and counts both', async () => {
    const first = failure(api.getUpdates({ timeout: 20 }))
    await waitFor(() => telegram.bot.polls.active === 1, { what: 'the poll' })
    const controller = new AbortController()
    const second = connect(telegram.bot.token).getUpdates({ timeout: 20 }, signalOf(controller.signal))
    const ended = second.catch(() => 'aborted')
    expect(await first).toMatchObject({
      error_code: 409,
      description: expect.stringContaining('only one bot instance'),
    })
    expect(telegram.bot.polls).toMatchObject({ most: 2, conflicts: 1 })
    controller.abort()
    expect(await ended).toBe('aborted')
    await waitFor(() => telegram.bot.polls.active === 0, { what: 'the end of the poll' })
  })

  it('hands a reaction only to who asks for reactions', async () => {
    const ada = telegram.bot.person('Ada')
    const message = ada.says(ada.dm, 'hello')
    ada.reacts(message, '👍')
    expect(await api.getUpdates({ allowed_updates: ['message', 'message_reaction'] })).toHaveLength(1)
    ada.reacts(message, '🔥')
    const [, reaction] = await api.getUpdates()
    expect(reaction?.message_reaction).toMatchObject({
      old_reaction: [{ emoji: '👍' }],
      new_reaction: [{ emoji: '🔥' }],
      message_id: message.message_id,
    })
  })
})

describe('what people do', () => {
  it('comes as the messages of each kind', async () => {
    const ada = telegram.bot.person('Ada', { last_name: 'L' })
    const bytes = Buffer.from('bytes')
    const sent = [
      content.photo(bytes, { caption: 'look' }),
      content.document(bytes, { name: 'a.pdf', mime: 'application/pdf' }),
      content.voice(bytes),
      content.audio(bytes, { title: 'Song' }),
      content.video(bytes),
      content.videoNote(bytes),
      content.sticker(bytes, { emoji: '🙂' }),
      content.animation(bytes),
      content.location(1, 2),
      content.venue(1, 2, 'Pub', 'High Street'),
      content.contact('+1555', 'Bo'),
      content.poll('Tea?', ['yes', 'no']),
      content.dice('🎲', 6),
    ]
    for (const one of sent) ada.sends(ada.dm, one)
    ada.sendsAlbum(ada.dm, [content.photo(bytes), content.photo(bytes)])
    const updates = await api.getUpdates()
    expect(updates).toHaveLength(sent.length + 2)
    expect(updates[0]?.message).toMatchObject({
      chat: { id: ada.id, type: 'private' },
      from: { first_name: 'Ada', last_name: 'L', is_bot: false },
      caption: 'look',
    })
    const groups = updates.slice(-2).map(({ message }) => message?.media_group_id)
    expect(new Set(groups).size).toBe(1)
    expect(groups[0]).toBeDefined()
  })

  it('edits, replies with a quote, and forwards', async () => {
    const ada = telegram.bot.person('Ada')
    const bo = telegram.bot.person('Bo')
    const said = bo.says(bo.dm, 'the whole text')
    const reply = bo.says(bo.dm, 'that?', { replyTo: said, quote: 'whole' })
    expect(reply).toMatchObject({ quote: { text: 'whole', position: 4 }, reply_to_message: { text: 'the whole text' } })
    expect(ada.forwards(said, ada.dm)).toMatchObject({ forward_origin: { type: 'user', sender_user: { id: bo.id } } })
    bo.edits(said, 'another text')
    const edited = (await api.getUpdates()).find((update) => update.edited_message)
    expect(edited?.edited_message).toMatchObject({ text: 'another text', edit_date: expect.any(Number) })
    // What was handed out before is not rewritten by the edit.
    expect((await api.getUpdates())[0]?.message?.text).toBe('the whole text')
  })

  it('reaches a bot in a group as its privacy mode allows', async () => {
    const ada = telegram.bot.person('Ada')
    const { chat } = telegram.bot.group({ members: [ada] })
    const answer = await api.sendMessage(chat.id, 'hi')
    ada.says(chat, 'among us')
    ada.says(chat, 'hey @Backchannel_Test_Bot')
    ada.says(chat, 'yes', { replyTo: chat.message(answer.message_id) as never })
    ada.says(chat, '/status')
    ada.says(chat, '/status@other_bot')
    const texts = (await api.getUpdates()).flatMap(({ message }) => message?.text ?? [])
    expect(texts).toEqual(['hey @Backchannel_Test_Bot', 'yes', '/status'])
  })

  it('happens in topics, where replying to nothing replies to the topic', async () => {
    const ada = telegram.bot.person('Ada')
    const group = telegram.bot.group({ members: [ada], forum: true, administrator: true })
    const topic = group.topic('Builds')
    const said = ada.says(group.chat, 'red again', { topic })
    expect(said).toMatchObject({
      message_thread_id: topic,
      is_topic_message: true,
      reply_to_message: { forum_topic_created: { name: 'Builds' } },
    })
    await api.sendMessage(group.chat.id, 'looking', { message_thread_id: topic })
    expect(group.chat.byBot[0]).toMatchObject({ message_thread_id: topic, is_topic_message: true })
    expect(await failure(api.sendMessage(group.chat.id, 'x', { message_thread_id: 99 }))).toMatchObject({
      description: 'Bad Request: message thread not found',
    })
  })

  it('forms threads without topics in an ordinary supergroup, and nothing can be sent there by number', async () => {
    const ada = telegram.bot.person('Ada')
    const { chat } = telegram.bot.group({ members: [ada], administrator: true })
    const said = ada.says(chat, 'one')
    const reply = ada.says(chat, 'two', { replyTo: said })
    expect(reply.message_thread_id).toBe(said.message_id)
    expect(reply.is_topic_message).toBeUndefined()
    const sending = api.sendMessage(chat.id, 'x', { message_thread_id: said.message_id })
    expect(await failure(sending)).toMatchObject({ error_code: 400 })
  })

  it('moves a group to a supergroup, and says where to', async () => {
    const ada = telegram.bot.person('Ada')
    const group = telegram.bot.group({ members: [ada], type: 'group' })
    const { chat } = group.upgrade()
    expect(await failure(api.sendMessage(group.chat.id, 'x'))).toMatchObject({
      parameters: { migrate_to_chat_id: chat.id },
    })
    await api.sendMessage(chat.id, 'here')
    expect(chat.texts).toEqual(['here'])
  })

  it('presses buttons that are there', async () => {
    const ada = telegram.bot.person('Ada')
    ada.says(ada.dm, 'hello')
    const reply_markup = { inline_keyboard: [[{ text: 'Allow', callback_data: 'perm:allow:abcde' }]] }
    const { message_id } = await api.sendMessage(ada.id, 'Run it?', { reply_markup })
    const message = ada.dm.message(message_id) as never
    expect(() => ada.presses(message, 'Deny')).toThrow('there is: "Allow"')
    const id = ada.presses(message, 'Allow')
    const pressed = (await api.getUpdates()).at(-1)?.callback_query
    expect(pressed).toMatchObject({ id, data: 'perm:allow:abcde', from: { id: ada.id }, message: { message_id } })
    await api.answerCallbackQuery(id, { text: 'Done' })
    expect(telegram.bot.callbacks.get(id)?.answer).toEqual({ text: 'Done', alert: false })
    expect(await failure(api.answerCallbackQuery(id))).toMatchObject({ error_code: 400 })
    await api.editMessageText(ada.id, message_id, 'Allowed')
    expect(() => ada.presses(message, 'Allow')).toThrow('there are: none')
    expect(ada.presses(message, 'Allow', { stale: true })).not.toBe(id)
    ada.presses(message, 'perm:allow:forge', { forged: true })
    expect((await api.getUpdates()).at(-1)?.callback_query?.data).toBe('perm:allow:forge')
  })
})

describe('what a bot sends', () => {
  it('is kept with its entities, trimmed', async () => {
    const ada = telegram.bot.person('Ada')
    ada.says(ada.dm, 'hello')
    await api.sendMessage(ada.id, '\n👍 bold \n', { entities: [{ type: 'bold', offset: 4, length: 4 }] })
    expect(ada.dm.byBot[0]).toMatchObject({ text: '👍 bold', entities: [{ type: 'bold', offset: 3, length: 4 }] })
    await api.sendMessage(ada.id, '*bold \\* `x_y`* [site](https://example.com/)', { parse_mode: 'MarkdownV2' })
    expect(ada.dm.byBot[1]).toMatchObject({
      text: 'bold * x_y site',
      entities: [
        { type: 'bold', offset: 0, length: 10 },
        { type: 'code', offset: 7, length: 3 },
        { type: 'text_link', offset: 11, length: 4, url: 'https://example.com/' },
      ],
    })
  })

  it.each([
    ['', {}, 'message text is empty'],
    [' \n ', {}, 'message text is empty'],
    ['x'.repeat(4097), {}, 'message is too long'],
    ['👍'.repeat(2049), {}, 'message is too long'],
    ['short', { entities: [{ type: 'bold', offset: 3, length: 9 }] }, 'ENTITY_BOUNDS_INVALID'],
    ['👍👍', { entities: [{ type: 'bold', offset: 1, length: 2 }] }, 'ENTITY_BOUNDS_INVALID'],
    ['a.b', { parse_mode: 'MarkdownV2' }, "Character '.' is reserved"],
    ['a *b', { parse_mode: 'MarkdownV2' }, "Can't find end of bold entity"],
    ['x', { reply_parameters: { message_id: 777 } }, 'message to be replied not found'],
    [
      'x',
      { reply_markup: { inline_keyboard: [[{ text: 'a', callback_data: 'x'.repeat(65) }]] } },
      'BUTTON_DATA_INVALID',
    ],
  ] as const)('is refused: %.12s %o', async (words, other, reason) => {
    const ada = telegram.bot.person('Ada')
    ada.says(ada.dm, 'hello')
    const error = await failure(api.sendMessage(ada.id, words, other as never))
    expect(error).toMatchObject({ error_code: 400, description: expect.stringContaining(reason) })
    expect(ada.dm.byBot).toEqual([])
  })

  it('reaches nobody who never wrote, and nobody who blocked the bot', async () => {
    const ada = telegram.bot.person('Ada')
    expect(await failure(api.sendMessage(ada.id, 'x'))).toMatchObject({ description: 'Bad Request: chat not found' })
    ada.says(ada.dm, 'hello')
    ada.blocks()
    expect(await failure(api.sendMessage(ada.id, 'x'))).toMatchObject({ error_code: 403 })
  })

  it('may be files, as multipart, that can be fetched again', async () => {
    const ada = telegram.bot.person('Ada')
    ada.says(ada.dm, 'hello')
    const bytes = Buffer.from('%PDF-1.7')
    await api.sendDocument(ada.id, new InputFile(bytes, 'größe.pdf'), { caption: 'the plan' })
    const { document } = ada.dm.byBot[0] ?? {}
    expect(document).toMatchObject({ file_name: 'größe.pdf', file_size: bytes.length })
    const file = await api.getFile(document?.file_id ?? '')
    const path = `/file/bot${telegram.bot.token}/${file.file_path}`
    expect(Buffer.from(await (await fetch(telegram.root + path)).arrayBuffer())).toEqual(bytes)
    expect((await fetch(`${telegram.root}/file/bot1:wrong/${file.file_path}`)).status).toBe(401)
    const photo = () => ({ type: 'photo' as const, media: new InputFile(bytes, 'a.png') })
    const album = await api.sendMediaGroup(ada.id, [photo(), photo()])
    expect(new Set(album.map((one) => 'media_group_id' in one && one.media_group_id)).size).toBe(1)
  })

  it('has limits of size', async () => {
    const ada = telegram.bot.person('Ada')
    const sent = ada.sends(ada.dm, content.document(Buffer.from('x'), { size: 21 * 1024 * 1024 }))
    expect(await failure(api.getFile(sent.document?.file_id ?? ''))).toMatchObject({
      description: 'Bad Request: file is too big',
    })
    const eleven = Buffer.alloc(11 * 1024 * 1024)
    expect(await failure(api.sendPhoto(ada.id, new InputFile(eleven, 'a.png')))).toMatchObject({
      description: expect.stringContaining('too big for a photo'),
    })
    const tooMuch = Buffer.alloc(50 * 1024 * 1024 + 1)
    expect(await failure(api.sendDocument(ada.id, new InputFile(tooMuch, 'a')))).toMatchObject({ error_code: 413 })
  })

  it('can be edited, reacted to and deleted, within the rules', async () => {
    const ada = telegram.bot.person('Ada')
    const said = ada.says(ada.dm, 'hello')
    const { message_id } = await api.sendMessage(ada.id, 'one')
    await api.editMessageText(ada.id, message_id, 'two')
    expect(ada.dm.message(message_id)?.text).toBe('two')
    expect(ada.dm.earlier(message_id).map(({ text }) => text)).toEqual(['one'])
    expect(await failure(api.editMessageText(ada.id, message_id, 'two'))).toMatchObject({
      description: expect.stringContaining('message is not modified'),
    })
    expect(await failure(api.editMessageText(ada.id, said.message_id, 'x'))).toMatchObject({
      description: "Bad Request: message can't be edited",
    })
    await api.setMessageReaction(ada.id, said.message_id, [{ type: 'emoji', emoji: '👀' }])
    expect(ada.dm.reactionOfBot(said.message_id)).toBe('👀')
    const tick = [{ type: 'emoji', emoji: '✅' }] as never
    expect(await failure(api.setMessageReaction(ada.id, said.message_id, tick))).toMatchObject({
      description: 'Bad Request: REACTION_INVALID',
    })
    await api.sendChatAction(ada.id, 'typing')
    expect(ada.dm.actions).toEqual([{ action: 'typing', thread: undefined }])
    await api.deleteMessage(ada.id, message_id)
    expect(ada.dm.byBot).toEqual([])
  })
})

describe('faults', () => {
  it('limits the rate on demand', async () => {
    telegram.faults.add({ kind: 'status', status: 429, retryAfter: 7, method: 'getMe' })
    expect(await failure(api.getMe())).toMatchObject({ error_code: 429, parameters: { retry_after: 7 } })
    await api.getMe()
  })

  it.each([
    { kind: 'drop' },
    { kind: 'reset' },
    { kind: 'drop', after: true },
    { kind: 'reset', after: true },
    { kind: 'half' },
  ] as const)('loses answers: %o', async (fault) => {
    const ada = telegram.bot.person('Ada')
    ada.says(ada.dm, 'hello')
    const added = telegram.faults.add({ ...fault, method: 'sendMessage' })
    await expect(api.sendMessage(ada.id, 'one')).rejects.toBeInstanceOf(HttpError)
    expect(added.hits).toBe(1)
    const took = fault.kind === 'half' || ('after' in fault && fault.after)
    expect(ada.dm.texts).toEqual(took ? ['one'] : [])
    expect(telegram.bot.callsOf('sendMessage').map(({ status }) => status)).toEqual([0])
    await api.sendMessage(ada.id, 'two')
  })

  it('delays, hangs, and is offline for as long as told', async () => {
    telegram.faults.add({ kind: 'delay', ms: 5 })
    await api.getMe()
    telegram.faults.add({ kind: 'hang' })
    await expect(api.getMe(signalOf(AbortSignal.timeout(50)))).rejects.toBeInstanceOf(HttpError)
    await telegram.offline()
    await expect(api.getMe()).rejects.toBeInstanceOf(HttpError)
    await telegram.online()
    await api.getMe()
  })

  it('hits what was asked for, as often as was asked', async () => {
    telegram.faults.add({ kind: 'status', status: 500, times: 2, when: (parameters) => parameters.get('offset') === 5 })
    await api.getUpdates()
    expect(await failure(api.getUpdates({ offset: 5 }))).toMatchObject({ error_code: 500 })
    expect(await failure(api.getUpdates({ offset: 5 }))).toMatchObject({ error_code: 500 })
    await api.getUpdates({ offset: 5 })
  })

  it('keeps two bots apart', async () => {
    const other = telegram.addBot({ username: 'other_bot' })
    const ada = telegram.bot.person('Ada')
    ada.says(ada.dm, 'hello')
    expect(await connect(other.token).getUpdates()).toEqual([])
    expect((await connect(other.token).getMe()).username).toBe('other_bot')
    expect(await api.getUpdates()).toHaveLength(1)
  })
})
