/** The built plugin with a whole Telegram around it: voice as text, the doctor's copy, a missing token, two bots at once. */
import { access, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RUNTIMES, staysTrue, waitFor } from '@backchannel/testkit'
import { content } from '@backchannel/testkit/telegram'
import { describe, expect, it } from 'vitest'
import { isListening, setUp, writeAccess } from './bundle.fixture.ts'

/** What a host leaves in place of an option that nobody has answered. */
const UNSET_OPTION = ['$', '{user_config.bot_token}'].join('')

describe.concurrent.each(RUNTIMES)('telegram on %s', (runtime) => {
  it('hands a voice message over as its words, with its file', async () => {
    await using made = await setUp()
    await writeFile(join(made.directory, '.env'), 'TRANSCRIBE_COMMAND="printenv TELEGRAM_BOT_TOKEN; cat"\n')
    const host = await made.start({ runtime })
    const { ada } = made
    ada.sends(ada.dm, content.voice(Buffer.from('build is red')))
    ada.says(ada.dm, 'behind it')
    const event = await host.nextEvent()
    expect(event).toMatchObject({
      content: 'build is red',
      meta: {
        attachment_kind: 'voice',
        attachment_mime: 'audio/ogg',
        attachment_transcribed: 'true',
        attachment_path: expect.stringContaining(join(made.directory, 'inbox')),
      },
    })
    expect(event.meta?.['image_path']).toBeUndefined()
    await access(event.meta?.['attachment_path'] ?? '')
    expect(await host.nextEvent()).toMatchObject({ content: 'behind it' })
  })

  it('hands it over as a file where nobody transcribes, and where that fails', async () => {
    await using made = await setUp()
    const host = await made.start({ runtime })
    const { ada } = made
    ada.sends(ada.dm, content.voice(Buffer.from('x')))
    const plain = await host.nextEvent()
    expect(plain).toMatchObject({ content: '(voice message)', meta: { attachment_kind: 'voice' } })
    expect(plain.meta?.['attachment_path']).toBeUndefined()
    await host.close()
    const failing = await made.start({ runtime, env: { TRANSCRIBE_COMMAND: 'false' } })
    ada.sends(ada.dm, content.voice(Buffer.from('y')))
    const event = await failing.nextEvent(({ meta }) => meta?.['attachment_path'] !== undefined)
    expect(event).toMatchObject({ content: '(voice message)', meta: { attachment_file_id: expect.any(String) } })
    expect(event.meta?.['attachment_transcribed']).toBeUndefined()
    await failing.waitForStderr(/command that transcribes has failed: it ended with status 1/)
  })

  it('says what is missing where there is no token, once, and answers tools with it', async () => {
    await using made = await setUp()
    const host = await made.start({ runtime, env: { TELEGRAM_BOT_TOKEN: '' } })
    await host.waitForStderr(/has no token yet.*\/telegram:configure token/)
    const result = await host.callTool('reply', { chat_id: String(made.ada.id), text: 'x' })
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('no token') }] })
    expect(made.bot.calls).toEqual([])
  })

  it('names itself as the session calls it, where the operator is to type something', async () => {
    await using made = await setUp()
    const features = ['receipts', 'origin', 'control', 'access'] as const
    const host = await made.start({ runtime, features, env: { TELEGRAM_BOT_TOKEN: '' }, register: false })
    host.register('telegram#work')
    const { text } = (await host.request('backchannel/configure', { args: [] })) as { readonly text: string }
    expect(text).toContain('/telegram#work:configure token')
  })

  it('takes the token from .env as people write it, and one of the environment before it', async () => {
    await using made = await setUp()
    await writeFile(
      join(made.directory, '.env'),
      `\uFEFF# mine\r\nexport TELEGRAM_BOT_TOKEN="${made.bot.token}" # it\r\n`,
    )
    const host = await made.start({ runtime, env: { TELEGRAM_BOT_TOKEN: UNSET_OPTION } })
    await host.waitForStderr(/connected to Telegram/)
    await host.close()
    const other = await made.start({ runtime, env: { TELEGRAM_BOT_TOKEN: '1000001:of-nobody-of-nobody-of-nobody-of' } })
    await other.waitForStderr(/refuses the token/)
  })

  it('is asked by the doctor without asking Telegram', async () => {
    await using made = await setUp()
    const host = await made.start({ runtime, env: { BACKCHANNEL_PROBE: '1', TELEGRAM_BOT_TOKEN: '' } })
    expect(await host.nextEvent()).toMatchObject({ content: 'backchannel doctor ping' })
    expect(host.stderr).toBe('')
    expect(made.bot.calls).toEqual([])
  })
})

describe.concurrent('two sessions with one bot', () => {
  it('have one poller, whichever starts and ends when (T-2, S-9)', async () => {
    await using made = await setUp()
    const { bot, ada } = made
    const first = await made.start()
    await isListening(bot)
    // Later there would be two to choose from.
    ada.says(ada.dm, 'zero')
    await first.nextEvent()
    const second = await made.start()
    await second.waitForStderr(/standby: another session receives from Telegram/)
    // A third one that was not opted in touches nothing at all.
    const third = await made.start({ register: false, features: ['receipts'] })
    third.refuse('not-opted-in')
    ada.says(ada.dm, 'one')
    await first.nextEvent()
    expect(await staysTrue(() => second.events.length + third.events.length === 0, 100)).toBe(true)
    first.kill('SIGKILL')
    await first.waitForExit()
    ada.says(ada.dm, 'two')
    await second.nextEvent(({ content: words }) => words === 'two', { timeoutMs: 5_000 })
    expect(bot.polls).toMatchObject({ conflicts: 0 })
    expect(third.stderr).not.toContain('Telegram')
  })

  it('with state folders of their own have one poller too, and the second takes over', async () => {
    await using made = await setUp()
    const { bot, ada, directory } = made
    const elsewhere = `${directory}-elsewhere`
    await writeAccess(elsewhere, { allowFrom: [String(ada.id)] })
    const home = { HOME: dirname(directory), USERPROFILE: dirname(directory) }
    const first = await made.start({ env: home })
    await isListening(bot)
    const second = await made.start({ env: { ...home, TELEGRAM_STATE_DIR: elsewhere } })
    await second.waitForStderr(/standby: another session receives from Telegram/)
    ada.says(ada.dm, 'one')
    await first.nextEvent()
    await first.close()
    ada.says(ada.dm, 'two')
    await second.nextEvent(({ content: words }) => words === 'two', { timeoutMs: 5_000 })
    expect(bot.polls).toMatchObject({ most: 1, conflicts: 0 })
  })

  it('say so where another machine has the bot, and go on trying for a while (T-1)', async () => {
    await using made = await setUp()
    const added = made.telegram.faults.add({ kind: 'status', status: 409, method: 'getUpdates', times: 1_000_000 })
    const host = await made.start()
    await host.waitForStderr(/another program receives from Telegram.*trying again: .*same token/)
    await waitFor(() => added.hits >= 2, { what: 'a second try' })
    // With pauses in between, which the official server has not.
    expect(await staysTrue(() => added.hits < 10, 300)).toBe(true)
  })
})
