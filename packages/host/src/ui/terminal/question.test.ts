/** The question dialog as a machine: what a key does, and that no single key answers. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PromptAction } from './keys.ts'
import {
  EMPTY_QUESTION,
  followQuestions,
  type OpenQuestion,
  type QuestionState,
  reduceQuestion,
  setsQuestionAside,
  trackQuestions,
} from './question.ts'

const CHOICES = ['A', 'B', 'C'].map((label) => ({ id: label.toLowerCase(), label }))
const question = (more: Partial<OpenQuestion> = {}): OpenQuestion => ({
  questionId: 'abcde',
  text: 'Which?',
  choices: CHOICES,
  multiple: false,
  allowText: true,
  relayedTo: [],
  ...more,
})
const SEVERAL = question({ multiple: true })
const WORDS = question({ choices: [] })

function press(open: OpenQuestion, actions: readonly PromptAction[]) {
  let state: QuestionState = followQuestions([open], EMPTY_QUESTION)
  const answers = []
  for (const action of actions) {
    const step = reduceQuestion(open, state, action)
    state = step.state
    if (step.answer) answers.push(step.answer)
  }
  return { state, answers }
}

const insert = (text: string): PromptAction => ({ type: 'insert', text })
const keys = (...types: Exclude<PromptAction['type'], 'insert'>[]): PromptAction[] => types.map((type) => ({ type }))
const answer = (choices: readonly string[], text?: string) => ({
  type: 'answer',
  question_id: 'abcde',
  choices,
  ...(text === undefined ? {} : { text }),
})

describe('a question', () => {
  test.each([
    ['one, by its number', question(), [insert('2'), ...keys('submit')], answer(['b'])],
    ['one, by the arrows', question(), keys('down', 'down', 'up', 'submit'), answer(['a'])],
    [
      'own words',
      question(),
      [insert('4'), ...keys('submit'), insert('D,\nif any'), ...keys('submit')],
      answer([], 'D, if any'),
    ],
    ['several', SEVERAL, [insert('13'), ...keys('submit')], answer(['a', 'c'])],
    [
      'several, and one let go',
      SEVERAL,
      [insert('1'), ...keys('down'), insert(' '), insert('1'), ...keys('submit')],
      answer(['b']),
    ],
    [
      'several, and words',
      SEVERAL,
      [insert('1'), insert('4'), ...keys('submit'), insert('too'), ...keys('submit')],
      answer(['a'], 'too'),
    ],
    ['where there is no choice, words at once', WORDS, [insert('Ada'), ...keys('submit')], answer([], 'Ada')],
  ])('%s', (_name, open, actions, expected) => {
    expect(press(open, actions).answers).toEqual([expected])
  })

  test.each([
    ['Enter with nothing chosen', question(), keys('submit')],
    ['Enter with nothing taken', SEVERAL, keys('down', 'submit')],
    ['a number that is none', question({ allowText: false }), [insert('4'), ...keys('submit')]],
    ['no words', WORDS, [insert('  '), ...keys('submit')]],
  ])('is not answered by %s', (_name, open, actions) => {
    expect(press(open, actions).answers).toEqual([])
  })

  test('is set aside by Esc where nothing is chosen, and by the start of a command', () => {
    const { state } = press(question(), [])
    expect(setsQuestionAside(state, insert('/stop'))).toBe(true)
    expect(setsQuestionAside(state, { type: 'dismiss' })).toBe(true)
    expect(setsQuestionAside(state, insert('1'))).toBe(false)
    expect(setsQuestionAside(press(question(), [insert('1')]).state, { type: 'dismiss' })).toBe(false)
    expect(setsQuestionAside(press(WORDS, [insert('and')]).state, insert('/or'))).toBe(false)
  })

  test('that has ended takes what was chosen for it along', () => {
    const other = question({ questionId: 'bcdef' })
    const { state } = press(question(), [insert('2')])
    expect(followQuestions([question(), other], state)).toBe(state)
    expect(followQuestions([other], state)).toEqual({ ...EMPTY_QUESTION, questionId: 'bcdef' })
    const open = trackQuestions([question(), other], {
      type: 'question.resolved',
      at: '',
      question_id: 'abcde',
      outcome: 'expired',
      choices: [],
      by: 'time',
    })
    expect(open).toEqual([other])
  })
})

test('whatever is pressed: an answer fits its question, and comes of Enter alone', () => {
  const plain = fc.constantFrom(...keys('up', 'down', 'complete', 'dismiss', 'submit', 'left', 'delete-left'))
  const text = fc.constantFrom('1', '2', '4', '9', ' ', 'x', '12').map(insert)
  const open = fc.constantFrom(question(), SEVERAL, WORDS, question({ allowText: false }))
  fc.assert(
    fc.property(open, fc.array(fc.oneof(plain, text), { maxLength: 20 }), (asked, actions) => {
      let state: QuestionState = followQuestions([asked], EMPTY_QUESTION)
      for (const action of actions) {
        const step = reduceQuestion(asked, state, action)
        state = step.state
        if (!step.answer) continue
        const { choices, text: words } = step.answer
        expect(action.type).toBe('submit')
        expect(choices.length).toBeLessThanOrEqual(asked.multiple ? 3 : 1)
        expect(choices.length > 0 || words !== undefined).toBe(true)
        expect(words === undefined || asked.allowText).toBe(true)
      }
    }),
  )
})
