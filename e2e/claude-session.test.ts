/** Sessions with Claude through the real Agent SDK: what no other agent has; against a stand-in for the Messages API. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { type ContractSession, repliesIn, startSession } from '@backchannel/testkit/agent-contract'
import { afterEach, expect, test } from 'vitest'
import {
  type AgentChoice,
  type AgentWorldOptions,
  createAgentWorld,
  type RealAgentWorld,
} from './support/agent-world.ts'
import { openPage } from './support/page.ts'
import { planAndApprove } from './support/plan.ts'
import { CLAUDE } from './support/real-agents.ts'
import { bash } from './support/scripted-model.ts'

const opened: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

interface Request extends AgentWorldOptions, Partial<AgentChoice> {}

async function createWorld({ args = [], env = {}, ...options }: Request = {}): Promise<RealAgentWorld> {
  const choice = { args: [...CLAUDE.args, ...args], env: { ...CLAUDE.env, ...env } }
  const world = await createAgentWorld(choice, options)
  opened.push(async () => await world[Symbol.asyncDispose]())
  return world
}

async function open(request: Request = {}): Promise<{ world: RealAgentWorld; session: ContractSession }> {
  const world = await createWorld(request)
  return { world, session: await begin(world) }
}

async function begin(world: RealAgentWorld): Promise<ContractSession> {
  const session = await startSession(world)
  opened.push(() => session.end())
  return session
}

/** Everything up to the end of the turn of a message. */
async function take(session: ContractSession, text: string) {
  const from = session.mark()
  await session.say(text)
  await session.next('turn.finished', from)
  return session.told.slice(from)
}

test('of two rules the stricter one holds, whichever side it is on', async () => {
  const { world, session } = await open({
    permissions: { allow: ['Bash(touch *)'], deny: ['Bash(touch host-denies)'] },
    files: {
      'home/.claude/settings.json': {
        permissions: {
          allow: ['Bash(touch host-denies)', 'Bash(mkdir host-asks)'],
          ask: ['Bash(touch claude-asks)'],
          deny: ['Bash(touch claude-denies)'],
        },
      },
    },
  })
  const commands = [
    'touch host-denies',
    'mkdir host-asks',
    'touch claude-asks',
    'touch claude-denies',
    'touch both-allow',
  ]
  world.api.script(...commands.map(bash), 'done', 'reminded')
  const from = session.mark()
  await session.say('do all of it')
  for (const command of ['mkdir host-asks', 'touch claude-asks']) {
    const request = await session.next('permission.requested', from, ({ input_preview: shown }) =>
      String(shown).includes(command),
    )
    session.send({ type: 'permission', request_id: request['request_id'], behavior: 'deny' })
  }
  await session.next('turn.finished', from)
  const told = session.told.slice(from)
  expect(told.filter(({ type }) => type === 'permission.requested')).toHaveLength(2)
  expect(commands.map((command) => existsSync(join(world.cwd, command.split(' ')[1] ?? '')))).toEqual([
    false,
    false,
    false,
    false,
    true,
  ])
})

test('a provider that fails is told in the terminal and in the chat, and the next message is answered', async () => {
  const { world, session } = await open({ env: { CLAUDE_CODE_MAX_RETRIES: '1' } })
  await using page = await openPage(world.fakechatPort, (text) => session.send({ type: 'command', text }))
  const limit = { status: 429, type: 'rate_limit_error', message: 'limit', headers: { 'retry-after': '1' } }
  world.api.script({ error: limit }, ...[1, 2, 3].map(() => ({ error: limit })))
  const told = await take(session, 'hello')
  expect(told.filter(({ type }) => type === 'notice').map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^The agent waits: the usage limit is reached; it tries again at /),
  )
  const finished = told.find(({ type }) => type === 'turn.finished')
  expect(finished).toMatchObject({ outcome: 'failed', error: expect.stringMatching(/^The usage limit is reached/) })
  const state = (wanted: string) =>
    page.next('state', ({ state, reason }) => state === wanted && /usage limit/i.test(String(reason)))
  expect(await state('started')).toMatchObject({ reason: expect.stringMatching(/; it tries again at /) })
  await state('failed')
  while (world.api.turnsLeft > 0) await take(session, 'eat what the script has left')
  expect(repliesIn(await take(session, world.arrange({ kind: 'reply', text: 'again' })))).toEqual(['again'])
})

test('a key that is refused is a failed turn that says what to do', async () => {
  const { session } = await open({ env: { ANTHROPIC_API_KEY: 'sk-ant-wrong', CLAUDE_CODE_MAX_RETRIES: '1' } })
  const told = await take(session, 'hello')
  expect(told.find(({ type }) => type === 'turn.finished')).toMatchObject({
    outcome: 'failed',
    error: expect.stringMatching(/^Claude is not signed in, or its key is refused/),
  })
})

