/** The checks, in the order in which they run: the last one ends the session. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type AgentCheck, type AgentSubject, outcomeIn, repliesIn } from './check.ts'
import { ENDS } from './ends.ts'
import { INERT } from './inert.ts'

const answers: AgentCheck = {
  title: 'answers in the chat that wrote, through its reply tool',
  async run({ world, take }) {
    const told = await take(world.arrange({ kind: 'reply', text: 'good morning' }))
    assert.equal(outcomeIn(told), 'completed')
    assert.match(repliesIn(told).join('\n'), /good morning/)
    const started = told.find(({ type }) => type === 'turn.started')
    assert.match(String(started?.['input']), /^<channel source="fakechat" chat_id="web" /)
  },
}

/** Asked for, and not run before there is an answer. @returns the position before the request, and its id */
async function untilAsked({ world, session }: AgentSubject, file: string) {
  const from = session.mark()
  await session.say(world.arrange({ kind: 'run', command: `touch ${file}` }))
  const request = await session.next('permission.requested', from)
  assert.equal(request['tool_name'], 'Bash')
  assert.match(String(request['input_preview']), new RegExp(`touch ${file}`))
  assert.equal(existsSync(join(world.cwd, file)), false)
  return { from, id: request['request_id'] }
}

const approved: AgentCheck = {
  title: 'runs a command once somebody has approved it, and says what came of it',
  async run(subject) {
    const { world, session } = subject
    const { from, id } = await untilAsked(subject, 'approved.txt')
    session.send({ type: 'permission', request_id: id, behavior: 'allow' })
    await session.next('turn.finished', from)
    const told = session.told.slice(from)
    assert.equal(outcomeIn(told), 'completed')
    assert.equal(existsSync(join(world.cwd, 'approved.txt')), true)
    assert.equal(repliesIn(told).length, 1)
    const called = told.find(({ type, tool }) => type === 'tool.called' && tool === 'Bash')
    const finished = told.find((event) => event.type === 'tool.finished' && event['call_id'] === called?.['call_id'])
    assert.equal(finished?.['ok'], true)
  },
}

const denied: AgentCheck = {
  title: 'does not run what somebody has denied, and reads why',
  async run(subject) {
    const { world, session } = subject
    const { from, id } = await untilAsked(subject, 'denied.txt')
    session.send({ type: 'permission', request_id: id, behavior: 'deny', note: 'not on a Friday' })
    await session.next('turn.finished', from)
    const told = session.told.slice(from)
    assert.equal(outcomeIn(told), 'completed')
    assert.equal(existsSync(join(world.cwd, 'denied.txt')), false)
    assert.match(repliesIn(told).join('\n'), /not on a Friday/)
  },
}

const asks: AgentCheck = {
  title: 'asks a question, and goes on with the answer',
  async run({ world, session }) {
    const from = session.mark()
    await session.say(world.arrange({ kind: 'ask', question: 'Which branch?', choices: ['main', 'next'] }))
    const question = await session.next('question.requested', from)
    assert.match(String(question['text']), /^Which branch\?/)
    const choices = question['choices'] as readonly { readonly id: string; readonly label: string }[]
    assert.deepEqual(
      choices.map(({ label }) => label),
      ['main', 'next'],
    )
    session.send({ type: 'answer', question_id: question['question_id'], choices: [choices[1]?.id] })
    await session.next('turn.finished', from)
    const told = session.told.slice(from)
    assert.equal(outcomeIn(told), 'completed')
    assert.match(repliesIn(told).join('\n'), /next/)
  },
}

const stops: AgentCheck = {
  title: 'stops in the middle of a long turn, and takes the next one',
  async run({ world, session, take, descriptor }) {
    const from = session.mark()
    await session.say(world.arrange({ kind: 'wait' }))
    await session.next(descriptor.hasProcess ? 'tool.called' : 'turn.started', from)
    session.send({ type: 'interrupt' })
    const finished = await session.next('turn.finished', from)
    assert.equal(finished['outcome'], 'interrupted')
    const told = await take(world.arrange({ kind: 'reply', text: 'here again' }))
    assert.match(repliesIn(told).join('\n'), /here again/)
  },
}

const keepsOrder: AgentCheck = {
  title: 'takes what came meanwhile in the next turn, in order',
  async run({ world, session, descriptor }) {
    const from = session.mark()
    await session.say(world.arrange({ kind: 'wait' }))
    await session.next(descriptor.hasProcess ? 'tool.called' : 'turn.started', from)
    const first = world.arrange({ kind: 'reply', text: 'both' })
    await session.say(first)
    await session.say('and the second')
    await session.next('event.received', from, ({ content }) => content === 'and the second')
    session.send({ type: 'interrupt' })
    const second = await session.next('turn.started', from, ({ event_ids: ids }) => (ids as unknown[]).length === 2)
    const input = String(second['input'])
    assert.ok(input.indexOf(first) < input.indexOf('and the second'), input)
    await session.next('turn.finished', from, ({ turn }) => turn === second['turn'])
  },
}

const startsNothing: AgentCheck = {
  title: 'starts no server of the project by itself',
  async run({ world, take }) {
    await take(world.arrange({ kind: 'reply', text: 'still alone' }))
    assert.equal(existsSync(join(world.cwd, 'second-poller')), false)
  },
}

export const AGENT_CHECKS: readonly AgentCheck[] = [
  answers,
  approved,
  denied,
  asks,
  ...INERT,
  stops,
  keepsOrder,
  startsNothing,
  ...ENDS,
]
