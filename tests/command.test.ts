/** The command as a script sees it: formats, exit codes, what ends a session, and what bad input is answered with. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { isAlive, serverPath, waitFor } from '@backchannel/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createProject, type Project } from './support/command.ts'
import { childrenOf } from './support/processes.ts'

let project: Project
beforeEach(async () => {
  project = await createProject()
})
afterEach(() => project[Symbol.asyncDispose]())

const DEVELOPMENT = '--dangerously-load-development-channels'
const mcp = (servers: Record<string, { command: string; args?: readonly string[]; env?: Record<string, string> }>) =>
  project.write('.mcp.json', JSON.stringify({ mcpServers: servers }))
const server = (name: Parameters<typeof serverPath>[0], env: Record<string, string> = {}) => ({
  command: process.execPath,
  args: [serverPath(name)],
  env,
})

describe('one turn', () => {
  test('-p prints the answer and nothing else', async () => {
    await project.write('notes.txt', 'hello')
    const { code, stdout, stderr } = await project.run(['-p', "what's in my working directory?"])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^In .*project:\nnotes\.txt\n$/)
  })

  test('a prompt can be piped in', async () => {
    await project.write('notes.txt', 'hello from a file')
    const { code, stdout } = await project.run(['-p'], 'read notes.txt\n')
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'notes.txt:\nhello from a file\n' })
  })

  test('--output-format json prints one object', async () => {
    const { code, stdout } = await project.run(['-p', 'hello', '--output-format', 'json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ type: 'result', outcome: 'completed', turns: 1, agent: 'demo' })
  })
})

describe('permissions', () => {
  const written = (name: string) => readFile(join(project.path, name), 'utf8').catch(() => 'nothing')

  test('a command asks, and without an answer it does not run', async () => {
    const { code, stdout } = await project.run(['-p', 'run: touch x'])
    expect([code, stdout]).toEqual([0, expect.stringContaining('Not allowed: running "touch x" needs an approval')])
    expect(await written('x')).toBe('nothing')
  })

  test('rules of the settings allow and deny', async () => {
    await project.write(
      'rules.json',
      JSON.stringify({ permissions: { allow: ['Bash(echo *)'], deny: ['Bash(rm *)'] } }),
    )
    const run = async (text: string) => (await project.run(['-p', text, '--settings', 'rules.json'])).stdout
    expect(await run('run: echo one && echo two')).toBe('$ echo one && echo two\none\ntwo\n')
    expect(await run('run: echo one; rm -rf .')).toMatch(
      /^Not allowed: the rule "Bash\(rm \*\)" \(.*rules\.json\) denies it\.$/m,
    )
    expect(await run('read rules.json')).toContain('closed to the agent in every mode')
  })

  test('the mode comes from the flag, before the settings', async () => {
    await project.write('plan.json', JSON.stringify({ permissions: { defaultMode: 'plan' } }))
    const run = (...args: string[]) => project.run(['-p', 'write a.txt: hello', '--settings', 'plan.json', ...args])
    expect((await run()).stdout).toContain('Not allowed: plan mode only reads')
    expect((await run('--permission-mode', 'acceptEdits')).stdout).toBe('Done:\nWrote a.txt (5 bytes).\n')
    expect(await written('a.txt')).toBe('hello')
  })

  test('the mode in which nothing asks warns', async () => {
    const { stdout, stderr } = await project.run([
      '-p',
      'run: echo hi',
      '--dangerously-skip-permissions',
      '--allow-root',
    ])
    expect(stdout).toBe('$ echo hi\nhi\n')
    expect(stderr).toContain('Nothing asks in this session')
  })
})

describe('usage', () => {
  test.each([
    [['--permission-mode', 'yolo'], /Allowed choices are default, acceptEdits, plan, bypassPermissions/],
    [['--permission-mode', 'plan', '--dangerously-skip-permissions'], /exclude each other/],
    [['--nonsense'], /unknown option '--nonsense'/],
    [['--channels'], /needs at least one channel entry, and none follows/],
    [['--channels', 'fakechat'], /"fakechat" is not a channel entry.*\n.*plugin:fakechat@/],
    [['--output-format', 'xml'], /Allowed choices are text, json, stream-json/],
    [[], /there is nothing to do/],
  ])('%j is a usage error, 2', async (args, words) => {
    const { code, stderr, stdout } = await project.run(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(words)
  })

  test('--help shows examples, --version the version', async () => {
    const help = await project.run(['--help'])
    expect(help.code).toBe(0)
    expect(help.stdout).toContain('backchannel --channels plugin:fakechat@backchannel')
    expect(await project.run(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' })
  })

  test('an agent that is not installed is an error that says how it is', async () => {
    const { code, stderr } = await project.run(['--agent', 'claude', '-p', 'hello'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/its Agent SDK is( not)? installed beside this command\. Install it .*npm install -g/)
  })

  test.each([
    [['--continue', '--resume', 'x', '-p', 'a'], /exclude each other/],
    [
      ['--resume', 'what did we say?'],
      /is not the ID of a conversation\.\n {2}To go on with the last one and a prompt/,
    ],
    [['--resume', '--agent', 'demo', '-p', 'a'], /demo agent remembers nothing/],
  ])('%j is told', async (args, words) => {
    const { code, stderr } = await project.run(args)
    expect(code).not.toBe(0)
    expect(stderr).toMatch(words)
  })

  test('without an agent the demo runs, and says why it is not Claude', async () => {
    const session = project.start('--input-format', 'stream-json')
    const { message } = await session.event('notice', ({ message }) => message.startsWith('The agent is'))
    expect(message).toMatch(/^The agent is a demo: .* Claude is not used: .*Agent SDK is( not)? installed/)
  })
})

describe('a channel that others wrote', () => {
  test('a bare SDK server yields exactly the tag of the contract', async () => {
    const events = [
      { content: 'build failed on main: https://ci.example.com/run/1234', meta: { path: '/', method: 'POST' } },
    ]
    await mcp({ hooks: server('sdk-channel', { EVENTS: JSON.stringify(events) }) })
    const session = project.start(DEVELOPMENT, 'server:hooks', '--accept-development-channels')
    expect(await session.event('channel.registered')).toMatchObject({ entry: 'server:hooks', source: 'hooks' })
    expect(await session.event('event.received')).toMatchObject({ source: 'hooks', ...events[0] })
    expect((await session.event('turn.started')).input).toBe(
      '<channel source="hooks" path="/" method="POST">\nbuild failed on main: https://ci.example.com/run/1234\n</channel>',
    )
    const { code, afterMs } = await session.end()
    expect(code).toBe(0)
    expect(afterMs).toBeLessThan(2_000)
  })

  test('is refused when the warning is not accepted, and nothing is started: 3', async () => {
    await mcp({ hooks: server('sdk-channel') })
    const session = project.start(DEVELOPMENT, 'server:hooks')
    expect(await session.event('channel.refused')).toMatchObject({ reason: 'development-not-accepted' })
    expect(await session.ended).toBe(3)
  })

  test('named after --channels it connects as a plain server, refused with the reason', async () => {
    await mcp({ hooks: server('sdk-channel') })
    const session = project.start('--channels', 'server:hooks')
    const refused = await session.event('channel.refused')
    expect(refused.reason).toBe('not-allowlisted')
    expect(refused.message).toContain(DEVELOPMENT)
    expect(await session.ended).toBe(3)
  })

  test('a server that nobody named is not started without consent, and a notice says so', async () => {
    await mcp({ hooks: server('sdk-channel'), other: server('sdk-plain') })
    const session = project.start(DEVELOPMENT, 'server:hooks', '--accept-development-channels')
    await session.event('channel.registered')
    const notice = await session.event('notice', ({ message }) => message.includes('"other"'))
    expect(notice).toMatchObject({ level: 'warning', message: expect.stringContaining('no consent') })
  })
})

describe('bad servers: the session goes on and says what happened', () => {
  test.each([
    ['never-initializes', 'failed-to-start', /did not answer "initialize" within 1 s/],
    ['exits-at-once', 'failed-to-start', /exited with status 3/],
    ['future-era', 'protocol-era', /2026-07-28/],
  ] as const)('%s', async (name, reason, words) => {
    await project.write('settings.json', JSON.stringify({ limits: { startTimeoutMs: 1_000 } }))
    await mcp({ bad: server(name) })
    const session = project.start(
      ...['--settings', join(project.path, 'settings.json'), '--input-format', 'stream-json'],
      ...[DEVELOPMENT, 'server:bad', '--accept-development-channels'],
    )
    expect(await session.event('channel.refused')).toMatchObject({ reason, message: expect.stringMatching(words) })
    session.send({ type: 'prompt', text: 'still there?' })
    expect(await session.event('agent.text')).toMatchObject({ text: expect.stringContaining('still there?') })
    session.process.stdin.end()
    expect(await session.ended).toBe(0)
  })

  test('kill -9 of a channel: said, restarted, and messages go on', async () => {
    await mcp({ hooks: server('sdk-channel', { EVENTS: '[{"content":"hello"}]' }) })
    const session = project.start(DEVELOPMENT, 'server:hooks', '--accept-development-channels')
    await session.event('turn.finished')
    const [pid = 0] = await childrenOf(session.process.pid ?? 0)
    process.kill(pid, 'SIGKILL')
    expect(await session.event('channel.closed')).toMatchObject({
      entry: 'server:hooks',
      reason: expect.stringContaining('killed by SIGKILL'),
      restarting: true,
    })
    await waitFor(() => session.events.filter(({ type }) => type === 'event.received').length === 2, {
      what: 'the restarted channel to send again',
    })
    await session.end()
    await waitFor(() => !isAlive(pid), { what: 'the channel to be gone' })
  })
})

describe('configuration that is wrong', () => {
  test('a broken .mcp.json is told with its place, and the session goes on', async () => {
    await project.write('.mcp.json', '{ "mcpServers": { "a": ')
    const session = project.start('-p', 'hello')
    const notice = await session.event('notice', ({ level }) => level === 'error')
    expect(notice.message).toMatch(/\.mcp\.json.*line 1/)
    expect(await session.ended).toBe(0)
  })

  test('an entry that does not exist says what there is', async () => {
    const session = project.start('--channels', 'plugin:fakechatt@backchannel')
    expect(await session.event('channel.refused')).toMatchObject({
      reason: 'not-found',
      message: expect.stringMatching(/Did you mean plugin:fakechat@backchannel/),
    })
    expect(await session.ended).toBe(3)
  })

  test('a broken settings file names file and field: 1', async () => {
    await project.write('wrong.json', '{"channels":["nonsense"]}')
    const { code, stderr } = await project.run(['--settings', 'wrong.json', '-p', 'hello'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/wrong\.json.*channels/)
  })

  test("the webhook's port in use is an error that names its holder, and it is tried again", async () => {
    const holder = createServer().listen(project.ports.webhook, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    const session = project.start('--channels', 'plugin:webhook@backchannel')
    const closed = await session.event('channel.closed')
    expect(closed.restarting).toBe(true)
    expect(closed.reason).toContain(`:${project.ports.webhook}: process ${process.pid} (`)
    await new Promise((resolve) => holder.close(resolve))
    await session.event('notice', ({ message }) => message.includes('listening on'))
    await session.end()
  })

  test("fakechat's port in use is said, and another one is used", async () => {
    const holder = createServer().listen(project.ports.fakechat, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    const session = project.start('--channels', 'plugin:fakechat@backchannel')
    const warning = await session.event('notice', ({ level }) => level === 'warning')
    expect(warning.message).toContain(`port ${project.ports.fakechat}`)
    const { message } = await session.event('notice', (event) => /fakechat: http/.test(event.message))
    const page = await fetch(/http\S+/.exec(message)?.[0] ?? '')
    expect(page.status).toBe(200)
    await session.end()
    await new Promise((resolve) => holder.close(resolve))
  })
})

describe('stream-json input', () => {
  test('prompts, commands, and a line that is none of these', async () => {
    const session = project.start('--input-format', 'stream-json')
    session.send({ type: 'prompt', text: 'one' })
    expect((await session.event('agent.text')).text).toContain('one')
    session.send({ type: 'command', text: '/help' })
    await session.event('notice', ({ message }) => message.includes('/channels'))
    session.send('this is not JSON')
    expect(await session.event('notice', ({ level }) => level === 'error')).toMatchObject({
      message: expect.stringContaining('{"type":"prompt"'),
    })
    session.send({ type: 'prompt', text: 'wait 60' })
    await session.event('turn.started', ({ input }) => input === 'wait 60')
    session.send({ type: 'interrupt' })
    expect(await session.event('turn.finished', ({ turn }) => turn === 2)).toMatchObject({ outcome: 'interrupted' })
    session.send({ type: 'end' })
    expect(await session.ended).toBe(0)
  })

  test('the end of input lets what came in before finish', async () => {
    const { code, stdout } = await project.run(
      ['--input-format', 'stream-json', '--output-format', 'stream-json'],
      '{"type":"prompt","text":"first"}\n{"type":"prompt","text":"second"}\n',
    )
    expect(code).toBe(0)
    expect(stdout.match(/"type":"turn.finished"/g)).toHaveLength(2)
  })
})

test('a channel that comes with the command runs on what the command runs on, whatever is called node', async () => {
  project.env['PATH'] = project.path
  const session = project.start('--channels', 'plugin:webhook@backchannel')
  await session.event('channel.registered')
  await session.end()
})

test('the webhook channel: curl in, one line out, the event in the session', async () => {
  const session = project.start('--channels', 'plugin:webhook@backchannel', 'plugin:fakechat@backchannel')
  await session.event('notice', ({ message }) => message.startsWith('webhook: listening'))
  const answer = await fetch(`http://localhost:${project.ports.webhook}/`, { method: 'POST', body: 'hello' })
  expect(answer.status).toBe(202)
  expect((await session.event('turn.started')).input).toBe(
    '<channel source="webhook" path="/" method="POST">\nhello\n</channel>',
  )
  const { code, afterMs } = await session.end('SIGTERM')
  expect(code).toBe(0)
  expect(afterMs).toBeLessThan(2_000)
})
