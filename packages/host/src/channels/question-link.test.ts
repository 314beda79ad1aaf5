/** What goes to a channel that takes questions or controls the session, and what comes back; nothing without the feature. */
import type { Answer, Control } from '@backchannel/protocol'
import { expect, test } from 'vitest'
import { openChannel } from '../testing/channel.ts'
import { createPorts, type TestPorts } from '../testing/channel-ports.ts'
import { scriptedServer } from '../testing/servers.ts'
import type { QuestionLink } from './question-link.ts'
import type { ControlOutcome } from './relay-link.ts'

const QUESTION = {
  questionId: 'abcde',
  text: 'Which?',
  choices: [{ id: 'a', label: 'A' }],
  multiple: false,
  allowText: false,
  origin: { source: 'test', chatId: 'c1' },
}

/** Says as an event what it is told; `script` has `give` and `control`. */
const server = (features: readonly string[], script = '') =>
  scriptedServer(`
    const initialize = on.initialize()
    const extension = { version: 1, features: ${JSON.stringify(features)} }
    on.initialize = () => ({ ...initialize, capabilities: {
      experimental: { 'claude/channel': {}, 'backchannel/channel': extension }, tools: {} } })
    const name = (method) => 'notifications/backchannel/' + method
    const give = (params) => send({ method: name('answer'), params })
    const control = (params) => send({ method: name('control'), params })
    for (const method of ['question', 'question_resolved', 'control_result'])
      on[name(method)] = (params) => void event({ content: JSON.stringify([method, params]) })
    ${script}
  `)

function listen(optIn: 'development' | 'none' = 'development') {
  const links: QuestionLink[] = []
  const lost: QuestionLink[] = []
  const answers: Answer[] = []
  const controls: (readonly [Control, (outcome: ControlOutcome) => void])[] = []
  const relay = {
    opened() {},
    lost() {},
    verdict() {},
    questions: {
      opened: (link: QuestionLink) => void links.push(link),
      lost: (link: QuestionLink) => void lost.push(link),
      answered: (_link: QuestionLink, answer: Answer) => void answers.push(answer),
    },
    control: (_source: string, control: Control, told: (outcome: ControlOutcome) => void) =>
      void controls.push([control, told]),
  }
  return { ports: { ...createPorts({ optIn }), relay }, links, lost, answers, controls }
}

const told = ({ recorder }: TestPorts) => recorder.of('event.received').map(({ content }) => JSON.parse(content))

test('a question goes out, its origin to a peer that knows it alone, and its answer comes back', async () => {
  const { ports, links, answers } = listen()
  const script = `on['tools/call'] = () => {
    give({ question_id: 'abcde', choices: ['a'], by: 'u1' })
    give({ question_id: 7 })
    return { content: [] }
  }`
  const channel = openChannel(server(['questions'], script), ports)
  await channel.settled
  links[0]?.show(QUESTION)
  links[0]?.resolved({ questionId: 'abcde', by: 'terminal', outcome: 'answered', choices: ['a'] })
  await ports.recorder.wait('event.received', 2)
  const choices = [{ id: 'a', label: 'A' }]
  expect(told(ports)).toEqual([
    ['question', { question_id: 'abcde', text: 'Which?', choices, multiple: false, allow_text: false }],
    ['question_resolved', { question_id: 'abcde', by: 'terminal', outcome: 'answered', choices: ['a'] }],
  ])
  await channel.callTool('any', {}, new AbortController().signal)
  expect(answers).toEqual([{ questionId: 'abcde', choices: ['a'], by: 'u1' }])
  await ports.recorder.notice(/an answer was passed over: "question_id": expected string, got 7/)
})

test('what came of control goes back with the id it had', async () => {
  const { ports, controls } = listen()
  const script = `on['tools/call'] = () => { control({ action: 'status', by: 'u1', control_id: 'k' }); return { content: [] } }`
  const channel = openChannel(server(['control', 'origin'], script), ports)
  await channel.settled
  await channel.callTool('any', {}, new AbortController().signal)
  expect(controls.map(([control]) => control)).toEqual([{ action: 'status', by: 'u1', controlId: 'k' }])
  controls[0]?.[1]({ ok: true, text: 'At rest.' })
  await ports.recorder.wait('event.received')
  const result = { action: 'status', by: 'u1', control_id: 'k', ok: true, text: 'At rest.' }
  expect(told(ports)).toEqual([['control_result', result]])
})

test.each([
  ['without the features', [], 'development'],
  ['that is not registered', ['questions', 'control'], 'none'],
] as const)('a channel %s is asked nothing, and says nothing that counts', async (_name, features, optIn) => {
  const { ports, links, answers, controls } = listen(optIn)
  const script = `on['tools/call'] = () => {
    give({ question_id: 'abcde', choices: ['a'] })
    control({ action: 'interrupt', by: 'u1' })
    return { content: [] }
  }`
  const channel = openChannel(server(features, script), ports)
  await channel.settled
  await channel.callTool('any', {}, new AbortController().signal)
  expect([links, answers, controls]).toEqual([[], [], []])
})

test('a process that goes takes its link along', async () => {
  const { ports, links, lost } = listen()
  const channel = openChannel(server(['questions']), ports)
  await channel.settled
  await channel.close()
  expect(lost).toEqual(links)
  expect(links).toHaveLength(1)
})
