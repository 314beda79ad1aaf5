/**
 * A new user's first minutes with the built command, a Telegram on loopback and the demo agent: the token, the code, the
 * list, a question, a picture, and a command that is approved on the phone. What was printed on the way holds no token.
 */
import { spawn } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { waitFor } from '@backchannel/testkit'
import { content, type FakeTelegram, startFakeTelegram } from '@backchannel/testkit/telegram'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { COMMAND, createProject, type Project, type RunningSession } from './support/command.ts'
import { childrenOf } from './support/processes.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAEUlEQVR4nGP8z8DwnwEJMCJzAD3hAwHJCGQhAAAAAElFTkSuQmCC',
  'base64',
)

let project: Project
let telegram: FakeTelegram
beforeEach(async () => {
  project = await createProject()
  telegram = await startFakeTelegram()
  project.env['TELEGRAM_API_ROOT'] = telegram.root
  await project.write('notes.txt', 'notes')
})
afterEach(async () => {
  await project[Symbol.asyncDispose]()
  await telegram.close()
})

/** Everything that leaves a process of ours, and all that it leaves on disk beside the one file that holds the token. */
async function printed(session: RunningSession): Promise<string> {
  const files = await readdir(project.env['HOME'] ?? '', { recursive: true, withFileTypes: true })
  const read = files
    .filter((entry) => entry.isFile() && entry.name !== '.env')
    .map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1').catch(() => ''))
  return [JSON.stringify(session.events), session.stderr(), ...(await Promise.all(read))].join('\n')
}

test('from the token to an approval on the phone', { timeout: 60_000 }, async () => {
  const { bot } = telegram
  const session = project.start('--channels', 'plugin:telegram@backchannel', '--input-format', 'stream-json')
  await session.event('channel.registered', ({ source }) => source === 'telegram')
  await session.event('notice', ({ message }) => message.includes('/telegram:configure token'))
  const configured = await configure(bot.token)
  expect(configured).toContain('it is the token of @backchannel_test_bot; write to it at https://t.me/')
  session.send({ type: 'command', text: '/channels restart telegram' })
  await session.event('notice', ({ message }) => message === 'telegram: connected to Telegram')

  const ada = bot.person('Ada')
  ada.says(ada.dm, 'hello?')
  const code = await waitFor(() => /pair ([0-9a-f]{6})/.exec(ada.dm.texts.at(-1) ?? '')?.[1], { what: 'the code' })
  session.send({ type: 'command', text: `/telegram:access pair ${code}` })
  await waitFor(() => ada.dm.texts.some((words) => words.startsWith('Paired!')), { what: 'the greeting' })
  session.send({ type: 'command', text: '/telegram:access policy allowlist' })
  await session.event('notice', ({ message }) => /Only those on the list are heard/.test(message))

  const eve = bot.person('Eve')
  eve.says(eve.dm, 'let me in')
  ada.says(ada.dm, "what's in my working directory?")
  await waitFor(() => ada.dm.texts.some((words) => words.includes('notes.txt')), { what: 'the listing' })

  ada.sends(ada.dm, content.photo(PNG, { caption: 'what is this?' }))
  await waitFor(() => ada.dm.texts.some((words) => words.includes('PNG picture, 2×3')), { what: 'the picture' })

  ada.says(ada.dm, 'run: echo it-ran')
  const prompt = await waitFor(() => ada.dm.byBot.find(({ reply_markup }) => reply_markup), { what: 'the prompt' })
  expect(prompt.text).toContain('echo it-ran')
  const press = ada.presses(prompt, '✅ Allow')
  await waitFor(() => ada.dm.texts.some((words) => /it-ran\n?$/.test(words) && words.startsWith('$')), {
    what: 'the output',
  })
  expect(bot.callbacks.get(press)?.answer?.text).toBe('✅ Allowed')
  expect(ada.dm.message(prompt.message_id)?.reply_markup).toBeUndefined()

  expect(await commandLines(session.process.pid ?? 0)).not.toContain(bot.token.split(':')[1])
  expect(eve.dm.byBot).toEqual([])
  expect(JSON.stringify(session.events)).not.toContain('let me in')
  expect((await session.end()).code).toBe(0)
  await waitFor(() => bot.polls.active === 0 && bot.waiting.length === 0, { what: 'the end of polling' })
  expect(bot.polls).toMatchObject({ most: 1, conflicts: 0 })

  const all = `${configured}\n${await printed(session)}`
  expect(all).toContain('echo it-ran')
  expect(all).not.toContain(bot.token)
  expect(all).not.toContain(bot.token.split(':')[1])
})

