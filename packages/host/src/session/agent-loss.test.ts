/** An agent whose process is lost: started again, offered the same events, and given up after a number of tries. */
import { BackchannelError } from '@backchannel/protocol'
import { describe, expect, test } from 'vitest'
import type { AgentContext, AgentTurn } from '../agents/agent.ts'
import { kitChannel } from '../testing/servers.ts'
import { createAgent, openSession, untilAborted } from '../testing/session.ts'

const lost = () => new BackchannelError('agent-lost', 'It was killed.')
const EVENT = { content: 'hello', meta: { chat_id: 'c' }, eventId: 'e1' }

/** So that it is not reminded. */
async function answer({ events, callTool }: AgentTurn): Promise<void> {
  for (const { meta } of events) await callTool('mcp__chat__reply', { chat_id: meta['chat_id'], text: 'done' })
}

/** Lost in its first `losses` turns; every start is kept. */
function createLosing(losses: number, startFails: (start: number) => boolean = () => false) {
  const starts: AgentContext[] = []
  const agent = createAgent(
    async (turn) => {
      if (agent.turns.length <= losses) throw lost()
      await answer(turn)
    },
    {
      async start(context) {
        starts.push(context)
        if (startFails(starts.length)) throw new BackchannelError('agent-unavailable', 'Not now.')
        if (starts.length === 1) context.report({ kind: 'session', id: 's1' })
      },
    },
  )
  return { agent, starts }
}

describe('in the middle of a turn', () => {
  test('its events come again, labelled, to the same conversation, and what waits keeps its place', async () => {
    const { agent, starts } = createLosing(1)
    const other = { content: 'other', meta: { chat_id: 'd' }, eventId: 'e2' }
    const { recorder } = openSession({ agent, servers: { chat: kitChannel([EVENT, other]) } })
    await recorder.notice(/receipt e2 completed/)
    expect(agent.turns.map(({ input }) => input)).toEqual([
      '<channel source="chat" chat_id="c">\nhello\n</channel>',
      '<channel source="chat" chat_id="c" redelivered="true">\nhello\n</channel>',
      '<channel source="chat" chat_id="d">\nother\n</channel>',
    ])
    expect(starts.map(({ options }) => options.resume)).toEqual([undefined, 's1'])
    expect(recorder.of('turn.finished').map(({ outcome }) => outcome)).toEqual(['failed', 'completed', 'completed'])
    await recorder.notice(/receipt e1 completed/)
    expect(recorder.of('notice').some(({ message }) => /receipt e1 failed/.test(message))).toBe(false)
  })

  test('a prompt is not repeated: whoever typed it sees what happened', async () => {
    const { agent } = createLosing(1)
    const { session, recorder } = openSession({ agent })
    session.input({ type: 'prompt', text: 'one' })
    session.input({ type: 'prompt', text: 'two' })
    await recorder.wait('turn.finished', 2)
    expect(agent.turns.map(({ input }) => input)).toEqual(['one', 'two'])
    expect(recorder.of('turn.finished')).toMatchObject([{ error: 'It was killed.' }, { outcome: 'completed' }])
  })

  test('while it is interrupted, it is started again, and nothing is repeated', async () => {
    const agent = createAgent(async (_, signal) => {
      if (agent.turns.length > 1) return
      await untilAborted(signal).catch(() => {})
      throw lost()
    })
    const { session, recorder } = openSession({ agent, servers: { chat: kitChannel([EVENT]) } })
    await recorder.wait('turn.started')
    session.input({ type: 'interrupt' })
    await recorder.notice(/receipt e1 failed interrupted/)
    session.input({ type: 'prompt', text: 'next' })
    await recorder.wait('turn.finished', 2)
    expect(agent.turns.map(({ input }) => input.includes('redelivered'))).toEqual([false, false])
  })
})

test('between turns it is told at once, and started before the next one', async () => {
  const { agent, starts } = createLosing(0)
  const { session, recorder } = openSession({ agent })
  session.input({ type: 'prompt', text: 'one' })
  await recorder.wait('turn.finished')
  starts[0]?.report({ kind: 'lost', reason: 'was killed by SIGKILL' })
  await recorder.notice(/^The process of the agent has ended \(was killed by SIGKILL\); it is started again/)
  session.input({ type: 'prompt', text: 'two' })
  await recorder.wait('turn.finished', 2)
  expect(starts).toHaveLength(2)
})

test('one that cannot be started at first is tried again', async () => {
  const { agent, starts } = createLosing(1, (start) => start === 2)
  const { recorder } = openSession({ agent, servers: { chat: kitChannel([EVENT]) } })
  await recorder.notice(/receipt e1 completed/)
  expect(starts).toHaveLength(3)
  await recorder.notice(/^The agent could not be started again: Not now\./)
})

test('what it waits for is told once, in the terminal and where a chat waits', async () => {
  const agent = createAgent(
    async (turn) => {
      const report = (reason: string) => context?.report({ kind: 'waiting', reason, retryAt: Date.now() })
      report('the usage limit is reached')
      report('the usage limit is reached')
      await answer(turn)
    },
    {
      async start(given) {
        context = given
      },
    },
  )
  let context: AgentContext | undefined
  const { recorder } = openSession({ agent, servers: { chat: kitChannel([EVENT]) } })
  await recorder.notice(/receipt e1 started the usage limit is reached; it tries again at/)
  await recorder.wait('turn.finished')
  expect(recorder.of('notice').filter(({ message }) => /^The agent waits/.test(message))).toHaveLength(1)
})

test('work between turns waits for the running one, and the next one waits for it', async () => {
  const order: string[] = []
  const agent = createAgent(async ({ input }) => void order.push(input), {
    async clear() {
      order.push('clear')
    },
  })
  const { session, recorder } = openSession({ agent })
  session.input({ type: 'prompt', text: 'one' })
  session.input({ type: 'command', text: '/new' })
  session.input({ type: 'prompt', text: 'two' })
  await recorder.wait('turn.finished', 2)
  expect(order).toContain('clear')
})
