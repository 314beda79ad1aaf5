/** What a session writes down of its tool calls: those that ran by rule, mode and default, those that were asked, and the rest. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readDecisions } from '../audit/read.ts'
import { verifyTrail } from '../audit/verify.ts'
import { digestCall } from '../permissions/frozen-call.ts'
import type { PermissionMode } from '../permissions/modes.ts'
import { createFolder } from '../testing/folder.ts'
import { parseRules, type RuleTexts } from '../testing/permissions.ts'
import { scriptedServer } from '../testing/servers.ts'
import { createAgent, openSession } from '../testing/session.ts'

type Call = readonly [tool: string, input: Record<string, unknown>]

interface Given {
  readonly calls: readonly Call[]
  readonly rules?: RuleTexts
  readonly mode?: PermissionMode
  readonly answer?: { readonly behavior: 'allow' | 'deny'; readonly scope?: 'session'; readonly note?: string }
  /** Made a plain file, in which no trail can be written. */
  readonly blocked?: boolean
}

async function runTurn({ calls, rules = {}, mode = 'default', answer, blocked = false }: Given) {
  const root = await createFolder({ 'project/notes.txt': 'notes', 'home/.keep': '' })
  const audit = join(root, 'audit')
  if (blocked) await writeFile(audit, '')
  const texts: string[] = []
  const agent = createAgent(async (turn) => {
    for (const [tool, input] of calls) texts.push((await turn.callTool(tool, input)).text)
  })
  const { session, recorder } = openSession({
    agent,
    cwd: join(root, 'project'),
    options: {
      audit: { folder: audit },
      permissions: { rules: parseRules(rules), mode, home: join(root, 'home'), env: {} },
      approvals: { canAnswer: () => answer !== undefined },
    },
  })
  session.input({ type: 'prompt', text: 'go' })
  if (answer) {
    const { request_id: id } = await recorder.wait('permission.requested')
    session.input({ type: 'permission', request_id: id, ...answer })
  }
  await recorder.wait('turn.finished')
  await session.end('test')
  const decisions = blocked ? [] : readDecisions(audit, { last: 100 })
  if (!blocked) expect(verifyTrail(audit)).toMatchObject({ ok: true, notes: [] })
  return { root, session, recorder, texts, decisions, made: (name: string) => existsSync(join(root, 'project', name)) }
}

test('what rules, a mode and the defaults decide is recorded, with the rule and its file', async () => {
  const { decisions, session, root } = await runTurn({
    calls: [
      ['Read', { path: 'notes.txt' }],
      ['Bash', { command: 'touch a' }],
      ['Bash', { command: 'rm a' }],
      ['Write', { path: 'b', content: 'x' }],
      ['Read', { path: join('..', 'home', '.backchannel', 'consents.json') }],
      ['Bash', { command: 'touch c' }],
    ],
    rules: { allow: ['Bash(touch a)'], deny: ['Bash(rm *)'] },
    mode: 'acceptEdits',
  })
  expect(decisions.map(({ tool, behavior, by }) => ({ tool, behavior, by }))).toEqual([
    { tool: 'Read', behavior: 'allow', by: { kind: 'default' } },
    { tool: 'Bash', behavior: 'allow', by: { kind: 'rule', rules: [{ text: 'Bash(touch a)', from: 'test' }] } },
    { tool: 'Bash', behavior: 'deny', by: { kind: 'rule', rules: [{ text: 'Bash(rm *)', from: 'test' }] } },
    { tool: 'Write', behavior: 'allow', by: { kind: 'mode', mode: 'acceptEdits' } },
    { tool: 'Read', behavior: 'deny', by: { kind: 'protected' } },
    { tool: 'Bash', behavior: 'deny', by: { kind: 'host', reason: 'nobody-to-ask' } },
  ])
  expect(decisions[1]).toMatchObject({
    session: session.id,
    project: join(root, 'project'),
    scope: 'once',
    origin: { source: 'operator' },
    digest: digestCall('Bash', { command: 'touch a' }),
    arguments: { command: 'touch a' },
  })
})

