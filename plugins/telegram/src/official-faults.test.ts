/** Faults of the official Telegram server, by their ids, and a matrix of who can do what: the built plugin is free of them. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FakeHost, staysTrue, waitFor } from '@backchannel/testkit'
import { content, type Person } from '@backchannel/testkit/telegram'
import { describe, expect, it } from 'vitest'
import { isListening, type Setup, setUp } from './bundle.fixture.ts'

const FEATURES = ['receipts', 'origin', 'control', 'access'] as const
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

const verdicts = ({ notifications }: FakeHost) =>
  notifications.filter(({ method }) => method === 'notifications/claude/channel/permission').map(({ params }) => params)

const ask = (host: FakeHost, requestId: string) =>
  host.notify('notifications/claude/channel/permission_request', {
    request_id: requestId,
    tool_name: 'Bash',
    description: 'Run shell command',
    input_preview: '{"command":"rm -rf build"}',
  })

const nameOwner = ({ directory }: Setup, owner: Person) =>
  writeFile(
    join(directory, 'approvers.json'),
    JSON.stringify({ approvers: [{ sender: String(owner.id), chat: String(owner.id) }] }),
    { mode: 0o600 },
  )

describe.concurrent('free of', () => {
  it('S-10: nothing is polled before the host has initialised it', async () => {
    await using made = await setUp()
    made.ada.says(made.ada.dm, 'from before')
    const host = await made.start({ register: false, features: ['receipts'] })
    expect(await staysTrue(() => made.bot.calls.length === 0, 150)).toBe(true)
    host.register()
    expect((await host.nextEvent()).content).toBe('from before')
  })

  it('S-8: what comes while the channel is away is delivered when it is back, and nothing twice', async () => {
    await using made = await setUp()
    const host = await made.start()
    made.ada.says(made.ada.dm, 'one')
    await host.nextEvent()
    await host.close()
    made.ada.says(made.ada.dm, 'two')
    const next = await made.start()
    const { content: words, meta } = await next.nextEvent(({ content: text }) => text === 'two')
    expect([words, meta?.['redelivered']]).toEqual(['two', undefined])
  })

  it('T-7: the commands of the bot tell a stranger the code, twice, and nothing else', async () => {
    await using made = await setUp({ access: { dmPolicy: 'pairing' } })
    const eve = made.bot.person('Eve')
    await made.start()
    for (const words of ['/start', '/help', '/status', '/start', '/status', '/help']) eve.says(eve.dm, words)
    await waitFor(() => made.bot.waiting.length === 0 && eve.dm.texts.length === 2, { what: 'two answers' })
    expect(await staysTrue(() => eve.dm.texts.length === 2, 100)).toBe(true)
    for (const text of eve.dm.texts) expect(text).toMatch(/:access pair [0-9a-f]{6}$/)
    const { ada } = made
    ada.says(ada.dm, '/status')
    await waitFor(() => ada.dm.texts.some((text) => text.startsWith('Paired:')), { what: 'the status' })
    expect(made.bot.commands.get('all_private_chats')?.map(({ command }) => command)).toEqual([
      'start',
      'help',
      'status',
      'stop',
      'new',
      'compact',
      'sessions',
      'use',
    ])
  })

  it('T-9: a picture that could not be fetched can be fetched later', async () => {
    await using made = await setUp()
    const { ada, telegram } = made
    const host = await made.start()
    await isListening(made.bot)
    telegram.faults.add({ kind: 'status', status: 500, method: 'file' })
    ada.sends(ada.dm, content.photo(PNG, { caption: 'look' }))
    const { meta } = await host.nextEvent()
    expect(meta).toMatchObject({ attachment_kind: 'photo', attachment_file_id: expect.any(String) })
    expect(meta?.['image_path']).toBeUndefined()
    const { content: result } = await host.callTool('download_attachment', { file_id: meta?.['attachment_file_id'] })
    expect(await readFile(result[0]?.text ?? '')).toEqual(PNG)
  })

  it('T-5: a file that fails after its text says what was sent', async () => {
    await using made = await setUp()
    const { ada, telegram } = made
    ada.says(ada.dm, 'hello')
    const host = await made.start()
    await host.nextEvent()
    const file = join(host.home, 'report.txt')
    await writeFile(file, 'all good')
    telegram.faults.add({ kind: 'status', status: 400, description: 'no', method: 'sendDocument', times: 10 })
    const { content: result, isError } = await host.callTool('reply', {
      chat_id: String(ada.id),
      text: 'here it is',
      files: [file],
    })
    expect(isError).toBe(true)
    expect(result[0]?.text).toMatch(/^reply failed: 1 of 2 parts was sent \(ids: \d+\), not the rest: /)
    expect(ada.dm.texts).toEqual(['here it is'])
  })

  it('T-10: a word to wait is kept, ids and names are apart, and an extension is what the bytes are', async () => {
    await using made = await setUp()
    const { ada, telegram } = made
    const host = await made.start()
    ada.sends(ada.dm, content.document(PNG, { name: 'x.<script>;sh', mime: 'text/html' }))
    const { meta } = await host.nextEvent()
    expect(meta).toMatchObject({ user: 'ada', user_id: String(ada.id), attachment_name: 'x._script__sh' })
    const { content: path } = await host.callTool('download_attachment', { file_id: meta?.['attachment_file_id'] })
    expect(path[0]?.text).toMatch(/[/\\]inbox[/\\]\d{13}-\w+\.png$/)
    telegram.faults.add({ kind: 'status', status: 429, retryAfter: 1, method: 'sendMessage' })
    const sent = await host.callTool('reply', { chat_id: String(ada.id), text: 'a *star* and a dot.' })
    expect(sent.content[0]?.text).toMatch(/^sent \(id: \d+\)$/)
    expect(ada.dm.byBot.at(-1)).toMatchObject({ text: 'a star and a dot.', entities: [{ type: 'italic' }] })
  })

  it('T-8: a topic is answered in it, by its id or without', async () => {
    await using made = await setUp({ access: {}, privacy: false })
    const { bot, ada, directory } = made
    const group = bot.group({ members: [ada], forum: true })
    const topic = group.topic('Builds')
    const access = { dmPolicy: 'allowlist', allowFrom: [], groups: { [group.chat.id]: { requireMention: false } } }
    await writeFile(join(directory, 'access.json'), JSON.stringify(access))
    const host = await made.start()
    ada.says(group.chat, 'red again', { topic })
    const { meta } = await host.nextEvent()
    expect(meta).toMatchObject({ thread_id: String(topic), chat_type: 'group', chat_title: 'Team' })
    const chatId = String(group.chat.id)
    await host.callTool('reply', { chat_id: chatId, text: 'looking', thread_id: meta?.['thread_id'] })
    await host.callTool('reply', { chat_id: chatId, text: 'found it', reply_to: meta?.['message_id'] })
    expect(group.chat.byBot.map(({ message_thread_id }) => message_thread_id)).toEqual([topic, topic])
  })

  it('a group that nobody has added is named once, so that it can be', async () => {
    await using made = await setUp({ access: {}, privacy: false })
    const { chat } = made.bot.group({ members: [made.ada], title: 'Team <b>' })
    const host = await made.start()
    made.ada.says(chat, 'anybody?')
    made.ada.says(chat, 'hello?')
    await host.waitForStderr(
      new RegExp(`wrote in the group ${chat.id} \\(Team _b_\\), which is not heard.*group add ${chat.id}`),
    )
    made.ada.says(made.ada.dm, 'behind it')
    await host.nextEvent()
    expect(host.stderr.match(/which is not heard/g)).toHaveLength(1)
    expect(host.events).toHaveLength(1)
  })
})

describe.concurrent('an open request', () => {
  const open = async () => {
    const made = await setUp({ access: {}, privacy: false })
    const { bot, ada, directory } = made
    await nameOwner(made, ada)
    const friend = bot.person('Friend')
    const eve = bot.person('Eve')
    const robot = bot.person('Robot', { is_bot: true })
    const group = bot.group({ members: [ada, friend, eve, robot] })
    const allowFrom = [ada, friend].map(({ id }) => String(id))
    const groups = { [group.chat.id]: { requireMention: false, allowFrom: [] } }
    await writeFile(join(directory, 'access.json'), JSON.stringify({ dmPolicy: 'allowlist', allowFrom, groups }))
    const old = ada.says(ada.dm, 'an old message', { isOld: true })
    const oldInGroup = ada.says(group.chat, 'an old message', { isOld: true })
    const host = await made.start({ features: FEATURES })
    await isListening(bot)
    ask(host, 'abcde')
    const prompt = await waitFor(() => ada.dm.byBot.find((message) => message.reply_markup), { what: 'the prompt' })
    return { made, host, ada, friend, eve, robot, group, old, oldInGroup, prompt }
  }

  it('is answered by nobody and nothing but an approver (S-1, S-2, S-19)', async () => {
    const { made, host, ada, friend, eve, robot, group, old, oldInGroup, prompt } = await open()
    await using _ = made
    const words = 'yes abcde'
    friend.says(friend.dm, words)
    friend.says(group.chat, words)
    eve.says(eve.dm, words)
    const quoted = eve.says(group.chat, words)
    robot.says(group.chat, words)
    ada.forwards(friend.says(friend.dm, 'y abcde', { isOld: true }), ada.dm)
    ada.edits(old, words)
    ada.edits(oldInGroup, words)
    ada.says(group.chat, 'what is that?', { replyTo: quoted, quote: words })
    ada.says(ada.dm, `please ${words}`)
    ada.says(ada.dm, 'yes great')
    ada.says(group.chat, 'anonymous', {
      extra: { sender_chat: { id: group.chat.id, type: 'supergroup', title: 'Team' } },
    })
    const presses = [friend, eve, robot].map((one) => one.presses(prompt, '✅ Allow'))
    await waitFor(() => presses.every((id) => made.bot.callbacks.get(id)?.answer), { what: 'the answers' })
    for (const id of presses) expect(made.bot.callbacks.get(id)?.answer?.text).toBe('Not authorised.')
    await host.nextEvent(({ content: text }) => text === 'yes great')
    await waitFor(() => made.bot.waiting.length === 0, { what: 'everything to be read' })
    expect(verdicts(host)).toEqual([])
    // None of it was eaten either: what is no verdict is a message, where its sender is let in.
    const heard = host.events.filter(({ content: text }) => text === words).length
    expect(heard).toBeGreaterThanOrEqual(4)
    ada.presses(prompt, '❌ Deny')
    await waitFor(() => verdicts(host).length === 1, { what: 'the verdict' })
    expect(verdicts(host)).toMatchObject([{ request_id: 'abcde', behavior: 'deny' }])
  })

  it('is shown whole, to the owner alone, and can be answered by a word that is acknowledged (S-3, T-6)', async () => {
    const { made, host, ada, friend, group, prompt } = await open()
    await using _ = made
    expect(prompt.text).toContain('rm -rf build')
    expect([...friend.dm.byBot, ...group.chat.byBot]).toEqual([])
    const { message_id } = ada.says(ada.dm, 'Y ABCDE')
    await waitFor(() => ada.dm.reactionOfBot(message_id) === '👍', { what: 'the acknowledgement' })
    expect(verdicts(host)).toMatchObject([{ request_id: 'abcde', behavior: 'allow' }])
  })

  it('is answered once, and a press that comes too late is told so (S-4)', async () => {
    const { made, host, ada, prompt } = await open()
    await using _ = made
    const first = ada.presses(prompt, '✅ Allow')
    await waitFor(() => made.bot.callbacks.get(first)?.answer, { what: 'the answer' })
    host.notify('notifications/backchannel/permission_resolved', {
      request_id: 'abcde',
      outcome: 'allow',
      by: 'telegram',
    })
    await waitFor(() => ada.dm.message(prompt.message_id)?.reply_markup === undefined, { what: 'the buttons to go' })
    const late = ada.presses(prompt, '❌ Deny', { stale: true })
    await waitFor(() => made.bot.callbacks.get(late)?.answer, { what: 'the answer' })
    expect(made.bot.callbacks.get(late)?.answer?.text).toMatch(/not open any more/)
    expect(verdicts(host)).toHaveLength(1)
  })
})
