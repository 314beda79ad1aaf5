/** A question in a whole session: the stream, the operator's line and a real channel answer it; control comes from there too. */
import { describe, expect, test } from 'vitest'
import type { AgentAnswer } from '../agents/agent.ts'
import { createDemoAgent } from '../agents/demo.ts'
import { scriptedServer } from '../testing/servers.ts'
import { createAgent, openSession, untilAborted } from '../testing/session.ts'

const QUESTION = {
  text: 'Which database?',
  choices: [
    { id: '1', label: 'PostgreSQL' },
    { id: '2', label: 'SQLite' },
  ],
  multiple: false,
  allowText: true,
}

/** A channel that takes questions and controls the session; says as a notice what it is told. */
const asking = (script = '', features = ['origin', 'questions', 'control']) =>
  scriptedServer(`
    const initialize = on.initialize()
    const extension = { version: 1, features: ${JSON.stringify(features)} }
    on.initialize = () => ({ ...initialize, capabilities: {
      experimental: { 'claude/channel': {}, 'backchannel/channel': extension }, tools: {} } })
    const name = (method) => 'notifications/backchannel/' + method
    for (const method of ['question', 'question_resolved', 'control_result'])
      on[name(method)] = (params) => void process.stderr.write(method + ' ' + JSON.stringify(params) + '\\n')
    const control = (action, more) => send({ method: name('control'), params: { action, by: 'u1', ...more } })
    const give = (question_id, more) => send({ method: name('answer'), params: { question_id, by: 'u1', ...more } })
    ${script}
    event({ content: 'ask me', meta: { chat_id: 'c1' } })
  `)

function open(script = '', { off, canAnswer = true }: { off?: string; canAnswer?: boolean } = {}) {
  const answers: (AgentAnswer | undefined)[] = []
  const agent = createAgent(async (turn, signal) => {
    answers.push(await turn.ask(QUESTION, signal))
  })
  const options = { approvals: { canAnswer: () => canAnswer }, questionsOff: off }
  return { answers, ...openSession({ agent, servers: { chat: asking(script) }, options }) }
}

