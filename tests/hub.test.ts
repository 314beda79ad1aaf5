/**
 * One bot and several sessions of the built command, in folders of their own: they are listed and chosen in the chat, answers
 * by quote go to who had written, one ends, `up` keeps the bot alive with none, and a third one gets what waited.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '@backchannel/testkit'
import { type FakeTelegram, type Person, startFakeTelegram } from '@backchannel/testkit/telegram'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createProject, type Project, type RunningSession } from './support/command.ts'

let project: Project
let telegram: FakeTelegram
let ada: Person
beforeEach(async () => {
  project = await createProject()
  telegram = await startFakeTelegram()
  ada = telegram.bot.person('Ada')
  const state = join(project.env['HOME'] ?? '', '.claude/channels/telegram')
  await mkdir(state, { recursive: true, mode: 0o700 })
  await writeFile(join(state, 'access.json'), JSON.stringify({ dmPolicy: 'allowlist', allowFrom: [String(ada.id)] }))
  Object.assign(project.env, { TELEGRAM_API_ROOT: telegram.root, TELEGRAM_BOT_TOKEN: telegram.bot.token })
})
afterEach(async () => {
  await project.run(['up', 'down'])
  await project[Symbol.asyncDispose]()
  await telegram.close()
})

const startIn = async (name: string): Promise<RunningSession> => {
  const session = await project.startIn(join(project.path, name), '--channels', 'plugin:telegram@backchannel')
  await session.event('channel.registered')
  return session
}
/** @param words a part of it, or one of several that are as right */
const answer = (...words: readonly string[]) =>
  waitFor(() => ada.dm.byBot.find(({ text = '' }) => words.some((part) => text.includes(part))), {
    what: words.join(', or '),
    timeoutMs: 20_000,
  })
const gets = (session: RunningSession, content: string) =>
  session.event('event.received', (event) => event.content === content)

test('two sessions, one bot, none, and a third', { timeout: 90_000 }, async () => {
  const { bot } = telegram
  const api = await startIn('api')
  await api.event('notice', ({ message }) => message === 'telegram: connected to Telegram')
  const web = await startIn('web')
  await web.event('notice', ({ message }) => message.includes('attached to it as web'))

  ada.says(ada.dm, '/sessions')
  await answer('Sessions:\n• api\n• web')
  ada.says(ada.dm, '/use api')
  await answer('This chat talks to api now.')
  ada.says(ada.dm, 'one for api')
  await gets(api, 'one for api')
  const fromApi = await answer('I received this from telegram')
  ada.says(ada.dm, '/use web')
  await answer('This chat talks to web now.')
  ada.says(ada.dm, 'one for web')
  await gets(web, 'one for web')
  ada.says(ada.dm, 'about what you said', { replyTo: fromApi })
  await gets(api, 'about what you said')
  expect(web.events.filter(({ type }) => type === 'event.received')).toHaveLength(1)

  // The one that holds the bot ends: the other takes it over, and the chat, and says so.
  await web.event('turn.finished')
  await api.end()
  await web.event('notice', ({ message }) => message.includes('this one receives from Telegram now'))
  ada.says(ada.dm, 'still there?')
  await gets(web, 'still there?')

  const up = await project.run(['up', 'telegram', '--detach'])
  expect(up).toMatchObject({ code: 0, stdout: expect.stringContaining('held by process') })
  const again = await project.run(['up', 'telegram', '--detach'])
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('holds it already') })
  await web.end()
  await waitFor(async () => (await status()).includes('held by backchannel up'), {
    what: 'up to hold the bot',
    intervalMs: 200,
  })
  ada.says(ada.dm, 'anybody?')
  // Whoever writes is told so; who wrote to the session before is told of its end, once it has not come back for a moment.
  await answer(
    'No session is running, so nobody reads this now. 1 message waits.',
    'The session web has ended, and no other one is running. What you write waits for the next one.',
  )
  const docs = await startIn('docs')
  await gets(docs, 'anybody?')
  expect(await status()).toMatch(/sessions: docs \(/)
  expect(bot.polls).toMatchObject({ most: 1, conflicts: 0 })
  expect(await project.run(['up', 'down', 'telegram'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('has ended'),
  })
  ada.says(ada.dm, 'and now?')
  await gets(docs, 'and now?')
  expect((await docs.end()).code).toBe(0)
  expect(bot.polls).toMatchObject({ most: 1, conflicts: 0 })
})

test('what is no account of several sessions is not held, and a service is shown before it is written', async () => {
  const [fakechat, dry] = await Promise.all([
    project.run(['up', 'fakechat']),
    project.run(['up', 'telegram', '--install', '--dry-run']),
  ])
  expect(fakechat).toMatchObject({ code: 2, stderr: expect.stringContaining("can't be held with no session") })
  expect(dry.code).toBe(0)
  expect(dry.stdout).toMatch(/^Would write .*backchannel/)
  expect(dry.stdout).not.toContain(telegram.bot.token)
})

async function status(): Promise<string> {
  return (await project.run(['up', 'status', 'telegram'])).stdout
}
