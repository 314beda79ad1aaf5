/** How often an agent that cannot be started again is tried, and what becomes of the events then. */
import { BackchannelError } from '@backchannel/protocol'
import { expect, test } from 'vitest'
import type { AgentContext, AgentReport } from '../agents/agent.ts'
import { createQueue } from '../channels/queue.ts'
import { rejection } from '../testing/folder.ts'
import { createAgentLife } from './agent-life.ts'
import { createTurnLoop } from './turn-loop.ts'

const never = new AbortController().signal

function open(fails: (start: number) => boolean) {
  const waits: number[] = []
  const notices: string[] = []
  const starts: AgentContext['options'][] = []
  let report: ((report: AgentReport) => void) | undefined
  const life = createAgentLife({
    agent: {
      name: 'fake',
      async start(context) {
        starts.push(context.options)
        report = context.report
        if (fails(starts.length)) throw new BackchannelError('agent-unavailable', 'Not now.')
      },
      async run() {
        throw new BackchannelError('agent-lost', 'It was killed.')
      },
      async close() {},
    },
    options: () => ({ permissionMode: 'default', settingSources: [], env: {} }),
    context: {
      cwd: '/',
      tools: () => [],
      channelTools: () => [],
      channelTool: () => undefined,
      instructions: () => '',
    },
    notice: (_level, message) => void notices.push(message),
    waiting: () => {},
    backOff: {
      next: () => 500 * 2 ** waits.length,
      async wait(milliseconds) {
        waits.push(milliseconds)
      },
    },
  })
  return { life, waits, notices, starts, report: (told: AgentReport) => report?.(told) }
}

test('five tries, at once and then with waits that grow; a conversation that is over is not gone on with', async () => {
  const { life, waits, notices, starts, report } = open((start) => start > 1)
  await life.start()
  report({ kind: 'session', id: 's1' })
  report({ kind: 'session', id: undefined })
  report({ kind: 'usage', inputTokens: 3, outputTokens: 1 })
  report({ kind: 'usage', inputTokens: 4, outputTokens: 2 })
  report({ kind: 'lost', reason: 'was killed' })
  expect(await rejection(life.revive(never))).toMatchObject({ code: 'agent-unavailable' })
  expect(waits).toEqual([0, 500, 1500, 3500, 7500])
  expect(starts.map(({ resume }) => resume)).toEqual(Array(6).fill(undefined))
  expect(notices.filter((message) => /could not be started again: Not now/.test(message))).toHaveLength(4)
  expect(life.usage).toEqual({ inputTokens: 7, outputTokens: 3 })
})

test('where it cannot be, its events are kept for the next session', async () => {
  const { life } = open((start) => start > 1)
  await life.start()
  const queue = createQueue({ eventsPerChannel: 10 })
  const event = { source: 'chat', content: 'x', meta: {}, eventId: 'e1', chat: 'c' }
  queue.offer(event, 1)
  const receipts: unknown[] = []
  const loop = createTurnLoop({
    agent: life,
    revive: life.revive,
    queue,
    channels: { receipt: (_source, { state, reason }) => void receipts.push([state, reason]) },
    tools: { run: refuse, permit: refuse, judge: () => ({ behavior: 'deny', message: '' }) },
    ask: async () => undefined,
    planApproved: () => {},
    emit: () => {},
    turnFinished: () => {},
  })
  expect(await rejection(loop.run(never))).toMatchObject({ message: 'Not now.' })
  expect(receipts).toEqual([
    ['started', undefined],
    ['failed', 'session-ended'],
  ])
  expect(await rejection(loop.betweenTurns(async () => {}))).toMatchObject({ code: 'closed' })
})

async function refuse(): Promise<never> {
  throw new Error('nothing is called here')
}
