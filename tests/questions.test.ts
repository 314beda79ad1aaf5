/** Questions and control of the built command over stream-json, and that nothing is asked under `-p`. */
import { describe, expect, it } from 'vitest'
import { createProject } from './support/command.ts'

const TEST = { timeout: 30_000 }

describe('stream-json', () => {
  it('asks, takes the answer, and controls the session beside the queue', TEST, async () => {
    await using project = await createProject()
    const session = project.start('--input-format', 'stream-json')
    session.send({ type: 'prompt', text: 'ask: Which database? | PostgreSQL | SQLite' })
    const { question_id, ...asked } = await session.event('question.requested')
    expect(asked).toMatchObject({
      text: 'Which database?',
      choices: [
        { id: '1', label: 'PostgreSQL' },
        { id: '2', label: 'SQLite' },
      ],
      multiple: false,
      allow_text: true,
      relayed_to: [],
    })
    session.send({ type: 'answer', question_id, choices: ['1', '2'] })
    await session.event('notice', ({ message }) => message.includes('does not fit the question: it takes one choice'))
    session.send({ type: 'answer', question_id, choices: ['2'] })
    expect(await session.event('question.resolved')).toMatchObject({
      outcome: 'answered',
      choices: ['2'],
      by: 'terminal',
    })
    await session.event('agent.text', ({ text }) => text === 'Your answer: SQLite')
    session.send({ type: 'prompt', text: 'wait 3600' })
    session.send({ type: 'prompt', text: 'after it' })
    await session.event('turn.started', ({ turn }) => turn === 2)
    session.send({ type: 'command', text: '/status' })
    await session.event('notice', ({ message }) => /^At work for [\s\S]*Waiting for it: 1 prompt\./.test(message))
    session.send({ type: 'command', text: '/stop' })
    await session.event('notice', ({ message }) => message.startsWith('Stopped the agent after'))
    await session.event('turn.finished', ({ turn, outcome }) => turn === 2 && outcome === 'interrupted')
    await session.event('agent.text', ({ text }) => text.includes('after it'))
    session.send({ type: 'command', text: '/new' })
    await session.event('notice', ({ message }) => message === 'A new conversation has begun.')
    session.send({ type: 'command', text: '/compact' })
    await session.event('notice', ({ message }) => message.includes('has no conversation to compact'))
    expect((await session.end()).code).toBe(0)
  })

  it('asks nothing under -p, says so, and the agent goes on', TEST, async () => {
    await using project = await createProject()
    const { code, stdout, stderr } = await project.run(['-p', 'ask: Which? | A | B'])
    expect([code, stdout]).toEqual([0, 'Nobody answered: Which?\n'])
    expect(stderr).toContain('nobody was asked: questions are off under -p')
  })
})
