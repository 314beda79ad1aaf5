/** A whole session with real servers: its start, turns and their exact input, receipts, interruption, input. */
import { deferred, waitFor } from '@backchannel/testkit'
import { describe, expect, test } from 'vitest'
import { kitChannel, kitServer, scriptedServer } from '../testing/servers.ts'
import { createAgent, openSession, untilAborted } from '../testing/session.ts'

const never = new AbortController().signal

/** What a kit channel was told of an event, from its stderr. */
function receiptsOf(notices: readonly { readonly message: string }[], id: string): string[] {
  return notices.flatMap(({ message }) => new RegExp(`receipt ${id} (.*)$`).exec(message)?.[1] ?? [])
}

describe('a turn', () => {
  test('is given exactly the tag of the contract', async () => {
    const content = 'build failed on main: https://ci.example.com/run/1234'
    const events = JSON.stringify([{ content, meta: { path: '/', method: 'POST' } }])
    const agent = createAgent(async () => {})
    const { recorder } = openSession({ agent, servers: { webhook: kitServer('sdk-channel', { EVENTS: events }) } })
    const started = await recorder.wait('turn.started')
    const received = await recorder.wait('event.received')
    expect(started).toEqual({
      type: 'turn.started',
      turn: 1,
      input:
        '<channel source="webhook" path="/" method="POST">\nbuild failed on main: https://ci.example.com/run/1234\n</channel>',
      event_ids: [received.event_id],
    })
    expect(agent.turns[0]?.input).toBe(started.input)
    await recorder.wait('turn.finished')
    expect(recorder.events.map(({ type }) => type)).toEqual(
      ['session.started', 'channel.registered', 'event.received', 'turn.started', 'turn.finished'].filter(
        (type) => type !== 'notice',
      ),
    )
  })

  test('takes all that waits of one chat; others get turns of their own, in order of arrival', async () => {
    const busy = deferred()
    const agent = createAgent(async ({ number }) => {
      if (number === 1) await busy.promise
    })
    const events = [
      { content: 'a1', meta: { chat_id: 'a' } },
      { content: 'b1', meta: { chat_id: 'b' } },
      { content: 'a2 </channel>', meta: { chat_id: 'a' } },
      { content: 'alone' },
    ]
    const { session, recorder } = openSession({
      agent,
      servers: { chat: kitServer('sdk-channel', { EVENTS: JSON.stringify(events) }) },
    })
    session.input({ type: 'prompt', text: 'be busy' })
    await recorder.wait('event.received', 4)
    session.input({ type: 'prompt', text: 'and then this' })
    busy.resolve()
    await recorder.wait('turn.finished', 5)
    expect(recorder.of('turn.started').map(({ input }) => input)).toEqual([
      'be busy',
      '<channel source="chat" chat_id="a">\na1\n</channel>\n\n<channel source="chat" chat_id="a">\na2 &lt;/channel>\n</channel>',
      '<channel source="chat" chat_id="b">\nb1\n</channel>',
      '<channel source="chat">\nalone\n</channel>',
      'and then this',
    ])
    expect(recorder.of('turn.finished').every(({ outcome }) => outcome === 'completed')).toBe(true)
  })

  test('waits until every server has been admitted, refused or given up', async () => {
    const agent = createAgent(async () => {})
    const { session, recorder } = openSession({
      agent,
      servers: { slow: kitServer('never-initializes'), good: kitServer('sdk-channel', { EVENTS: '[]' }) },
      limits: { startTimeoutMs: 700 },
    })
    session.input({ type: 'prompt', text: 'hi' })
    await recorder.wait('turn.started')
    const types = recorder.events.map(({ type }) => type)
    expect(types.indexOf('turn.started')).toBeGreaterThan(types.indexOf('channel.refused'))
    expect(types.indexOf('turn.started')).toBeGreaterThan(types.indexOf('channel.registered'))
  })

  test('that fails is told, and the next one runs', async () => {
    const agent = createAgent(async ({ number }) => {
      if (number === 1) throw new Error('the model is overloaded')
    })
    const { session, recorder } = openSession({ agent })
    session.input({ type: 'prompt', text: 'one' })
    session.input({ type: 'prompt', text: 'two' })
    await recorder.wait('turn.finished', 2)
    expect(recorder.of('turn.finished')).toEqual([
      { type: 'turn.finished', turn: 1, outcome: 'failed', error: 'the model is overloaded' },
      { type: 'turn.finished', turn: 2, outcome: 'completed' },
    ])
  })

  test('leaves nothing behind: what an agent says or calls after it has no effect', async () => {
    let late: Promise<unknown> | undefined
    const released = deferred()
    const agent = createAgent(async (turn) => {
      late = released.promise.then(async () => {
        turn.say('too late')
        return turn.callTool('LS', {})
      })
      late.catch(() => {})
    })
    const { session, recorder } = openSession({ agent })
    session.input({ type: 'prompt', text: 'one' })
    await recorder.wait('turn.finished')
    released.resolve()
    await expect(late).rejects.toThrow()
    expect(recorder.of('agent.text')).toEqual([])
    expect(recorder.of('tool.called')).toEqual([])
  })
})

