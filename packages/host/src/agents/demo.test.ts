/** The demo agent in whole sessions: what it does with each message, and which way the answer goes. */
import { describe, expect, test } from 'vitest'
import { createFolder } from '../testing/folder.ts'
import { parseRules } from '../testing/permissions.ts'
import { kitChannel, kitServer, scriptedServer } from '../testing/servers.ts'
import { openSession } from '../testing/session.ts'
import { createDemoAgent } from './demo.ts'

/** A session in a small project; each event is of its own chat. */
async function open(contents: readonly string[], server = kitChannel(contents.map(toEvent))) {
  const cwd = await createFolder({ 'notes.txt': 'remember the milk', 'src/a.ts': '', '.env': 'KEY=1' })
  return { cwd, ...openSession({ agent: createDemoAgent(), servers: { chat: server }, cwd }) }
}

function toEvent(content: string, at: number) {
  return { content, meta: { chat_id: `c${at}`, user: 'ada' } }
}

/** Everything up to the next line of the channel. */
async function reply(session: Awaited<ReturnType<typeof open>>, pattern: RegExp): Promise<string> {
  return (await session.recorder.notice(pattern)).message
}

describe('in a chat', () => {
  test.each([
    ["what's in my working directory?", /reply to c0: In /],
    ['ls', /reply to c0: In /],
    ['read notes.txt', /reply to c0: notes\.txt:/],
    ['read .env', /reply to c0: Not allowed: reading "\.env", which looks like a secret, needs an approval/],
    ['read ../x', /reply to c0: Not allowed: reading "\.\.\/x", which lies outside the project, needs an approval/],
    ['wait 0.05', /reply to c0: I waited 0\.05 s\./],
    ['run: touch x', /reply to c0: Not allowed: running "touch x" needs an approval/],
    ['write a.txt: x', /reply to c0: Not allowed: writing "a\.txt" needs an approval/],
    ['ask: Which? | A | B', /reply to c0: Nobody answered: Which\?/],
    ['hello there', /reply to c0: I received this from chat by ada: hello there/],
  ])('%j is answered through the reply tool', async (content, pattern) => {
    const session = await open([content])
    await reply(session, pattern)
    await session.recorder.wait('turn.finished')
    expect(session.recorder.of('agent.text')).toEqual([])
    expect(session.recorder.of('turn.finished')).toMatchObject([{ outcome: 'completed' }])
  })

  test('the listing and the file are in the answer, and each tool call is shown', async () => {
    const session = await open(['ls and nothing else'])
    const { recorder, cwd } = session
    await recorder.wait('tool.finished', 2)
    expect(recorder.of('tool.called')).toMatchObject([
      { turn: 1, tool: 'LS', input: { path: '.' } },
      {
        turn: 1,
        tool: 'mcp__chat__reply',
        input: { chat_id: 'c0', text: `In ${cwd}:\n.env (looks like a secret)\nnotes.txt\nsrc/` },
      },
    ])
    expect(recorder.of('tool.finished')).toMatchObject([
      { ok: true, summary: '.env (looks like a secret) notes.txt src/' },
      { ok: true, summary: 'sent' },
    ])
  })

  test('each event of a turn gets an answer of its own', async () => {
    const events = ['one', 'two'].map((content) => ({ content, meta: { chat_id: 'same' } }))
    const session = await open([], kitChannel(events))
    await reply(session, /reply to same: I received this from chat: one/)
    await reply(session, /reply to same: I received this from chat: two/)
  })

  test('a reply that fails is told in the terminal', async () => {
    const { recorder } = await open(['FAIL'])
    expect(await recorder.wait('agent.text')).toMatchObject({
      text: expect.stringMatching(/^The answer did not reach chat: .*the chat has hung up/),
    })
    expect((await recorder.wait('turn.finished')).outcome).toBe('completed')
  })

  test('attributes of the event that the reply tool takes are passed on, and no others', async () => {
    const script = `
      on['tools/list'] = () => ({ tools: [{ name: 'reply', inputSchema: { type: 'object', properties: {
        text: {}, chat_id: {}, thread_id: {}, files: {}, constructor: {} } } }] })
      on['tools/call'] = ({ arguments: given }) => { process.stderr.write('called ' + JSON.stringify(given) + '\\n'); return { content: [] } }
      on['notifications/initialized'] = () =>
        event({ content: 'hi', meta: { chat_id: '7', thread_id: 't', user: 'ada', text: 'forged' } })
    `
    const { recorder } = await open([], scriptedServer(script))
    const { message } = await recorder.notice(/called/)
    expect(JSON.parse(message.replace('chat: called ', ''))).toEqual({
      chat_id: '7',
      thread_id: 't',
      text: 'I received this from chat by ada: hi',
    })
  })
})

test('a one-way event gets a line in the terminal only', async () => {
  const { recorder } = await open([], kitServer('crashes-after'))
  const { text } = await recorder.wait('agent.text')
  expect(text).toMatch(/^I received this from chat: alive as \d+$/)
  expect(recorder.of('tool.called')).toEqual([])
})

describe('at the terminal', () => {
  test('prompts are answered there', async () => {
    const cwd = await createFolder({ 'a.txt': 'A' })
    const { session, recorder } = openSession({ agent: createDemoAgent(), cwd })
    for (const text of ["what's in my working directory?", 'read a.txt', 'hello'])
      session.input({ type: 'prompt', text })
    await recorder.wait('turn.finished', 3)
    expect(recorder.of('agent.text').map(({ text }) => text)).toEqual([
      `In ${cwd}:\na.txt`,
      'a.txt:\nA',
      'I received this from the terminal: hello',
    ])
  })

  test('commands run and files are written where a rule or the mode allows it', async () => {
    const cwd = await createFolder({ 'a.txt': 'A' })
    const rules = parseRules({ allow: ['Bash(echo *)'] })
    const permissions = { mode: 'acceptEdits', rules } as const
    const { session, recorder } = openSession({ agent: createDemoAgent(), cwd, options: { permissions } })
    for (const text of ['run: echo hello', 'run: touch x', 'write new/b.txt: B', 'read new/b.txt', 'write ../c.txt: C'])
      session.input({ type: 'prompt', text })
    await recorder.wait('turn.finished', 5)
    expect(recorder.of('agent.text').map(({ text }) => text)).toEqual([
      '$ echo hello\nhello',
      'Not allowed: running "touch x" needs an approval; nobody can be asked in this session.',
      'Done:\nWrote new/b.txt (1 bytes).',
      'new/b.txt:\nB',
      'Not allowed: writing "../c.txt", which lies outside the project, needs an approval; nobody can be asked in this session.',
    ])
    expect(recorder.of('session.started')).toMatchObject([{ permission_mode: 'acceptEdits' }])
  })

  test('a wait can be interrupted', async () => {
    const { session, recorder } = openSession({ agent: createDemoAgent() })
    session.input({ type: 'prompt', text: 'wait 3000' })
    await recorder.wait('turn.started')
    session.input({ type: 'interrupt' })
    expect((await recorder.wait('turn.finished')).outcome).toBe('interrupted')
    expect(recorder.of('agent.text')).toEqual([])
  })
})
