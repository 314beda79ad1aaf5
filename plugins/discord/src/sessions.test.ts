/** Several sessions with one Discord bot: a thread follows its channel or has a session of its own, and the menu chooses too. */
import { type FakeHost, staysTrue, waitFor } from '@backchannel/testkit'
import { describe, expect, it } from 'vitest'
import { isListening, type Setup, setUp, writeAccess } from './bundle.fixture.ts'

const features = ['receipts', 'origin', 'questions', 'control', 'access'] as const
const start = (made: Setup, name: string) => made.start({ features, env: { BACKCHANNEL_SESSION_NAME: name } })

async function startTwo(made: Setup): Promise<{ readonly api: FakeHost; readonly web: FakeHost }> {
  const api = await start(made, 'api')
  await isListening(made.bot)
  const web = await start(made, 'web')
  await web.waitForStderr(/standby: another session receives from Discord/)
  return { api, web }
}

/** A channel that Ada, the owner, and Bob, who is no approver, are heard in. */
async function createServer({ bot, ada, directory }: Setup) {
  const bob = bot.person('Bob')
  const guild = bot.guild({ members: [ada, bob] })
  const channel = guild.channel('builds')
  await writeAccess(directory, {
    allowFrom: [ada.id],
    groups: { [channel.id]: { requireMention: false, allowFrom: [ada.id, bob.id] } },
  })
  return { bob, channel }
}

const register = (host: FakeHost, state: 'registered' | 'refused') =>
  host.notify('notifications/backchannel/registration', {
    state,
    source: 'discord',
    ...(state === 'refused' ? { reason: 'policy-off' } : {}),
  })