describe('a question', () => {
  test('goes to the stream and to the channel with its origin; answered by the operator, the channel is told', async () => {
    const { session, recorder, answers } = open()
    const { question_id, ...asked } = await recorder.wait('question.requested')
    expect(asked).toEqual({
      type: 'question.requested',
      text: 'Which database?',
      choices: QUESTION.choices,
      multiple: false,
      allow_text: true,
      relayed_to: ['chat'],
    })
    const shown = await recorder.notice(/chat: question \{/)
    expect(shown.message).toMatch(/"multiple":false,"origin":\{"source":"chat","chat_id":"c1","event_id":"[^"]+"\}/)
    session.input({ type: 'answer', question_id, choices: ['3'] })
    await recorder.notice(/does not fit the question: there is no choice "3"; there are 1, 2/)
    session.input({ type: 'answer', question_id, choices: ['2'], text: 'in memory' })
    await recorder.wait('turn.finished')
    expect(answers).toEqual([{ choices: ['2'], text: 'in memory' }])
    expect(recorder.of('question.resolved')).toEqual([
      {
        type: 'question.resolved',
        question_id,
        outcome: 'answered',
        choices: ['2'],
        text: 'in memory',
        by: 'terminal',
      },
    ])
    await recorder.notice(
      /question_resolved .*"by":"terminal","outcome":"answered","choices":\["2"\],"text":"in memory"/,
    )
    session.input({ type: 'answer', question_id, choices: ['1'] })
    await recorder.notice(/No question .* is open/)
  })

  test('answered in the channel it is answered, and a second answer or one that does not fit changes nothing', async () => {
    const { recorder, answers } = open(`
      on[name('question')] = ({ question_id }) => {
        give(question_id, { choices: ['9'] })
        give(question_id, { choices: ['1'] })
        give(question_id, { choices: ['2'] })
      }`)
    await recorder.wait('turn.finished')
    expect(answers).toEqual([{ choices: ['1'] }])
    expect(recorder.of('question.resolved')).toMatchObject([{ choices: ['1'], by: 'chat' }])
    await recorder.notice(/chat: an answer does not fit: there is no choice "9"/)
  })

  test('ends with the turn', async () => {
    const { session, recorder, answers } = open()
    await recorder.wait('question.requested')
    session.input({ type: 'interrupt' })
    expect(await recorder.wait('turn.finished')).toMatchObject({ outcome: 'interrupted' })
    expect(recorder.of('question.resolved')).toMatchObject([{ outcome: 'cancelled', by: 'interrupt' }])
    expect(answers).toEqual([])
  })

  test('is not asked where it is off, and the agent goes on', async () => {
    const { recorder, answers } = open('', { off: 'questions are off under -p' })
    await recorder.wait('turn.finished')
    expect(answers).toEqual([undefined])
    await recorder.notice(/nobody was asked: questions are off under -p\. It was: Which database\?/)
    expect(recorder.of('question.requested')).toEqual([])
  })

  test.each([
    ['ask: Which? | A | B', ['2'], 'Your answer: B'],
    ['ask several: Which? | A | B', ['1', '2'], 'Your answer: A, B'],
  ])('of the demo agent: %s', async (text, choices, said) => {
    const options = { approvals: { canAnswer: () => true } }
    const { session, recorder } = openSession({ agent: createDemoAgent(), options })
    session.input({ type: 'prompt', text })
    const { question_id } = await recorder.wait('question.requested')
    session.input({ type: 'answer', question_id, choices })
    expect(await recorder.wait('agent.text')).toMatchObject({ text: said })
  })
})

describe('control from a channel', () => {
  test('stops a turn at once, beside the queue, and says what happened', async () => {
    const agent = createAgent((_turn, signal) => untilAborted(signal))
    const script = `setTimeout(() => control('interrupt', { control_id: 'k1' }), 200)`
    const { recorder } = openSession({ agent, servers: { chat: asking(script) } })
    expect(await recorder.wait('turn.finished')).toMatchObject({ outcome: 'interrupted' })
    await recorder.notice(/chat: u1 stops the agent/)
    await recorder.notice(
      /control_result .*"by":"u1","control_id":"k1","ok":true,"text":"Stopped the agent after \d s\."/,
    )
  })

  test('a turn of an hour holds up neither a verdict, nor an answer, nor a stop', async () => {
    const settled: string[] = []
    const agent = createAgent(async (turn, signal) => {
      const hour = untilAborted(signal)
      void turn.callTool('Bash', { command: 'true' }).then(
        ({ ok }) => settled.push(`verdict ${ok}`),
        () => {},
      )
      void turn.ask(QUESTION, signal).then(
        (answer) => settled.push(`answer ${answer?.choices}`),
        () => {},
      )
      await hour
    })
    const options = { approvals: { canAnswer: () => true } }
    const { session, recorder } = openSession({ agent, options })
    session.input({ type: 'prompt', text: 'work for an hour' })
    const { request_id } = await recorder.wait('permission.requested')
    const { question_id } = await recorder.wait('question.requested')
    session.input({ type: 'permission', request_id, behavior: 'allow' })
    session.input({ type: 'answer', question_id, choices: ['2'] })
    await recorder.wait('tool.finished')
    expect(settled.sort()).toEqual(['answer 2', 'verdict true'])
    expect(recorder.of('turn.finished')).toEqual([])
    session.input({ type: 'command', text: '/stop' })
    expect(await recorder.wait('turn.finished')).toMatchObject({ outcome: 'interrupted' })
  })

  test('of a channel that did not negotiate it does nothing', async () => {
    const agent = createAgent((_turn, signal) => untilAborted(signal))
    const script = `on['notifications/backchannel/question'] = () => {}; setTimeout(() => { control('interrupt'); event({ content: 'after' }) }, 50)`
    const { recorder } = openSession({ agent, servers: { chat: asking(script, ['origin']) } })
    await recorder.wait('event.received', 2)
    expect(recorder.of('turn.finished')).toEqual([])
  })
})