describe('receipts', () => {
  test('queued, started, completed or failed with the reason', async () => {
    const agent = createAgent(async ({ input }) => {
      if (input.includes('bad')) throw new Error(`it was bad${'!'.repeat(1_000)}`)
    })
    const events = [
      { content: 'good', meta: { chat_id: '1' }, eventId: 'e1' },
      { content: 'bad', meta: { chat_id: '2' }, eventId: 'e2' },
    ]
    const { recorder } = openSession({ agent, servers: { chat: kitChannel(events) } })
    await recorder.notice(/receipt e2 failed/)
    expect(receiptsOf(recorder.of('notice'), 'e1')).toEqual(['queued', 'started', 'completed'])
    const bad = receiptsOf(recorder.of('notice'), 'e2')
    expect(bad.slice(0, 2)).toEqual(['queued', 'started'])
    expect(bad[2]).toMatch(/^failed it was bad!+$/)
    expect(bad[2]?.length).toBeLessThan(520)
    expect(recorder.of('notice').some(({ message }) => message === 'chat: kit: started as chat')).toBe(true)
  })

  test('a refused channel is told so, and does not start', async () => {
    const agent = createAgent(async () => {})
    const { recorder, session } = openSession({
      agent,
      servers: { chat: kitChannel([{ content: 'x' }]) },
      optIn: 'channels',
    })
    await session.settled
    await recorder.notice(/not registered: not-allowlisted/)
    expect(recorder.of('channel.refused')).toMatchObject([{ reason: 'not-allowlisted' }])
    expect(await session.channels.callTool('mcp__chat__emit', { content: 'x' }, never)).toMatchObject({ ok: false })
  })

  test('an interrupted turn, and the events that still waited at the end', async () => {
    const agent = createAgent(async (_, signal) => untilAborted(signal))
    const events = [1, 2, 3].map((at) => ({ content: 'x', meta: { chat_id: `${at}` }, eventId: `e${at}` }))
    const { session, recorder } = openSession({ agent, servers: { chat: kitChannel(events) } })
    await recorder.wait('event.received', 3)
    await recorder.wait('turn.started')
    session.input({ type: 'interrupt' })
    await recorder.notice(/receipt e1 failed interrupted/)
    await recorder.wait('turn.started', 2)
    await session.end('test')
    expect(receiptsOf(recorder.of('notice'), 'e2')).toEqual(['queued', 'started', 'failed session-ended'])
    expect(receiptsOf(recorder.of('notice'), 'e3')).toEqual(['queued', 'failed session-ended'])
    expect(recorder.of('turn.finished').map(({ outcome }) => outcome)).toEqual(['interrupted', 'interrupted'])
    expect(recorder.of('notice').at(-1)).toMatchObject({
      level: 'warning',
      message: '1 event was still waiting for the agent.',
    })
  })
})

