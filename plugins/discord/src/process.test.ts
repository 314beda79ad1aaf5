/** The built plugin with a whole Discord around it: on Bun too, without a token, with another session beside it. */
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { staysTrue, waitFor } from '@backchannel/testkit'
import { content } from '@backchannel/testkit/discord'
import { describe, expect, it } from 'vitest'
import { isListening, setUp, writeAccess } from './bundle.fixture.ts'

const FEATURES = ['receipts', 'origin', 'control', 'access'] as const

describe.concurrent('discord', () => {
  it('hears, answers and takes up its session again on Bun', async () => {
    await using made = await setUp()
    const { ada, bot } = made
    const host = await made.start({ runtime: 'bun' })
    await isListening(bot)
    ada.says(ada.dm, 'hello')
    expect(await host.nextEvent()).toMatchObject({ content: 'hello', meta: { chat_id: ada.dm.id, user: 'ada' } })
    await host.callTool('reply', { chat_id: ada.dm.id, text: 'hi **there**' })
    expect(ada.dm.texts).toEqual(['hi **there**'])
    bot.gateway.drop()
    ada.says(ada.dm, 'after the break')
    await host.nextEvent(({ content: text }) => text === 'after the break')
    expect(bot.gateway).toMatchObject({ identifies: 1, resumes: 1, most: 1 })
    await host.close()
    ada.says(ada.dm, 'to the next one')
    const next = await made.start({ runtime: 'bun' })
    await next.nextEvent(({ content: text }) => text === 'to the next one')
    expect(bot.gateway).toMatchObject({ identifies: 1, resumes: 2 })
  })

  it('hands a voice message over as its words, with its file', async () => {
    await using made = await setUp()
    await writeFile(join(made.directory, '.env'), 'TRANSCRIBE_COMMAND="printenv DISCORD_BOT_TOKEN; cat"\n')
    const host = await made.start()
    await isListening(made.bot)
    const voice = { mime: 'audio/ogg', extra: { duration_secs: 2, waveform: 'AAAA' } }
    made.ada.sends(made.ada.dm, { files: [content.file(Buffer.from('build is red'), 'voice-message.ogg', voice)] })
    expect(await host.nextEvent()).toMatchObject({
      content: 'build is red',
      meta: {
        attachment_kind: 'voice',
        attachment_transcribed: 'true',
        attachment_path: expect.stringContaining(join(made.directory, 'inbox')),
      },
    })
  })

  it('says what is missing where there is no token, once, and answers tools with it', async () => {
    await using made = await setUp()
    const host = await made.start({ env: { DISCORD_BOT_TOKEN: '' } })
    await host.waitForStderr(/has no token yet.*\/discord:configure token/)
    const result = await host.callTool('reply', { chat_id: made.ada.dm.id, text: 'x' })
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('no token') }] })
    expect(made.bot.calls).toEqual([])
  })

  it('says which intent is missing and where it is switched on', async () => {
    await using made = await setUp({ access: {}, discord: { intents: [] } })
    const host = await made.start()
    await host.waitForStderr(
      /connection to Discord has ended: .*\(4014\): switch on "Message Content Intent" under Privileged Gateway Intents at https:\/\/discord\.com\/developers\/applications\/\d+\/bot/,
    )
    const features = ['receipts', 'origin', 'control', 'access'] as const
    const other = await made.start({ features, register: false })
    other.register('discord')
    const { text } = (await other.request('backchannel/configure', { args: [] })) as { readonly text: string }
    expect(text).toContain('Message Content Intent: off, so the bot can read nothing. Switch it on')
    expect(text).toContain(
      `https://discord.com/oauth2/authorize?client_id=${made.bot.id}&scope=bot&permissions=274878008384`,
    )
    expect(text).toContain(
      'View Channels, Send Messages, Send Messages in Threads, Read Message History, Attach Files, Add Reactions',
    )
  })

  it('takes a token only that Discord knows, and says whose it is', async () => {
    await using made = await setUp()
    const host = await made.start({ features: FEATURES, env: { DISCORD_BOT_TOKEN: '' } })
    const configure = async (secret: string) =>
      (await host.request('backchannel/configure', { args: ['token'], secret })) as { readonly text: string }
    expect((await configure('123456789012345678')).text).toContain('it is the id of an application')
    expect((await configure('abcdefghijklmnopqrstuvwxyz123456')).text).toContain('a client secret is no token')
    const unknown = `${Buffer.from('12345678901234567').toString('base64url')}.abcdef.${'x'.repeat(38)}`
    expect((await configure(unknown)).text).toContain('was not taken: Discord does not know this token')
    const { text } = await configure(made.bot.token)
    expect(text).toContain('it is the token of backchannel')
    expect(text).toContain('Message Content Intent: on')
    expect(text).not.toContain(made.bot.token)
  })

  it('is asked by the doctor without asking Discord', async () => {
    await using made = await setUp()
    const host = await made.start({ env: { BACKCHANNEL_PROBE: '1', DISCORD_BOT_TOKEN: '' } })
    expect(await host.nextEvent()).toMatchObject({ content: 'backchannel doctor ping' })
    expect(host.stderr).toBe('')
    expect(made.bot.calls).toEqual([])
  })

  it('asks an owner of whom only the id is known in the direct chat with them, and takes their answer there', async () => {
    // As an official set-up has it: one sender on the list, and no file of approvers.
    await using made = await setUp()
    const { ada, bot } = made
    const host = await made.start({ features: FEATURES })
    await isListening(bot)
    host.notify('notifications/claude/channel/permission_request', {
      request_id: 'abcde',
      tool_name: 'Bash',
      description: 'Run shell command',
      input_preview: `{"command":"echo ${'long '.repeat(600)}&& rm -rf build"}`,
    })
    const prompt = await waitFor(() => ada.dm.byBot[0], { what: 'the prompt' })
    expect(prompt.content).toContain('rm -rf build')
    expect(prompt.attachments).toMatchObject([{ filename: 'request-abcde.txt' }])
    const press = ada.presses(prompt, '✅ Allow')
    await waitFor(() => press.answer, { what: 'the answer' })
    expect(press).toMatchObject({ isEphemeral: true, texts: ['✅ Allowed'] })
    expect(host.notifications.map(({ params }) => params)).toContainEqual({
      request_id: 'abcde',
      behavior: 'allow',
      by: ada.id,
    })
  })
})

