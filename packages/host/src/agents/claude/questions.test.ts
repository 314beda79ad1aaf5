/** Claude's questions as the host's, and answers back as Claude reads them. */
import { expect, test } from 'vitest'
import type { AgentAnswer, AgentQuestion, AgentTurn } from '../agent.ts'
import { answerQuestions } from './questions.ts'

const never = new AbortController().signal
const option = (label: string, description = '') => ({ label, description })

async function ask(questions: unknown, ...answers: (AgentAnswer | undefined)[]) {
  const asked: AgentQuestion[] = []
  const turn: Pick<AgentTurn, 'ask'> = {
    async ask(question) {
      asked.push(question)
      return answers.shift()
    },
  }
  const answer = await answerQuestions(turn as AgentTurn, { questions }, never)
  return { asked, answer }
}

test('labels, several of them, and own words', async () => {
  const { asked, answer } = await ask(
    [
      { question: 'Which?', header: 'H', options: [option('A', 'the first'), option('B')], multiSelect: false },
      { question: 'What else?', options: [option('C'), option('D'), option('E')], multiSelect: true },
    ],
    { choices: ['2'] },
    { choices: ['3', '1'], text: 'and F' },
  )
  expect(asked).toEqual([
    {
      text: 'Which?\nA: the first',
      choices: [
        { id: '1', label: 'A' },
        { id: '2', label: 'B' },
      ],
      multiple: false,
      allowText: true,
    },
    expect.objectContaining({ text: 'What else?', multiple: true }),
  ])
  expect(answer).toMatchObject({
    behavior: 'allow',
    updatedInput: { answers: { 'Which?': 'B', 'What else?': 'C, E, and F' } },
  })
})

test('where nobody answers, Claude gets none, and the next question is not asked', async () => {
  const questions = [
    { question: 'One?', options: [option('A')] },
    { question: 'Two?', options: [option('A')] },
  ]
  const { asked, answer } = await ask(questions, undefined, { choices: ['1'] })
  expect(asked).toHaveLength(1)
  expect(answer).toEqual({ behavior: 'allow', updatedInput: { questions } })
})

test.each([undefined, 'x', [null, 5, {}], [{ question: 5 }]])('%j asks nothing', async (questions) => {
  expect((await ask(questions)).asked).toEqual([])
})
