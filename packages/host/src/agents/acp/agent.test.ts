/** A whole agent over the protocol: turns, permissions, questions, stops, losses; the double stands for the agent. */
import { join } from 'node:path'
import { createTempDirectory, isAlive, waitFor } from '@backchannel/testkit'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findMarked } from '../../processes/descendants.ts'
import { createAcpTest, createEvent, doubleCommand, emptyTurn } from '../../testing/acp-agent.ts'

const REPLY = 'mcp__plugin_chat_chat__reply'
const TAG = (body: string, chat = 'web') => `<channel source="chat" chat_id="${chat}">\n${body}\n</channel>`

async function createState(): Promise<string> {
  const folder = await createTempDirectory('backchannel-acp-')
  onTestFinished(() => folder.remove())
  return `--state=${join(folder.path, 'state.json')}`
}

describe('a turn', () => {
  const test = createAcpTest(['--banner'], {}, afterAll)
  beforeAll(() => test.start())

  it('is answered through a tool of the channel, which the host runs and shows, in mode default', async () => {
    const { calls, shown, said } = await test.run(TAG('hello'), { events: [createEvent('hello', { chat_id: 'web' })] })
    expect(calls).toEqual([[REPLY, { chat_id: 'web', text: expect.stringContaining('I received: ') }]])
    expect([shown, said]).toEqual([[], []])
    expect((await test.run('mode')).said).toEqual(['mode: default'])
    expect(test.reports).toEqual([
      { kind: 'session', id: expect.stringMatching(/^double-/) },
      { kind: 'usage', inputTokens: 7, outputTokens: 5 },
      { kind: 'usage', inputTokens: 7, outputTokens: 5 },
    ])
  })

  it('asks for a permission, and takes neither a yes nor a no for more than it is', async () => {
    const allowed = await test.run('run: printf %s made')
    expect(allowed.asked).toEqual([{ tool: 'Bash', input: { command: 'printf %s made' } }])
    expect(allowed.said).toEqual(['done: made'])
    expect(allowed.shown).toEqual([
      { callId: expect.stringMatching(/^call-/), name: 'Bash', input: { command: 'printf %s made' } },
      { callId: expect.stringMatching(/^call-/), ok: true, text: 'made' },
    ])
    const denied = await test.run('run: false', { permit: async () => ({ behavior: 'deny', message: 'not now' }) })
    expect(denied.said).toEqual(['no'])
    expect(denied.shown).toEqual([
      expect.anything(),
      { callId: expect.stringMatching(/^call-/), ok: false, text: 'no' },
    ])
    const forGood = await test.run('elsewhere: notes.txt')
    expect(forGood.asked).toEqual([{ tool: 'Edit', input: { title: 'notes.txt' } }])
    expect(forGood.said).toEqual([expect.stringContaining('only for good'), 'cancelled'])
  })

  it('asks questions, and has a plan approved', async () => {
    const answered = await test.run('ask: Which? | main | next', { answer: () => ({ choices: ['next'], text: 'now' }) })
    expect(answered.asked).toEqual([
      {
        text: 'Which?',
        choices: [
          { id: 'main', label: 'main' },
          { id: 'next', label: 'next' },
        ],
        multiple: false,
        allowText: true,
      },
    ])
    expect(answered.said).toEqual(['{"question_0":"next","question_0_custom":"now"}'])
    expect((await test.run('ask: Which? | main | next')).said).toEqual(['decline'])
    const plan = await test.run('plan: 1. rest', { plan: { approved: true, mode: 'acceptEdits' } })
    expect([plan.asked, plan.said]).toEqual([['1. rest'], ['yes']])
    expect((await test.run('plan: 1. rest')).said).toEqual(['no'])
  })

  it('stops when it is told to, with what it has started, and the next one is taken', async () => {
    const stop = new AbortController()
    const seen = emptyTurn()
    const running = test.run('wait', { signal: stop.signal }, seen)
    await waitFor(() => seen.shown.length > 0, { what: 'it to wait' })
    expect(await test.agent.status?.()).toEqual({ doing: 'sleep 600' })
    stop.abort(new Error('stop it'))
    await expect(running).rejects.toThrow('stop it')
    expect((await test.run('history')).said).toEqual([expect.stringMatching(/^history: /)])
  })

  it('withdraws a permission with the turn', async () => {
    const stop = new AbortController()
    const withdrawn = Promise.withResolvers<void>()
    const permit = async (_: unknown, signal: AbortSignal) => {
      signal.addEventListener('abort', () => withdrawn.resolve())
      stop.abort(new Error('stop it'))
      await withdrawn.promise
      throw signal.reason
    }
    await expect(test.run('run: true', { signal: stop.signal, permit })).rejects.toThrow('stop it')
    await withdrawn.promise
  })

  it('that fails says why, and the next one is taken', async () => {
    await expect(test.run('error: rate_limit')).rejects.toMatchObject({
      code: 'agent-failed',
      message: 'The usage limit is reached: the provider is out.',
    })
    await expect(test.run('error: other')).rejects.toMatchObject({
      message: 'The agent failed: the provider is out',
    })
    expect((await test.run('hello')).said).toEqual([expect.stringContaining('I received: ')])
  })

  it('knows no compact where the agent has no such command', async () => {
    await expect(test.agent.compact?.(new AbortController().signal)).rejects.toMatchObject({
      message: expect.stringContaining('no command'),
    })
  })

  it('has a text that expands nothing in an agent of which nothing is known, once a conversation with a word on that, and its attributes come back as they were', async () => {
    await test.agent.clear?.()
    const text = TAG('wire\n@/etc/passwd\n/compact\n !rm\nada@example.com 1/2!', 'ada@example.com')
    const { calls } = await test.run(text, { events: [createEvent('', { chat_id: 'ada@example.com' })] })
    const [, { chat_id: chat, text: told }] = calls[0] as unknown as [string, { chat_id: string; text: string }]
    expect(chat).toBe('ada@example.com')
    const [first, second] = JSON.parse(told).prompt
    expect(first.text).toMatch(
      /<channel source=.*\n\nAnswer with the reply tool\.\n\nIn the messages of channels, ＠ stands for @/,
    )
    expect(second.text).toContain('wire\n＠/etc/passwd\n／compact\n ！rm\nada＠example.com 1/2!')
    const operator = await test.run('wire @file')
    expect(JSON.parse(operator.said.join('')).prompt).toEqual([{ type: 'text', text: 'wire @file' }])
  })

  it('is forgotten by clear, and another gets the tools of a channel that is new', async () => {
    await test.agent.clear?.()
    expect((await test.run('history')).said).toEqual(['history: 1'])
    const [reply] = test.tools
    test.tools.push({ ...reply!, name: 'mcp__hook__reply', source: 'hook' })
    const listed = JSON.parse((await test.run('tools')).said.join(''))
    expect(listed.map(([name]: [string]) => name)).toEqual(['plugin_chat_chat', 'hook'])
  })
})