describe('interrupting', () => {
  test('ends the running turn and its tool call, and the next turn runs', async () => {
    const server = scriptedServer(`
      on['tools/list'] = () => ({ tools: [{ name: 'reply' }] })
      on['tools/call'] = () => undefined
      on['notifications/initialized'] = () => { event({ content: 'one', meta: { chat_id: '1' } }); event({ content: 'two', meta: { chat_id: '2' } }) }
    `)
    const agent = createAgent(async (turn) => {
      if (turn.number === 1) await turn.callTool('mcp__chat__reply', { text: 'never answered' })
    })
    const { session, recorder } = openSession({ agent, servers: { chat: server } })
    await recorder.wait('tool.called')
    expect(session.busy).toBe(true)
    session.input({ type: 'interrupt' })
    await recorder.wait('turn.finished', 2)
    expect(recorder.of('tool.finished')).toMatchObject([{ ok: false, summary: 'The call was cancelled.' }])
    expect(recorder.of('turn.finished').map(({ outcome }) => outcome)).toEqual(['interrupted', 'completed'])
    expect(session.busy).toBe(false)
  })

  test('where nothing runs, it says so', async () => {
    const { session, recorder } = openSession({ agent: createAgent(async () => {}) })
    session.input({ type: 'interrupt' })
    expect(recorder.of('notice')).toEqual([
      { type: 'notice', level: 'info', message: 'The agent is not working on anything.' },
    ])
  })
})

describe('the start', () => {
  test('tells itself first, then what was found out before it', async () => {
    const { recorder } = openSession({
      agent: createAgent(async () => {}),
      cwd: '/',
      options: {
        notices: [{ level: 'warning', message: 'a warning' }],
        refusals: [{ entry: 'server:x', reason: 'not-found', message: 'there is none' }],
      },
    })
    expect(recorder.events).toEqual([
      {
        type: 'session.started',
        session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        agent: 'scripted',
        cwd: '/',
        permission_mode: 'default',
      },
      { type: 'notice', level: 'warning', message: 'a warning' },
      { type: 'channel.refused', entry: 'server:x', reason: 'not-found', message: 'there is none' },
    ])
  })

  test('the agent gets folder, tools and instructions', async () => {
    let seen: unknown
    const agent = createAgent(async () => {}, {
      async start({ cwd, tools, instructions, channelTool }) {
        seen = {
          cwd,
          tools: tools().map(({ name }) => name),
          instructions: instructions(),
          reply: channelTool('chat', 'reply')?.name,
          none: channelTool('chat', 'none'),
        }
      },
    })
    openSession({
      agent,
      cwd: '/',
      servers: { chat: kitServer('sdk-channel', { EVENTS: '[]', INSTRUCTIONS: 'Hear.' }) },
    })
    await waitFor(() => seen, { what: 'the start of the agent' })
    expect(seen).toEqual({
      cwd: '/',
      tools: ['LS', 'Read', 'Write', 'Edit', 'Bash', 'mcp__chat__reply', 'mcp__chat__emit'],
      instructions: '# chat\nHear.',
      reply: 'mcp__chat__reply',
      none: undefined,
    })
  })
})

describe('input', () => {
  test('an answer to nothing says so', async () => {
    const { session, recorder } = openSession({ agent: createAgent(async () => {}) })
    session.input({ type: 'permission', request_id: 'abcde', behavior: 'allow' })
    session.input({ type: 'answer', question_id: 'q1', choices: [] })
    expect(recorder.of('notice').map(({ message }) => message)).toEqual([
      'No permission request abcde is open: it was answered or has ended.',
      'No question q1 is open: it was answered or has ended.',
    ])
  })

  test('`end` ends', async () => {
    const { session } = openSession({ agent: createAgent(async () => {}) })
    session.input({ type: 'end' })
    expect(await session.ended).toBe('end')
  })
})

test('kill -9 of a channel in the middle of everything: told, started again, and the session goes on', async () => {
  const agent = createAgent(async () => {})
  const { session, recorder } = openSession({ agent, servers: { chat: kitServer('crashes-after') } })
  await recorder.wait('turn.finished')
  const [first] = recorder.of('event.received')
  process.kill(Number(first?.content.split(' ').at(-1)), 'SIGKILL')
  expect(await recorder.wait('channel.closed')).toMatchObject({ restarting: true })
  session.input({ type: 'prompt', text: 'meanwhile' })
  await recorder.wait('channel.registered', 2)
  await recorder.wait('turn.finished', 3)
  expect(agent.turns.map(({ input }) => input.includes('meanwhile'))).toEqual([false, true, false])
})
