/**
 * A new user's first minutes with the built command, a Discord on loopback and the demo agent: the token and the invitation,
 * the code, the list, a channel where the bot is named, a thread, files both ways, and a command that is approved by a
 * button. What was printed on the way holds no token.
 */
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { waitFor } from '@backchannel/testkit'
import { content, type FakeDiscord, startFakeDiscord } from '@backchannel/testkit/discord'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { COMMAND, createProject, type Project, type RunningSession } from './support/command.ts'
import { childrenOf } from './support/processes.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAEUlEQVR4nGP8z8DwnwEJMCJzAD3hAwHJCGQhAAAAAElFTkSuQmCC',
  'base64',
)

let project: Project
let discord: FakeDiscord
beforeEach(async () => {
  project = await createProject()
  discord = await startFakeDiscord()
  project.env['DISCORD_API_ROOT'] = discord.root
  await project.write('notes.txt', 'notes')
})
afterEach(async () => {
  await project[Symbol.asyncDispose]()
  await discord.close()
})

/** Everything that leaves a process of ours, and all that it leaves on disk beside the one file that holds the token. */
async function printed(session: RunningSession): Promise<string> {
  const files = await readdir(project.env['HOME'] ?? '', { recursive: true, withFileTypes: true })
  const read = files
    .filter((entry) => entry.isFile() && entry.name !== '.env')
    .map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1').catch(() => ''))
  return [JSON.stringify(session.events), session.stderr(), ...(await Promise.all(read))].join('\n')
}

test('from the token to an approval by a button', { timeout: 60_000 }, async () => {
  const { bot } = discord
  const session = project.start('--channels', 'plugin:discord@backchannel', '--input-format', 'stream-json')
  await session.event('channel.registered', ({ source }) => source === 'discord')
  await session.event('notice', ({ message }) => message.includes('/discord:configure token'))
  const configured = await configure(bot.token)
  expect(configured).toContain('it is the token of backchannel')
  expect(configured).toContain(
    `invite it to a server: https://discord.com/oauth2/authorize?client_id=${bot.id}&scope=bot&permissions=274878008384`,
  )
  expect(configured).toContain('Message Content Intent: on')
  session.send({ type: 'command', text: '/channels restart discord' })
  await session.event('notice', ({ message }) => message === 'discord: connected to Discord')

  // Pairing, in a direct chat.
  const ada = bot.person('Ada')
  const eve = bot.person('Eve')
  ada.says(ada.dm, 'hello?')
  const code = await waitFor(() => /pair ([0-9a-f]{6})/.exec(ada.dm.texts.at(-1) ?? '')?.[1], { what: 'the code' })
  session.send({ type: 'command', text: `/discord:access pair ${code}` })
  await waitFor(() => ada.dm.texts.some((words) => words.startsWith('Paired!')), { what: 'the greeting' })
  session.send({ type: 'command', text: '/discord:access policy allowlist' })
  await session.event('notice', ({ message }) => /Only those on the list are heard/.test(message))
  eve.says(eve.dm, 'let me in')

  // A channel of a server, where the bot is named, and a thread of it.
  const guild = bot.guild({ members: [ada, eve] })
  const channel = guild.channel('builds')
  session.send({ type: 'command', text: `/discord:access group add ${channel.id} --allow ${ada.id}` })
  await session.event('notice', ({ message }) => message.includes(channel.id))
  eve.says(channel, `<@${bot.id}> from a stranger`)
  ada.says(channel, 'not for the bot')
  ada.says(channel, `<@${bot.id}> what's in my working directory?`)
  await waitFor(() => channel.texts.some((words) => words.includes('notes.txt')), { what: 'the listing' })
  const thread = channel.thread('Why', { by: ada })
  ada.says(thread, `<@${bot.id}> why is it red?`)
  await waitFor(() => thread.texts.some((words) => words.includes('why is it red?')), {
    what: 'the answer in the thread',
  })
  expect(channel.texts).toHaveLength(1)

  // A picture, which the agent sees at once.
  ada.sends(ada.dm, { files: [content.file(PNG, 'shot.png', { mime: 'image/png' })] })
  await waitFor(() => ada.dm.texts.some((words) => words.includes('PNG picture, 2×3')), { what: 'the picture' })

  ada.says(ada.dm, 'run: echo it-ran')
  const prompt = await waitFor(() => ada.dm.byBot.find(({ components }) => components?.length), { what: 'the prompt' })
  expect(prompt.content).toContain('echo it-ran')
  const press = ada.presses(prompt, '✅ Allow')
  await waitFor(() => ada.dm.texts.some((words) => words.includes('it-ran') && words.startsWith('$')), {
    what: 'the output',
  })
  expect(press).toMatchObject({ isEphemeral: true, texts: ['✅ Allowed'] })
  await waitFor(() => ada.dm.message(prompt.id)?.components?.length === 0, { what: 'the buttons to go' })

  expect(await commandLines(session.process.pid ?? 0)).not.toContain(bot.token.split('.')[2])
  expect(eve.dm.byBot).toEqual([])
  expect(JSON.stringify(session.events)).not.toMatch(/let me in|from a stranger|not for the bot/)
  expect((await session.end()).code).toBe(0)
  await waitFor(() => bot.gateway.active === 0, { what: 'the end of the connection' })
  expect(bot.gateway).toMatchObject({ most: 1, identifies: 1 })

  const all = `${configured}\n${await printed(session)}`
  expect(all).toContain('echo it-ran')
  expect(all).not.toContain(bot.token)
  expect(all).not.toContain(bot.token.split('.')[2])
})

/** The arguments of the session and of what it has started, as every process of the machine can read them. */
async function commandLines(pid: number): Promise<string> {
  if (process.platform !== 'linux') return ''
  const all = [pid, ...(await childrenOf(pid))]
  return (await Promise.all(all.map((one) => readFile(`/proc/${one}/cmdline`, 'utf8')))).join('\n')
}

/** As a person does it at a terminal: the token by a pipe, never as an argument. */
async function configure(token: string): Promise<string> {
  const child = spawn(process.execPath, [COMMAND, 'discord', 'configure', 'token'], { env: project.env })
  child.stdin.end(token)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return stdout + stderr
}
