/** `backchannel plugin` as it is shipped: from our own marketplace to a message, secrets at a terminal, exit codes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { waitFor } from '@backchannel/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { COMMAND, createProject, type Project } from './support/command.ts'

const MARKETPLACE = fileURLToPath(new URL('../dist/marketplace', import.meta.url))

let project: Project
beforeEach(async () => {
  project = await createProject()
})
afterEach(() => project[Symbol.asyncDispose]())

const run = (line: string, input?: string) => project.run(['plugin', ...line.split(' ')], input)
const done = async (line: string, input?: string) => {
  const { code, stdout, stderr } = await run(line, input)
  expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' })
  return stdout
}

async function writePlugin(plugin: Readonly<Record<string, unknown>>): Promise<void> {
  const files = {
    '.claude-plugin/marketplace.json': {
      name: 'acme',
      owner: { name: 'A' },
      plugins: [{ name: 'bot', source: './bot' }],
    },
    'bot/.claude-plugin/plugin.json': { name: 'bot', version: '1.0.0', ...plugin },
    'bot/.mcp.json': { bot: { command: 'node' } },
  }
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(project.path, 'market', name)), { recursive: true })
    await project.write(join('market', name), JSON.stringify(content))
  }
}

test('from the built marketplace, under another name, to a message in a session', async () => {
  expect(await done(`marketplace add ${MARKETPLACE} --name mine`)).toContain('The marketplace mine was added: ')
  expect(await done('install webhook@mine')).toContain('webhook@mine 0.1.0 was installed')
  await done('allow webhook@mine')
  const session = project.start('--channels', 'plugin:webhook@mine')
  expect(await session.event('channel.registered')).toMatchObject({ entry: 'plugin:webhook@mine', source: 'webhook' })
  await session.event('notice', ({ message }) => message.includes('webhook: listening'))
  await fetch(`http://localhost:${project.ports.webhook}`, { method: 'POST', body: 'build failed on main' })
  expect((await session.event('turn.started')).input).toContain('build failed on main')
  await session.end()
})

test('in a session that reads commands: installed, allowed, reloaded', async () => {
  const session = project.start('--input-format', 'stream-json', '--channels', 'plugin:webhook@mine')
  expect(await session.event('channel.refused')).toMatchObject({ reason: 'not-found' })
  const answer = async (text: string, words: string) => {
    session.send({ type: 'command', text })
    await session.event('notice', ({ message }) => message.includes(words))
  }
  await answer(`/plugin marketplace add ${MARKETPLACE} --name mine`, 'mine was added')
  await answer('/plugin install webhook@mine', 'webhook@mine 0.1.0 was installed')
  await answer('/plugin allow webhook@mine', 'is allowed now')
  await answer('/reload-plugins', 'Plugins reloaded: webhook started.')
  expect(await session.event('channel.registered')).toMatchObject({ entry: 'plugin:webhook@mine' })
  session.send({ type: 'end' })
  expect(await session.ended).toBe(0)
})

describe('exit codes and streams', () => {
  test.each([
    ['help', 0],
    ['install --help', 0],
    ['list', 0],
    ['instal x', 2],
    ['install', 2],
    ['install x', 1],
    ['marketplace add ./none', 1],
  ])('%s: %i', async (line, code) => {
    const result = await run(line)
    expect(result.code).toBe(code)
    expect([result.stdout === '', result.stderr === '']).toEqual([code !== 0, code === 0])
  })

  test('validate prints every problem where a script reads it, and fails', async () => {
    await writePlugin({ channels: [{ server: 'other' }], keywords: 'x' })
    const { code, stdout, stderr } = await run('validate market --json')
    expect([code, stderr]).toEqual([1, ''])
    const { valid, findings } = JSON.parse(stdout)
    expect([valid, findings.filter(({ level }: { level: string }) => level === 'error')]).toEqual([
      false,
      [
        { level: 'error', message: expect.stringContaining('keywords must be a list of words') },
        { level: 'error', message: expect.stringContaining('channels[0].server must be a server of the plugin') },
      ],
    ])
  })

  test('our own marketplace has no mistake', async () => {
    const { valid, findings } = JSON.parse(await done(`validate ${MARKETPLACE} --json`))
    expect([valid, findings]).toEqual([
      true,
      [{ level: 'warning', message: expect.stringContaining('"backchannel" cannot be used') }],
    ])
  })
})

const OPTIONS = {
  token: { type: 'string', title: 'Token', description: 'Of the bot', sensitive: true, required: true },
}

test('a secret can be piped in', async () => {
  await writePlugin({ userConfig: OPTIONS })
  await done('marketplace add ./market')
  expect(await done('install bot')).toContain('It needs token (Token): plugin configure bot@acme')
  expect(await done('configure bot --stdin token', 's3cret\n')).toContain('The answers to bot@acme were saved.')
  const file = join(project.env['HOME'] ?? '', '.backchannel/plugins/options.json')
  expect(JSON.parse(await readFile(file, 'utf8')).plugins['bot@acme']).toEqual({ token: 's3cret' })
})

// A terminal of its own for the command, as util-linux has it.
const script = process.platform === 'linux' && existsSync('/usr/bin/script')
test.skipIf(!script)('at a terminal it is asked for, and what is typed is not shown', async () => {
  await writePlugin({ userConfig: OPTIONS })
  await done('marketplace add ./market')
  const line = `'${process.execPath}' '${COMMAND}' plugin install bot`
  const child: ChildProcess = spawn('/usr/bin/script', ['-qec', line, '/dev/null'], {
    cwd: project.path,
    env: project.env,
  })
  let screen = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    screen += chunk.toString()
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  await waitFor(() => screen.includes('hidden> '), { what: 'the question' }).catch(() =>
    expect(screen).toBe('the question'),
  )
  child.stdin?.write('s3cret\r')
  await waitFor(() => screen.includes('Start it as a channel'), { what: 'the end' })
  child.stdin?.end()
  expect(await ended).toBe(0)
  expect(screen).toMatch(/Token: Of the bot\r?\nhidden> /)
  expect(screen).not.toContain('s3cret')
  expect(await done('info bot')).toMatch(/token +set, and never shown/)
})