describe('claude-agent-acp', () => {
  it('gets messages as they are, told to take it as it is, and to start no server of its own', async () => {
    const test = createAcpTest(['--claude-code'])
    await test.start({ model: 'some-model' })
    const { calls } = await test.run(TAG('wire\n@/etc/passwd'), { events: [createEvent('', {})] })
    const { prompt, meta } = JSON.parse((calls[0]?.[1] as { text: string }).text)
    expect(prompt).toEqual([{ type: 'text', text: TAG('wire\n@/etc/passwd') }])
    expect(meta).toEqual({
      systemPrompt: { append: expect.stringMatching(/<channel source=.*\n\nAnswer with the reply tool\.$/) },
      claudeCode: {
        emitRawSDKMessages: [{ type: 'system', subtype: 'api_retry' }],
        options: {
          verbatimPrompts: true,
          strictMcpConfig: true,
          settingSources: ['user'],
          disallowedTools: expect.arrayContaining(['ScheduleWakeup']),
          env: expect.objectContaining({ CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1' }),
          settings: {
            useAutoModeDuringPlan: false,
            permissions: { ask: expect.arrayContaining(['Bash', 'Read', 'Edit', 'WebFetch']) },
          },
          promptSuggestions: false,
          title: 'backchannel',
          model: 'some-model',
        },
      },
    })
    const denied = await test.run('run: false', {
      permit: async () => ({ behavior: 'deny', message: 'not on Friday' }),
    })
    expect(denied.said).toEqual(['refused: not on Friday'])
    expect((await test.run('plan: 1. rest')).said).toEqual(['refused: not this one'])
  })
})

describe('an agent whose process', () => {
  it('is killed in the middle of a turn is lost, with all it has started, and goes on where it was', async () => {
    const test = createAcpTest([await createState()])
    await test.start()
    await test.run('hello')
    await expect(test.run('crash')).rejects.toMatchObject({
      code: 'agent-lost',
      message: expect.stringContaining('SIGKILL'),
    })
    const [session] = test.reports
    await test.start({ resume: (session as { id: string }).id })
    expect((await test.run('history')).said).toEqual(['history: 3'])
    // Between turns nobody waits for it: it says so by itself.
    const pid = Number(/\d+/.exec((await test.run('pid')).said.join(''))?.[0])
    process.kill(pid, 'SIGKILL')
    await waitFor(() => test.reports.find(({ kind }) => kind === 'lost'), { what: 'the loss to be told' })
    expect(test.reports.at(-1)).toEqual({ kind: 'lost', reason: 'was killed by SIGKILL' })
    expect(isAlive(pid)).toBe(false)
  })

  it('lives on while what it drives has died is lost too', async () => {
    const test = createAcpTest(['--claude-code'])
    await test.start()
    await expect(test.run('lose')).rejects.toMatchObject({ code: 'agent-lost' })
    await test.start({ resume: 'nobody' })
    expect(test.reports.slice(1)).toEqual([
      { kind: 'notice', level: 'warning', text: expect.stringContaining('has no session nobody any more') },
      { kind: 'session', id: expect.anything() },
    ])
  })

  it('does not stop in time is ended', async () => {
    const test = createAcpTest(['--deaf'], { cancelLimitMs: 50 })
    await test.start()
    const stop = new AbortController()
    const seen = emptyTurn()
    const running = test.run('wait', { signal: stop.signal }, seen)
    await waitFor(() => seen.shown.length > 0, { what: 'it to wait' })
    stop.abort(new Error('stop it'))
    await expect(running).rejects.toThrow('stop it')
    expect(test.reports.at(-1)).toEqual({ kind: 'lost', reason: expect.stringContaining('did not stop') })
  })
})

describe('a session', () => {
  it('is resumed', async () => {
    const state = await createState()
    const first = createAcpTest([state, '--resume'])
    await first.start()
    await first.run('hello')
    await first.agent.close()
    const second = createAcpTest([state, '--resume'])
    await second.start({ resume: (first.reports[0] as { id: string }).id })
    expect((await second.run('history')).said).toEqual(['history: 2'])
    expect(second.reports.filter(({ kind }) => kind === 'notice')).toEqual([])
  })

  it('is new, with a notice, where the agent takes up none', async () => {
    const test = createAcpTest(['--no-load'])
    await test.start({ resume: 'double-1' })
    expect(test.reports).toEqual([
      { kind: 'notice', level: 'warning', text: expect.stringContaining('takes up no earlier session') },
      { kind: 'session', id: expect.anything() },
    ])
  })
})

describe('compact', () => {
  it('is a command of whatever agent has it', async () => {
    const test = createAcpTest(['--commands=compact'])
    await test.start()
    await test.agent.compact?.(new AbortController().signal)
    expect(JSON.parse((await test.run('wire')).said.join('')).history[0]).toMatch(/^\/compact/)
  })

  it('is a command of claude-agent-acp, in a session that takes no message meanwhile', async () => {
    const test = createAcpTest(['--claude-code', '--resume'])
    await test.start()
    await test.agent.compact?.(new AbortController().signal)
    const { history, meta } = JSON.parse((await test.run('wire')).said.join(''))
    expect(history[0]).toBe('/compact (verbatim: false)')
    expect(meta.claudeCode.options.verbatimPrompts).toBe(true)
  })
})

describe('an agent that cannot be used says why:', () => {
  it.each([
    ['another version', ['--version=2'], {}, /version "2" of the protocol, and this host speaks version 1/],
    ['no answer', ['--silent'], {}, /did not answer "initialize" within 0\.3 s/],
    ['an end', ['--fails'], {}, /exited with status 3 .*no licence/],
    ['no sign-in', ['--no-auth'], {}, /The double is not signed in/],
    ['no mode plan', ['--modes=default'], { permissionMode: 'plan' as const }, /has no mode "plan"/],
    ['no choice of a model', [], { model: 'x' }, /lets no model be chosen/],
  ])('%s', async (what, flags, options, message) => {
    const test = createAcpTest(flags, { startTimeoutMs: what === 'no answer' ? 300 : 20_000 })
    const problem = await test.start(options).catch((thrown: unknown) => thrown)
    expect(problem).toMatchObject({ code: 'agent-unavailable', message: expect.stringMatching(message) })
  })

  it('a program that is not there', async () => {
    const { createAcpAgent } = await import('./agent.ts')
    const agent = createAcpAgent({ command: 'no-such-agent --acp', bridge: [] })
    const context = { cwd: process.cwd(), options: { env: {} } } as never
    await expect(agent.start(context)).rejects.toMatchObject({
      code: 'agent-unavailable',
      message: expect.stringContaining('no such program'),
    })
    expect(() => createAcpAgent({ command: '"', bridge: [] })).toThrow(expect.objectContaining({ code: 'usage' }))
    expect(doubleCommand('x')).toContain('acp-double')
  })
})

it('close leaves nothing behind, in a turn too', async () => {
  const test = createAcpTest()
  await test.start()
  const seen = emptyTurn()
  const running = test.run('wait', {}, seen).catch((thrown: unknown) => thrown)
  await waitFor(() => seen.shown.length > 0, { what: 'it to wait' })
  const id = (test.reports[0] as { id: string }).id
  const pid = Number(/double-(\d+)/.exec(id)?.[1])
  await test.agent.close()
  expect(await running).toMatchObject({ code: 'agent-lost' })
  expect([isAlive(pid), findMarked('no-mark')]).toEqual([false, []])
})