test('a conversation goes on in a later session, and in one at a time', async () => {
  const { world, session } = await open()
  await take(session, world.arrange({ kind: 'reply', text: 'the word is swordfish' }))
  const continued = { ...world, args: [...world.args, '--continue'] }
  await expect(startSession(continued)).rejects.toThrow(/Another process goes on with the conversation/)
  await session.end()
  const second = await begin(continued)
  await take(second, world.arrange({ kind: 'reply', text: 'it was swordfish' }))
  expect(JSON.stringify(world.api.requests.at(-1)?.messages)).toContain('the word is swordfish')
})

test('a plan is shown and approved before anything is changed, and ends plan mode', async () => {
  const { world, session } = await open({ args: ['--permission-mode', 'plan'] })
  await planAndApprove(world, session)
})

test('a channel that was started again has its tools again, in the same conversation', async () => {
  const { world, session } = await open()
  await take(session, world.arrange({ kind: 'reply', text: 'one' }))
  const from = session.mark()
  session.send({ type: 'command', text: '/channels restart fakechat' })
  await session.next('notice', from, ({ message }) => /^fakechat: http:/.test(String(message)))
  expect(repliesIn(await take(session, world.arrange({ kind: 'reply', text: 'two' })))).toEqual(['two'])
})

test('/new forgets, and /compact sums up', async () => {
  const { world, session } = await open()
  const command = async (text: string, answer: RegExp) => {
    const from = session.mark()
    session.send({ type: 'command', text })
    await session.next('notice', from, ({ message }) => answer.test(String(message)))
  }
  const lastRequest = () => JSON.stringify(world.api.requests.at(-1)?.messages)
  await take(session, world.arrange({ kind: 'reply', text: 'the word is swordfish' }))
  await command('/new', /^A new conversation has begun/)
  await take(session, world.arrange({ kind: 'reply', text: 'the word is halibut' }))
  expect(lastRequest()).not.toContain('swordfish')
  world.api.script('<summary>We spoke of fish.</summary>')
  await command('/compact', /^The conversation is compacted/)
  await take(session, world.arrange({ kind: 'reply', text: 'and now?' }))
  expect(lastRequest()).toContain('We spoke of fish.')
  expect(lastRequest()).not.toContain('halibut')
})

test('a project is read where it is trusted, and its servers are not started even there', async () => {
  const hooks = { SessionStart: [{ hooks: [{ type: 'command', command: 'touch hook-ran' }] }] }
  const world = await createWorld({
    files: { 'project/.claude/settings.json': { hooks, enableAllProjectMcpServers: true } },
  })
  await writeFile(join(world.cwd, 'CLAUDE.md'), 'the-instructions-of-the-project')
  const look = async () => {
    const session = await begin(world)
    await take(session, world.arrange({ kind: 'reply', text: 'hello' }))
    const warned = session.told.some(({ message }) => /^Nobody has trusted this folder/.test(String(message)))
    await session.end()
    const isRead = JSON.stringify(world.api.requests.at(-1)?.body).includes('the-instructions-of-the-project')
    return { warned, isRead, ranHook: existsSync(join(world.cwd, 'hook-ran')) }
  }
  expect(await look()).toEqual({ warned: true, isRead: false, ranHook: false })
  const trust = spawn(world.command, [...world.args.slice(0, 1), 'consents', 'trust'], {
    cwd: world.cwd,
    env: world.env,
  })
  expect(await once(trust, 'exit')).toEqual([0, null])
  expect(await look()).toEqual({ warned: false, isRead: true, ranHook: true })
  expect(existsSync(join(world.cwd, 'second-poller'))).toBe(false)
})

test('-p prints the answer alone; a turn that failed is status 1', async () => {
  const world = await createWorld({ files: { 'project/.mcp.json': { mcpServers: {} } } })
  const run = async (text: string) => {
    const [command = '', ...args] = [...world.args.slice(0, 1), ...CLAUDE.args, '-p', text]
    const child = spawn(world.command, [command, ...args], {
      cwd: world.cwd,
      env: world.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr, [code]] = await Promise.all([
      readAll(child.stdout),
      readAll(child.stderr),
      once(child, 'close'),
    ])
    return { code, stdout, stderr }
  }
  world.api.script('It is 42.', { error: { status: 400, type: 'invalid_request_error', message: 'no' } })
  expect(await run('what is it?')).toEqual({ code: 0, stdout: 'It is 42.\n', stderr: '' })
  expect(await run('and now?')).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining('✗ The turn failed: ') })
})

test('an older Claude Code, which would expand what a message says, is not started', async () => {
  const world = await createWorld()
  const old = join(world.home, 'claude')
  await writeFile(old, '#!/bin/sh\necho "2.1.247 (Claude Code)"\n', { mode: 0o755 })
  await expect(begin({ ...world, env: { ...world.env, BACKCHANNEL_CLAUDE: old } })).rejects.toThrow(
    /Claude Code 2\.1\.247 is too old: it would read every file that a message names/,
  )
})
