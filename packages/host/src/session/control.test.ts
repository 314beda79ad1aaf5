/** `/stop`, `/new`, `/compact` and `/status` in a whole session: what each does, and that it says what really happened. */
import { expect, test } from 'vitest'
import type { Agent } from '../agents/agent.ts'
import { createAgent, openSession, untilAborted } from '../testing/session.ts'

/** An agent whose turns last until `finish` or the interrupt. */
function open(given: Partial<Agent> = {}) {
  const turns: PromiseWithResolvers<void>[] = []
  const did: string[] = []
  const agent = createAgent(async (turn, signal) => {
    const done = Promise.withResolvers<void>()
    turns.push(done)
    turn.say('Reading the tests first.')
    await Promise.race([done.promise, untilAborted(signal)])
  }, given)
  const opened = openSession({ agent })
  const type = (text: string) => opened.session.input({ type: 'command', text })
  const prompt = (text: string) => opened.session.input({ type: 'prompt', text })
  return { ...opened, turns, did, type, prompt, agent }
}

test('/stop ends the turn that runs, and the next one is taken', async () => {
  const { recorder, type, prompt } = open()
  type('/stop')
  await recorder.notice(/^The agent is not working on anything/)
  prompt('one')
  prompt('two')
  await recorder.wait('turn.started')
  type('/stop')
  await recorder.notice(/^Stopped the agent after \d s\.$/)
  expect(recorder.of('turn.finished')).toMatchObject([{ turn: 1, outcome: 'interrupted' }])
  await recorder.wait('turn.started', 2)
})

test('/new stops the turn, and begins a new conversation before the next one', async () => {
  const did: string[] = []
  const { recorder, type, prompt, agent } = open({
    async clear() {
      did.push('clear')
    },
  })
  prompt('one')
  prompt('two')
  await recorder.wait('turn.started')
  type('/new')
  await recorder.notice(/^A new conversation has begun\. The running turn was stopped\.$/)
  expect(did).toEqual(['clear'])
  await recorder.wait('turn.started', 2)
  expect(agent.turns.map(({ input }) => input)).toEqual(['one', 'two'])
})

test('/compact waits for the turn, and says so, and when it is done', async () => {
  const did: string[] = []
  const { recorder, type, prompt, turns } = open({
    async compact() {
      did.push('compact')
    },
  })
  prompt('one')
  await recorder.wait('turn.started')
  type('/compact')
  await recorder.notice(/at work; the conversation is compacted after this turn/)
  expect(did).toEqual([])
  turns[0]?.resolve()
  await recorder.notice(/^The conversation is compacted\.$/)
  expect(did).toEqual(['compact'])
})

test('what an agent lacks, or what fails, is said', async () => {
  const { recorder, type } = open({
    async clear() {
      throw new Error('the disk is full')
    },
  })
  type('/compact')
  await recorder.notice(/^The agent scripted has no conversation to compact/)
  type('/new')
  await recorder.notice(/^That did not work: the disk is full/)
})

test('/status says what the agent does, since when, its tokens and what waits', async () => {
  const { recorder, type, prompt } = open({
    async start({ report }) {
      report({ kind: 'usage', inputTokens: 1_200, outputTokens: 34 })
    },
    status: async () => ({ model: 'small-1', contextTokens: 5_000 }),
  })
  type('/status')
  await recorder.notice(/^At rest: there was no turn yet\.\nNothing waits for it\./)
  prompt('one')
  prompt('two')
  await recorder.wait('agent.text')
  type('/status')
  const { message } = await recorder.notice(/^At work/)
  expect(message.replace(/\d+ s/g, 'N s')).toBe(
    [
      'At work for N s on a prompt of the terminal (turn 1).',
      'It said last, N s ago: Reading the tests first.',
      'Waiting for it: 1 prompt.',
      'Tokens: 1,200 in, 34 out; 5,000 in the conversation.',
      'Agent scripted (small-1); the session runs for N s.',
    ].join('\n'),
  )
})
