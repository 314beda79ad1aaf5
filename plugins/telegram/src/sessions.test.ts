/** Several sessions with one bot: which of them gets what, what is said of them in chats, and that nothing is lost when one ends. */
import { staysTrue, waitFor } from '@backchannel/testkit'
import { describe, expect, it } from 'vitest'
import { isListening, type Setup, setUp } from './bundle.fixture.ts'

const features = ['receipts', 'origin', 'questions', 'control', 'access'] as const
const start = (made: Setup, name: string, env: Record<string, string> = {}) =>
  made.start({ features, env: { BACKCHANNEL_SESSION_NAME: name, ...env } })
const holds = (made: Setup) => isListening(made.bot)
const STANDBY = /standby: another session receives from Telegram/

describe.concurrent('sessions that share a bot', () => {
  it('get what their chat, a quoted message or a topic is for', async () => {
    await using made = await setUp({
      access: { groups: { '-1000001000007': { requireMention: false } } },
      privacy: false,
    })
    const { bot, ada } = made
    const group = bot.group({ id: -1_000_001_000_007, members: [ada], forum: true })
    const topic = group.topic('web')
    const api = await start(made, 'api')
    await holds(made)
    const web = await start(made, 'web')
    await web.waitForStderr(STANDBY)

    // A chat that nobody has chosen for: its approver is asked.
    ada.says(ada.dm, 'first')
    const asked = await waitFor(() => ada.dm.byBot.find(({ text }) => text?.includes('Which one')), {
      what: 'the question',
    })
    expect([...api.events, ...web.events]).toEqual([])
    ada.presses(asked, 'web')
    expect(await web.nextEvent()).toMatchObject({ content: 'first' })
    await waitFor(() => ada.dm.texts.includes('This chat talks to web now.'), { what: 'the answer' })

    ada.says(ada.dm, '/sessions')
    await waitFor(() => ada.dm.texts.some((text) => text.startsWith('Sessions:\n• api\n• web (talks to you here)')), {
      what: 'the list',
    })
    ada.says(ada.dm, '/use API')
    await waitFor(() => ada.dm.texts.includes('This chat talks to api now.'), { what: 'the change' })
    ada.says(ada.dm, 'second')
    expect(await api.nextEvent()).toMatchObject({ content: 'second' })

    // What web says is answered to web, whoever has the chat.
    const { content } = await web.callTool('reply', { chat_id: String(ada.id), text: 'from web' })
    expect(content[0]?.text).toMatch(/^sent \(id: \d+\)$/)
    ada.says(ada.dm, 'to web', { replyTo: ada.dm.byBot.at(-1)! })
    expect(await web.nextEvent()).toMatchObject({ content: 'to web' })
    ada.says(ada.dm, 'third')
    expect(await api.nextEvent()).toMatchObject({ content: 'third' })

    ada.says(group.chat, '/use web', { topic })
    await waitFor(() => group.chat.texts.includes('This topic talks to web now.'), { what: 'the topic' })
    ada.says(group.chat, 'in the topic', { topic })
    expect(await web.nextEvent()).toMatchObject({ content: 'in the topic' })
    expect(bot.polls).toMatchObject({ most: 1, conflicts: 0 })
  })

  it('take over when the holder is killed: nothing is lost, and what may have come says so', async () => {
    await using made = await setUp()
    const { bot, ada } = made
    const api = await start(made, 'api')
    await holds(made)
    ada.says(ada.dm, 'one')
    const one = await api.nextEvent()
    api.receipt(one.event_id ?? '', 'completed')
    const web = await start(made, 'web')
    await web.waitForStderr(STANDBY)
    const docs = await start(made, 'docs')
    await docs.waitForStderr(STANDBY)
    ada.says(ada.dm, '/use web')
    await waitFor(() => ada.dm.texts.includes('This chat talks to web now.'), { what: 'the change' })
    ada.says(ada.dm, 'two')
    const two = await web.nextEvent()
    web.receipt(two['event_id'] ?? '', 'started')
    api.kill('SIGKILL')
    ada.says(ada.dm, 'three')
    expect(await web.nextEvent()).toMatchObject({ content: 'three' })
    // It was never taken from web, which has it still.
    expect(web.events.map(({ content, meta }) => [content, meta?.['redelivered']])).toEqual([
      ['two', undefined],
      ['three', undefined],
    ])
    expect(docs.events).toEqual([])
    const { content } = await docs.callTool('reply', { chat_id: String(ada.id), text: 'still here' })
    expect(content[0]?.text).toMatch(/^sent/)
    expect(bot.polls).toMatchObject({ most: 1, conflicts: 0 })
  })

  it('hand on what an ended session had, with a label, and say so in the chat', async () => {
    await using made = await setUp()
    const { ada } = made
    const api = await start(made, 'api')
    await holds(made)
    ada.says(ada.dm, 'one')
    await api.nextEvent()
    const web = await start(made, 'web')
    await web.waitForStderr(STANDBY)
    api.endInput()
    await api.waitForExit()
    expect(await web.nextEvent()).toMatchObject({ content: 'one', meta: { redelivered: 'true' } })
    await waitFor(() => ada.dm.texts.includes('The session api has ended. web talks to you now.'), { what: 'the word' })
    expect(await staysTrue(() => ada.dm.texts.length === 1, 100)).toBe(true)
  })

  it('ask through the holder, and only their own host hears the verdict', async () => {
    await using made = await setUp()
    const { ada } = made
    const api = await start(made, 'api')
    await holds(made)
    ada.says(ada.dm, 'hi')
    await api.nextEvent()
    const web = await start(made, 'web')
    await web.waitForStderr(STANDBY)
    const request = { request_id: 'abcde', tool_name: 'Bash', description: 'd', input_preview: 'ls' }
    web.notify('notifications/claude/channel/permission_request', request)
    const prompt = await waitFor(() => ada.dm.byBot.find(({ text }) => text?.includes('abcde')), { what: 'the prompt' })
    ada.presses(prompt, '✅ Allow')
    const verdict = await web.nextNotification('notifications/claude/channel/permission')
    expect(verdict.params).toMatchObject({ request_id: 'abcde', behavior: 'allow' })
    web.notify('notifications/backchannel/permission_resolved', {
      request_id: 'abcde',
      outcome: 'allow',
      by: 'telegram',
    })
    await waitFor(() => ada.dm.texts.some((text) => text.includes('allowed by telegram')), { what: 'the end of it' })
    expect(api.notifications.filter(({ method }) => method.endsWith('/permission'))).toEqual([])

    const paired = await web.request('backchannel/access', { args: ['pair', 'a1b2c3'] })
    expect(paired).toMatchObject({ ok: false, text: expect.stringContaining('which has the codes: type it there') })

    // What is open when the holder is killed can still be answered.
    web.notify('notifications/claude/channel/permission_request', { ...request, request_id: 'fghij' })
    const later = await waitFor(() => ada.dm.byBot.find(({ text }) => text?.includes('fghij')), {
      what: 'the next prompt',
    })
    api.kill('SIGKILL')
    await web.waitForStderr(/this one receives from Telegram now/)
    ada.presses(later, '❌ Deny')
    const denied = await web.nextNotification('notifications/claude/channel/permission')
    expect(denied.params).toMatchObject({ request_id: 'fghij', behavior: 'deny' })
  })

  it('ask questions through the holder, and are stopped from their own chat', async () => {
    await using made = await setUp()
    const { ada } = made
    const api = await start(made, 'api')
    await holds(made)
    ada.says(ada.dm, 'hi')
    await api.nextEvent()
    const web = await start(made, 'web')
    await web.waitForStderr(STANDBY)
    const choices = [
      { id: '1', label: 'Postgres' },
      { id: '2', label: 'SQLite' },
    ]
    web.notify('notifications/backchannel/question', {
      question_id: 'abcde',
      text: 'Which one?',
      choices,
      multiple: false,
    })
    const asked = await waitFor(() => ada.dm.byBot.find(({ text }) => text?.includes('Which one?')), {
      what: 'the question',
    })
    expect(asked.reply_markup?.inline_keyboard.flat().map(({ text }) => text)).toContainEqual(
      expect.stringContaining('SQLite'),
    )
    ada.says(ada.dm, '2')
    const answer = await web.nextNotification('notifications/backchannel/answer')
    expect(answer.params).toMatchObject({ question_id: 'abcde', choices: ['2'] })

    ada.says(ada.dm, '/use web')
    await waitFor(() => ada.dm.texts.includes('This chat talks to web now.'), { what: 'the change' })
    ada.says(ada.dm, '/stop')
    const control = await web.nextNotification('notifications/backchannel/control')
    const { control_id: id } = control.params as { readonly control_id: string }
    const result = {
      control_id: id,
      action: 'interrupt',
      by: String(ada.id),
      ok: true,
      text: 'Stopped the turn of web.',
    }
    web.notify('notifications/backchannel/control_result', result)
    await waitFor(() => ada.dm.texts.includes('Stopped the turn of web.'), { what: 'what came of it' })
    expect(api.notifications.filter(({ method }) => /answer|control/.test(method))).toEqual([])
  })

  it('wait for a session where a process holds the bot without one, and the sender knows', async () => {
    await using made = await setUp({ access: { dmPolicy: 'pairing' } })
    const { ada, bot } = made
    const keeper = await start(made, 'keeper', { BACKCHANNEL_KEEPER: '1' })
    await holds(made)
    ada.says(ada.dm, 'is anybody there?')
    await waitFor(
      () => ada.dm.texts.some((text) => text.includes('No session is running') && text.includes('1 message waits')),
      {
        what: 'the word',
      },
    )
    ada.says(ada.dm, 'hello?')
    expect(await staysTrue(() => keeper.events.length === 0 && ada.dm.texts.length === 1, 100)).toBe(true)
    // Nobody can type a code into a session there.
    const bob = bot.person('Bob')
    bob.says(bob.dm, 'let me in')
    await waitFor(
      () => bob.dm.texts.some((text) => /in a terminal:\n\nbackchannel access telegram pair [0-9a-f]{6}$/.test(text)),
      {
        what: 'the code',
      },
    )
    const web = await start(made, 'web')
    expect([await web.nextEvent(), await web.nextEvent()].map(({ content }) => content)).toEqual([
      'is anybody there?',
      'hello?',
    ])
    expect(web.events.map(({ meta }) => meta?.['redelivered'])).toEqual([undefined, undefined])
  })
})