test('an answer is recorded with its request, and what it allows later names who gave it', async () => {
  const { decisions, recorder, made } = await runTurn({
    calls: [
      ['Bash', { command: 'touch a' }],
      ['Bash', { command: 'touch a' }],
    ],
    answer: { behavior: 'allow', scope: 'session' },
  })
  const [requested] = recorder.of('permission.requested')
  expect(decisions).toMatchObject([
    { behavior: 'allow', by: { kind: 'terminal' }, scope: 'session', request_id: requested?.request_id },
    { behavior: 'allow', by: { kind: 'session', given_by: 'terminal' }, scope: 'session' },
  ])
  expect(made('a')).toBe(true)
})

test('an answer in a channel is recorded with the channel, the sender, and the event that the turn came from', async () => {
  const root = await createFolder({ 'project/.keep': '' })
  const agent = createAgent(async (turn) => void (await turn.callTool('Bash', { command: 'touch a' })))
  const chat = scriptedServer(`
    const initialize = on.initialize()
    on.initialize = () => ({ ...initialize, capabilities: { experimental: {
      'claude/channel': {}, 'claude/channel/permission': {}, 'backchannel/channel': { version: 1, features: ['origin'] } }, tools: {} } })
    on['notifications/claude/channel/permission_request'] = ({ request_id }) =>
      void send({ method: 'notifications/claude/channel/permission', params: { request_id, behavior: 'allow', by: 'u1' } })
    event({ content: 'touch it', meta: { chat_id: 'c1', message_id: 'm1' } })
  `)
  const options = { audit: { folder: join(root, 'audit') } }
  const { session, recorder } = openSession({ agent, cwd: join(root, 'project'), servers: { chat }, options })
  await recorder.wait('turn.finished')
  await session.end('test')
  expect(readDecisions(join(root, 'audit'), { last: 9 })).toMatchObject([
    {
      behavior: 'allow',
      by: { kind: 'channel', source: 'chat', sender: 'u1' },
      origin: { source: 'chat', chat_id: 'c1', event_id: expect.any(String) },
    },
  ])
})

test('a denial is recorded with the note', async () => {
  const { decisions } = await runTurn({
    calls: [['Bash', { command: 'touch a' }]],
    answer: { behavior: 'deny', note: 'not here' },
  })
  expect(decisions).toMatchObject([{ behavior: 'deny', by: { kind: 'terminal' }, note: 'not here' }])
})

test('what runs is what was recorded, whatever the agent does to its arguments meanwhile', async () => {
  const input = {
    command: 'touch a',
    toJSON() {
      return { command: 'touch z' }
    },
  }
  const { texts, made, decisions } = await runTurn({ calls: [['Bash', input]], rules: { allow: ['Bash(touch *)'] } })
  expect(decisions).toMatchObject([
    { behavior: 'deny', by: { kind: 'host', reason: 'arguments-unreadable' }, digest: '' },
  ])
  expect(texts).toEqual(['Not allowed: its arguments cannot be copied, so nobody could say what would run'])
  expect(made('a') || made('z')).toBe(false)
})

test('where nothing can be recorded, nothing is allowed, by rule or by a person; the words say why and what to do', async () => {
  const rule = await runTurn({
    calls: [
      ['Bash', { command: 'touch a' }],
      ['Bash', { command: 'rm a' }],
    ],
    rules: { allow: ['Bash(touch a)'], deny: ['Bash(rm *)'] },
    blocked: true,
  })
  expect(rule.made('a')).toBe(false)
  expect(rule.texts[0]).toMatch(
    /^The audit trail in .+ cannot be written \(E[A-Z]+\), so nothing is allowed\. Free space/,
  )
  expect(rule.texts[1]).toMatch(/^Not allowed: the rule "Bash\(rm \*\)"/)
  expect(rule.recorder.of('notice').filter(({ message }) => message.includes('audit trail'))).toHaveLength(1)

  const answer = { behavior: 'allow' as const }
  const person = await runTurn({ calls: [['Bash', { command: 'touch a' }]], answer, blocked: true })
  expect(person.made('a')).toBe(false)
  expect(person.recorder.of('permission.resolved')).toMatchObject([{ behavior: 'deny', by: 'audit' }])
  expect(person.texts[0]).toMatch(
    /needs an approval; the decision could not be recorded\. The audit trail in .+ Free space/,
  )
})
