/** A turn that came from a chat: its answer gets there, or the agent is reminded of it exactly once. */
import { describe, expect, test } from 'vitest'
import type { Agent } from '../agents/agent.ts'
import { createDemoAgent } from '../agents/demo.ts'
import { kitChannel, scriptedServer } from '../testing/servers.ts'
import { createAgent, openSession } from '../testing/session.ts'
import type { UnansweredTurn } from './chat-answer.ts'

const DIRECT = { chat_id: 'c1', chat_type: 'direct', user: 'ada' }

function open(run: Agent['run'], meta: object = DIRECT, unansweredTurn?: UnansweredTurn) {
  const agent = createAgent(run)
  const servers = { chat: kitChannel([{ content: 'hello', meta }]) }
  return { agent, ...openSession({ agent, servers, options: { unansweredTurn } }) }
}

describe('a turn without an answer in its chat', () => {
  test('reminds the agent once, in the same turn, of the tool and what to pass it', async () => {
    const { agent, recorder } = open(async (turn) => turn.say('Hello, Ada!'))
    await recorder.wait('turn.finished')
    expect(agent.turns).toHaveLength(2)
    const [first, second] = agent.turns
    expect(second?.input).toContain('the tool mcp__chat__reply, with "text" and chat_id "c1"')
    expect(second?.events).toBe(first?.events)
    expect([first?.number, second?.number]).toEqual([1, 1])
    expect(recorder.of('turn.started')).toHaveLength(1)
    expect(recorder.of('turn.finished')).toMatchObject([{ outcome: 'completed' }])
    await recorder.notice(/^The agent has not answered in chat; it is reminded once/)
  })

  test('that answers after the reminder is answered', async () => {
    const { agent, recorder } = open(async (turn) => {
      if (turn.input.startsWith('<channel')) return turn.say('Hello, Ada!')
      await turn.callTool('mcp__chat__reply', { chat_id: 'c1', text: 'Hello, Ada!' })
    })
    await recorder.notice(/reply to c1: Hello, Ada!/)
    await recorder.wait('turn.finished')
    expect(agent.turns).toHaveLength(2)
  })

  test('posts the last words where the operator wants that, marked, and to a direct chat alone', async () => {
    const posting = open(
      async (turn) => {
        turn.say('Looking.')
        await turn.callTool('LS', { path: '.' })
        turn.say('There are two files.')
      },
      DIRECT,
      'post',
    )
    const { message } = await posting.recorder.notice(/reply to c1/)
    expect(message).toMatch(/did not answer here\. This is what it said in the session:\)/)
    await posting.recorder.notice(/There are two files\.$/)
    expect(posting.recorder.of('tool.called').map(({ tool }) => tool)).toEqual(['LS', 'mcp__chat__reply'])
    expect(JSON.stringify(posting.recorder.of('tool.called')[1]?.input)).not.toContain('Looking.')
    expect(posting.agent.turns).toHaveLength(1)
    const group = open(async (turn) => turn.say('Hm.'), { ...DIRECT, chat_type: 'group' }, 'post')
    await group.recorder.wait('turn.finished')
    expect(group.agent.turns).toHaveLength(2)
    expect(group.recorder.of('tool.called')).toEqual([])
  })

  test('with an answer, of a channel without a reply tool, or failed, is left alone', async () => {
    const answered = open(async (turn) => {
      await turn.callTool('mcp__chat__reply', { chat_id: 'c1', text: 'FAIL' })
    })
    await answered.recorder.wait('turn.finished')
    expect(answered.agent.turns).toHaveLength(1)
    const reaction = open(async () => {}, { ...DIRECT, reaction: '👍' })
    await reaction.recorder.wait('turn.finished')
    expect(reaction.agent.turns).toHaveLength(1)
    const failing = open(async () => {
      throw new Error('no')
    })
    await failing.recorder.wait('turn.finished')
    expect(failing.agent.turns).toHaveLength(1)
    const agent = createAgent(async (turn) => turn.say('noted'))
    const oneWay = scriptedServer(`event({ content: 'build failed' })`)
    const { recorder } = openSession({ agent, servers: { hook: oneWay } })
    await recorder.wait('turn.finished')
    expect(agent.turns).toHaveLength(1)
  })

  test('does not come of the demo agent', async () => {
    const servers = { chat: kitChannel([{ content: 'hello', meta: DIRECT }]) }
    const { recorder } = openSession({ agent: createDemoAgent(), servers })
    await recorder.wait('turn.finished')
    expect(recorder.of('notice').filter(({ message }) => message.includes('has not answered'))).toEqual([])
  })
})

test('an agent that waits for its provider is told in the chat that waits, once', async () => {
  let report: Parameters<Agent['start']>[0]['report'] = () => {}
  const agent = createAgent(
    async (turn) => {
      for (let at = 0; at < 3; at += 1) report({ kind: 'waiting', reason: 'the usage limit is reached' })
      await turn.callTool('mcp__chat__reply', { chat_id: 'c1', text: 'done' })
    },
    {
      async start(context) {
        report = context.report
      },
    },
  )
  const servers = { chat: kitChannel([{ content: 'hello', meta: DIRECT, eventId: 'e1' }]) }
  const { recorder } = openSession({ agent, servers })
  await recorder.notice(/receipt e1 completed/)
  const told = recorder.of('notice').filter(({ message }) => message.includes('usage limit'))
  expect(told.map(({ message }) => message)).toEqual([
    'The agent waits: the usage limit is reached.',
    'chat: kit: receipt e1 started the usage limit is reached',
  ])
})