describe.concurrent('two sessions with one bot', () => {
  it('have one login between them, whichever starts and ends when (D-1, S-9)', async () => {
    await using made = await setUp()
    const { bot, ada } = made
    const first = await made.start()
    await isListening(bot)
    // Later there would be two to choose from.
    ada.says(ada.dm, 'zero')
    await first.nextEvent()
    const second = await made.start()
    await second.waitForStderr(/standby: another session receives from Discord/)
    // A third one that was not opted in touches nothing at all.
    const third = await made.start({ register: false, features: ['receipts'] })
    third.refuse('not-opted-in')
    ada.says(ada.dm, 'one')
    await first.nextEvent()
    expect(await staysTrue(() => second.events.length + third.events.length === 0, 100)).toBe(true)
    first.kill('SIGKILL')
    await first.waitForExit()
    ada.says(ada.dm, 'two')
    await second.nextEvent(({ content: words }) => words === 'two', { timeoutMs: 10_000 })
    expect(second.events.map(({ content: words }) => words)).toEqual(['two'])
    // The second one goes on with the session of the first.
    expect(bot.gateway).toMatchObject({ identifies: 1, resumes: 1, most: 1 })
    expect(third.stderr).not.toContain('Discord')
  })

  it('with state folders of their own have one connection too, and the second takes over', async () => {
    await using made = await setUp()
    const { bot, ada, directory } = made
    const elsewhere = `${directory}-elsewhere`
    await writeAccess(elsewhere, { allowFrom: [ada.id] })
    const home = { HOME: dirname(directory), USERPROFILE: dirname(directory) }
    const first = await made.start({ env: home })
    await isListening(bot)
    const second = await made.start({ env: { ...home, DISCORD_STATE_DIR: elsewhere } })
    await second.waitForStderr(/standby: another session receives from Discord/)
    ada.says(ada.dm, 'one')
    await first.nextEvent()
    await first.close()
    await second.waitForStderr(/connected to Discord/)
    ada.says(ada.dm, 'two')
    await second.nextEvent(({ content: words }) => words === 'two')
    expect(bot.gateway.most).toBe(1)
  })
})
