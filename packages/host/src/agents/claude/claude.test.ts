/** Claude in whole sessions, on a double of its SDK: turns, permissions, interrupts, and a process that is lost. */
import { isAlive, waitFor } from '@backchannel/testkit'
import { describe, expect, test } from 'vitest'
import { createFakeClaude, type FakeClaude, type FakeClaudeOptions } from '../../testing/fake-claude.ts'
import { createFolder } from '../../testing/folder.ts'
import { parseRules } from '../../testing/permissions.ts'
import { kitChannel } from '../../testing/servers.ts'
import { openSession } from '../../testing/session.ts'
import { createClaudeAgent } from './claude.ts'

async function open(
  request: FakeClaudeOptions & {
    readonly events?: readonly object[]
    readonly options?: object
    readonly rules?: object
  } = {},
) {
  const claude: FakeClaude = createFakeClaude(request)
  const cwd = await createFolder({ 'notes.txt': 'hello' })
  const permissions = { env: { PATH: process.env['PATH'], ANTHROPIC_API_KEY: 'k', TELEGRAM_BOT_TOKEN: 't' } }
  const rules = parseRules({ allow: ['Bash(touch *)'], deny: ['Bash(touch denied)'] })
  const { session, recorder } = openSession({
    agent: createClaudeAgent({ env: {}, sdk: claude }),
    cwd,
    ...(request.events ? { servers: { chat: kitChannel(request.events) } } : {}),
    options: { permissions: { ...permissions, rules }, ...request.options },
  })
  const turn = async (text: string) => {
    const before = recorder.of('turn.finished').length
    session.input({ type: 'prompt', text })
    return await recorder.wait('turn.finished', before + 1)
  }
  return { claude, session, recorder, turn, cwd }
}

describe('how it is started', () => {
  test('with what keeps text inert, servers out and secrets back', async () => {
    const { claude, turn, cwd } = await open({
      events: [],
      options: { agentOptions: { model: 'opus', settingSources: ['user'] } },
    })
    await turn('say hi')
    const [options] = claude.started
    expect(options).toMatchObject({
      cwd,
      model: 'opus',
      permissionMode: 'default',
      strictMcpConfig: true,
      settingSources: ['user'],
      settings: { useAutoModeDuringPlan: false },
    })
    expect(Object.keys(options?.mcpServers ?? {})).toEqual(['chat'])
    expect(options?.systemPrompt.append).toContain('# chat\nAnswer with the reply tool.')
    expect(options?.env).toMatchObject({ ANTHROPIC_API_KEY: 'k', CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1' })
    expect(options?.env).not.toHaveProperty('TELEGRAM_BOT_TOKEN')
  })

  test('an older version is refused, and says why', async () => {
    const { session, recorder } = await open({ version: '2.1.247' })
    expect(await session.ended).toBe('failed')
    expect(recorder.of('notice').at(-1)?.message).toMatch(/Claude Code 2\.1\.247 is too old: it would read every file/)
  })

  test('a conversation that is not there is an error, and not another one', async () => {
    const { session, recorder } = await open({ options: { agentOptions: { resume: 'gone' } } })
    expect(await session.ended).toBe('failed')
    expect(recorder.of('notice').at(-1)?.message).toMatch(
      /^The agent could not be started: Claude Code ended at its start/,
    )
  })
})

describe('a turn', () => {
  test('shows text and calls, and counts tokens', async () => {
    const { turn, recorder } = await open()
    expect(await turn('say hello there')).toMatchObject({ outcome: 'completed' })
    await turn('call Read {"file_path":"notes.txt"}')
    expect(recorder.of('agent.text')).toMatchObject([{ turn: 1, text: 'hello there' }])
    expect(recorder.of('tool.called')).toMatchObject([{ turn: 2, tool: 'Read', input: { file_path: 'notes.txt' } }])
    expect(recorder.of('tool.finished')).toMatchObject([{ ok: true }])
  })

  test.each([
    ['Bash {"command":"touch x"}', true, 'allowed by'],
    ['Bash {"command":"touch denied"}', false, 'Not allowed: the rule'],
    ['Bash {"command":"rm x"}', false, 'nobody can be asked'],
    ['Read {"file_path":"/etc/passwd"}', false, 'lies outside the project'],
    ['ToolSearch {"query":"x"}', true, 'touches nothing'],
  ])('%s is judged by the rules of the host', async (call, ok, words) => {
    const { turn, recorder } = await open()
    await turn(`call ${call}`)
    expect(recorder.of('tool.finished')).toMatchObject([{ ok, summary: expect.stringContaining(words) }])
  })

  test('that its provider refuses fails with the reason, after the wait was told', async () => {
    const { turn, recorder } = await open()
    expect(await turn('fail rate_limit')).toMatchObject({
      outcome: 'failed',
      error: 'The usage limit is reached: from the wire.',
    })
    expect(recorder.of('notice').map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^The agent waits: the provider is overloaded; it tries again at /),
    )
    expect(recorder.of('agent.text')).toEqual([])
    expect(await turn('say on')).toMatchObject({ outcome: 'completed' })
  })

  test.each([0, 1])('is interrupted, also where %i words to stop came too early', async (deaf) => {
    const { session, recorder, turn } = await open({ deaf })
    session.input({ type: 'prompt', text: 'hang' })
    await recorder.wait('turn.started')
    session.input({ type: 'interrupt' })
    expect(await recorder.wait('turn.finished')).toMatchObject({ outcome: 'interrupted' })
    expect(await turn('say on')).toMatchObject({ outcome: 'completed' })
  })
})

describe('a process that is lost', () => {
  const event = (content: string) => ({ content, meta: { chat_id: 'c' }, eventId: 'e1' })

  test('in the middle of a turn: told, started again with the same conversation, offered again and labelled', async () => {
    const { claude, recorder } = await open({ events: [event('die')], known: ['session-1'] })
    await recorder.wait('turn.finished', 3)
    expect(claude.started.map(({ resume }) => resume)).toEqual([undefined, 'session-1', 'session-1'])
    expect(claude.texts.map((text) => /redelivered="true"/.test(text))).toEqual([false, true, true])
    expect(recorder.of('turn.finished').map(({ error }) => error)).toEqual(
      Array(3).fill('The process of Claude Code was killed by SIGKILL.'),
    )
    await recorder.notice(/receipt e1 failed/)
    const receipts = recorder.of('notice').flatMap(({ message }) => /receipt e1 (\w+)/.exec(message)?.[1] ?? [])
    expect(receipts).toEqual(['queued', 'started', 'started', 'started', 'failed'])
  })

  test('with what it has started, in whatever group that is', async () => {
    const { claude, recorder, session } = await open()
    session.input({ type: 'prompt', text: 'orphan' })
    await recorder.wait('turn.started')
    const [child = 0, orphan = 0] = await waitFor(() => claude.pids.length === 2 && claude.pids, { what: 'its child' })
    expect(isAlive(orphan)).toBe(true)
    process.kill(child, 'SIGKILL')
    await recorder.wait('turn.finished')
    expect([child, orphan].map(isAlive)).toEqual([false, false])
  })
})