test(
  'a question is answered on the phone, and /stop, /status and /new reach the session',
  { timeout: 60_000 },
  async () => {
    const { bot } = telegram
    const [ada, bo] = [bot.person('Ada'), bot.person('Bo')]
    const folder = join(project.env['HOME'] ?? '', '.claude/channels/telegram')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, '.env'), `TELEGRAM_BOT_TOKEN=${bot.token}\n`, { mode: 0o600 })
    const allowFrom = [String(ada.id), String(bo.id)]
    await writeFile(join(folder, 'access.json'), JSON.stringify({ dmPolicy: 'allowlist', allowFrom }), { mode: 0o600 })
    const approvers = [{ sender: String(ada.id), chat: String(ada.id) }]
    await writeFile(join(folder, 'approvers.json'), JSON.stringify({ relay: 'origin', approvers }), { mode: 0o600 })
    for (const person of [ada, bo]) person.says(person.dm, '/start', { isOld: true })
    const session = project.start('--channels', 'plugin:telegram@backchannel')
    await session.event('notice', ({ message }) => message === 'telegram: connected to Telegram')
    const shown = (person: typeof ada, words: string | RegExp) =>
      waitFor(() => person.dm.texts.some((said) => said.match(words)), { what: `${words}` })

    // Asked by Bo's message, and answered by Ada: only an approver's chat sees it.
    bo.says(bo.dm, 'ask: Which database? | PostgreSQL | SQLite')
    const asked = await waitFor(() => ada.dm.byBot.find(({ reply_markup }) => reply_markup), { what: 'the question' })
    expect(asked.text).toContain('Which database?')
    ada.presses(asked, '2. SQLite')
    await shown(bo, 'Your answer: SQLite')
    await shown(ada, '→ SQLite, answered by telegram.')
    expect(bo.dm.texts.join()).not.toContain('Press one')

    bo.says(bo.dm, 'wait 3600')
    await session.event('turn.started', ({ turn }) => turn === 2)
    bo.says(bo.dm, '/stop')
    await shown(bo, '/stop is for approvers of this session')
    ada.says(ada.dm, '/status')
    await shown(ada, /^At work for .* on a message of telegram · /)
    ada.says(ada.dm, '/stop')
    await shown(ada, /^Stopped the agent after/)
    await session.event('turn.finished', ({ turn, outcome }) => turn === 2 && outcome === 'interrupted')
    await shown(bo, 'Your message was not answered: somebody stopped the agent')
    ada.says(ada.dm, '/new')
    await shown(ada, 'A new conversation has begun.')
    expect(session.events.some((event) => event.type === 'event.received' && event.content.startsWith('/'))).toBe(false)
    expect((await session.end()).code).toBe(0)
  },
)

/** The arguments of the session and of what it has started, as every process of the machine can read them. */
async function commandLines(pid: number): Promise<string> {
  if (process.platform !== 'linux') return ''
  const all = [pid, ...(await childrenOf(pid))]
  return (await Promise.all(all.map((one) => readFile(`/proc/${one}/cmdline`, 'utf8')))).join('\n')
}

/** As a person does it at a terminal: the token by a pipe, never as an argument. */
async function configure(token: string): Promise<string> {
  const child = spawn(process.execPath, [COMMAND, 'telegram', 'configure', 'token'], { env: project.env })
  child.stdin.end(token)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return stdout + stderr
}

test('two bots in one session are apart: state, source, tools and people', { timeout: 60_000 }, async () => {
  const work = telegram.addBot({ username: 'work_bot' })
  const home = project.env['HOME'] ?? ''
  const people = await Promise.all(
    [
      { name: 'telegram', bot: telegram.bot },
      { name: 'telegram-work', bot: work },
    ].map(async ({ name, bot }) => {
      const person = bot.person('Ada')
      const folder = join(home, '.claude', 'channels', name)
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, '.env'), `TELEGRAM_BOT_TOKEN=${bot.token}\n`, { mode: 0o600 })
      const access = { dmPolicy: 'allowlist', allowFrom: [String(person.id)] }
      await writeFile(join(folder, 'access.json'), JSON.stringify(access), { mode: 0o600 })
      return person
    }),
  )
  const entries = ['plugin:telegram@backchannel', 'plugin:telegram@backchannel#work']
  const session = project.start('--channels', ...entries, '--input-format', 'stream-json')
  for (const person of people) person.says(person.dm, 'who are you?')
  for (const [at, source] of ['telegram', 'telegram#work'].entries()) {
    const event = await session.event('event.received', (one) => one.source === source)
    expect(event).toMatchObject({ source, content: 'who are you?' })
    const dm = people[at]?.dm
    await waitFor(() => dm?.texts.length === 1, { what: 'the answer' })
    expect(dm?.texts).toEqual([`I received this from ${source} by ada: who are you?`])
  }
  const tools = session.events.flatMap((event) => (event.type === 'tool.called' ? [event.tool] : []))
  expect(tools.sort()).toEqual(['mcp__plugin_telegram_telegram__reply', 'mcp__plugin_telegram_work__reply'])
  expect((await session.end()).code).toBe(0)
  for (const bot of [telegram.bot, work]) expect(bot.polls).toMatchObject({ most: 1, conflicts: 0 })
})