describe.concurrent('sessions that share a bot', () => {
  it('a thread follows its channel until it is given a session, and again after that', async () => {
    await using made = await setUp()
    const { channel, bob } = await createServer(made)
    const { ada } = made
    const { api, web } = await startTwo(made)
    const thread = channel.thread('Why is it red', { by: ada })

    // Nobody has chosen for the channel, so its approver is asked about the channel, not about the thread.
    bob.says(thread, 'one')
    const asked = await waitFor(() => ada.dm.byBot.find(({ content }) => content.includes('Which one')), {
      what: 'the question',
    })
    expect(asked.content).toBe(
      'Somebody in builds has written, and several sessions are running. Which one should get it?',
    )
    ada.presses(asked, 'web')
    expect(await web.nextEvent()).toMatchObject({ content: 'one', meta: { parent_chat_id: channel.id } })
    ada.says(channel, 'two')
    expect(await web.nextEvent()).toMatchObject({ content: 'two' })

    ada.says(thread, '/use api')
    await waitFor(() => thread.texts.includes('This topic talks to api now.'), { what: 'the choice' })
    bob.says(thread, 'three')
    expect(await api.nextEvent()).toMatchObject({ content: 'three' })
    bob.says(channel, 'four')
    expect(await web.nextEvent()).toMatchObject({ content: 'four' })

    const stopping = ada.runs(thread, 'stop')
    const control = await api.nextNotification('notifications/backchannel/control')
    expect(control.params).toMatchObject({ action: 'interrupt', by: ada.id })
    await waitFor(() => stopping.answer, { what: 'the answer' })

    ada.says(thread, '/use off')
    await waitFor(() => thread.texts.includes('This topic follows its chat again.'), { what: 'the change' })
    bob.says(thread, 'five')
    expect(await web.nextEvent()).toMatchObject({ content: 'five' })
  })

  it('a thread waits for its own session, and its channel goes on', async () => {
    await using made = await setUp()
    const { channel, bob } = await createServer(made)
    const { ada } = made
    const { api, web } = await startTwo(made)
    const thread = channel.thread('Why is it red', { by: ada })
    ada.says(channel, '/use web')
    ada.says(thread, '/use api')
    await waitFor(() => thread.texts.includes('This topic talks to api now.'), { what: 'the choice' })
    api.endInput()
    await api.waitForExit()
    bob.says(thread, 'for api')
    await waitFor(() => thread.texts.some((text) => text.startsWith('The session api of this topic is not running.')), {
      what: 'the word',
    })
    bob.says(channel, 'for web')
    expect(await web.nextEvent()).toMatchObject({ content: 'for web' })
    const again = await start(made, 'api')
    expect(await again.nextEvent()).toMatchObject({ content: 'for api' })
    expect(web.events.map(({ content }) => content)).toEqual(['for web'])
  })

  it('are listed and chosen by the menu of Discord, with buttons, for approvers alone', async () => {
    await using made = await setUp()
    const { channel, bob } = await createServer(made)
    const { ada, bot } = made
    const { api, web } = await startTwo(made)
    await waitFor(() => bot.commands().length === 7, { what: 'the commands' })

    const refused = bob.runs(channel, 'use', { session: 'web' })
    await waitFor(() => refused.answer, { what: 'the refusal' })
    expect(refused).toMatchObject({ isEphemeral: true, texts: ['/use is for approvers.'] })
    const eve = bot.person('Eve')
    const ignored = eve.runs(eve.dm, 'sessions')

    const listed = ada.runs(channel, 'sessions')
    await waitFor(() => listed.answer, { what: 'the list' })
    expect(listed).toMatchObject({ isEphemeral: true, texts: ['Sessions:\n• api\n• web\n/use NAME chooses one.'] })
    const message = listed.message
    const pressed = ada.presses(message!, 'web')
    await waitFor(() => pressed.answer, { what: 'the choice' })
    expect(pressed.texts).toEqual(['This chat talks to web now.'])
    bob.says(channel, 'one')
    expect(await web.nextEvent()).toMatchObject({ content: 'one' })

    const chosen = ada.runs(channel, 'use', { session: 'API' })
    await waitFor(() => chosen.answer, { what: 'the other choice' })
    expect(chosen.texts).toEqual(['This chat talks to api now.'])
    bob.says(channel, 'two')
    expect(await api.nextEvent()).toMatchObject({ content: 'two' })
    const unknown = ada.runs(channel, 'use', { session: 'docs' })
    await waitFor(() => unknown.answer, { what: 'the answer' })
    expect(unknown.texts).toEqual(['There is no session docs. Running: api, web.'])
    expect(ignored.answer).toBeUndefined()
    expect(channel.byBot).toEqual([])
  })

  it('one that its policy shuts out while it runs gets nothing more, and what it had not begun goes to the other', async () => {
    await using made = await setUp()
    const { ada } = made
    const { api, web } = await startTwo(made)
    ada.says(ada.dm, 'begun')
    // Asked where the owner writes, though nothing but the owner's own id is on the list.
    const asked = await waitFor(() => ada.dm.byBot[0], { what: 'the question' })
    expect(asked.content).toBe('Several sessions are running. Which one should this chat talk to?')
    ada.presses(asked, 'web')
    const begun = await web.nextEvent()
    web.receipt(begun.event_id ?? '', 'started')
    ada.says(ada.dm, 'waits')
    const waits = await web.nextEvent()
    register(web, 'refused')
    web.receipt(waits.event_id ?? '', 'dropped', 'not-registered')
    await web.waitForStderr(/no longer registered: policy-off\. Tools work; its events go to another session/)
    expect(await api.nextEvent()).toMatchObject({ content: 'waits', meta: { redelivered: 'true' } })
    ada.says(ada.dm, 'later')
    expect(await api.nextEvent()).toMatchObject({ content: 'later' })
    const { content } = await web.callTool('reply', { chat_id: begun.meta?.['chat_id'] ?? '', text: 'still' })
    expect(content[0]?.text).toMatch(/^sent/)
    expect(await staysTrue(() => web.events.length === 2, 100)).toBe(true)

    register(api, 'refused')
    await api.waitForStderr(/no longer registered/)
    ada.says(ada.dm, 'for nobody')
    // Nobody else can have it, so a host drops it and says why.
    const shutOut = await api.nextEvent()
    expect(shutOut).toMatchObject({ content: 'for nobody' })
    api.receipt(shutOut.event_id ?? '', 'dropped', 'not-registered')
    await waitFor(() => ada.dm.texts.some((text) => text.startsWith('Your message did not reach the agent')), {
      what: 'the word',
    })
    register(web, 'registered')
    await web.waitForStderr(/registered again/)
    ada.says(ada.dm, 'for web again')
    expect(await web.nextEvent()).toMatchObject({ content: 'for web again' })
  })
})
