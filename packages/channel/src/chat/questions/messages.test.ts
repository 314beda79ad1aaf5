/** A question as messages: all of its text, its choices on the last one, and buttons that no other message has. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OpenQuestion } from '../../relay/open-requests.ts'
import { questionButtons, readQuestionButton } from './buttons.ts'
import { renderQuestionMessages } from './messages.ts'

const QUESTION: OpenQuestion = {
  questionId: 'abcde',
  text: 'Which database?',
  choices: [
    { id: 'a', label: 'PostgreSQL' },
    { id: 'b', label: 'SQLite' },
  ],
  multiple: false,
  allowText: true,
  chats: ['dm-1'],
}
const ONE = { limit: 1_000, buttons: 'one', replies: true } as const

test('one message where it fits, with the ways to answer that the platform has', () => {
  const [message, ...more] = renderQuestionMessages(QUESTION, ONE)
  expect(more).toEqual([])
  expect(message?.text).toBe(
    [
      '❓ The agent asks',
      '',
      'Which database?',
      '',
      '1. PostgreSQL',
      '2. SQLite',
      '',
      'Press one, or reply to this message in your own words, or type abcde 1  or  abcde: in your own words.',
    ].join('\n'),
  )
  const bare = renderQuestionMessages({ ...QUESTION, allowText: false }, { ...ONE, buttons: 'none', replies: false })
  expect(bare[0]?.text).toMatch(/\n\nType abcde 1\.$/)
})

test('a plan that is longer fills messages, and the last one has the choices', () => {
  const text = Array.from({ length: 100 }, (_, at) => `Step ${at}: change a file`).join('\n')
  const messages = renderQuestionMessages({ ...QUESTION, text }, ONE)
  expect(messages.length).toBeGreaterThan(2)
  expect(messages.at(-1)?.text).toMatch(/^1\. PostgreSQL\n2\. SQLite\n\nPress one/)
  const all = messages.map((message) => message.text).join('\n')
  for (const at of [0, 50, 99]) expect(all).toContain(`Step ${at}: change a file`)
  const endless = renderQuestionMessages({ ...QUESTION, text: 'word '.repeat(20_000) }, ONE)
  expect(endless).toHaveLength(5)
  expect(endless.at(-2)?.text).toMatch(/messages of text are left out/)
})

test('whatever is asked, no message is longer than the platform takes', () => {
  const label = fc.string({ maxLength: 400, unit: 'binary' })
  const asked = fc.record({
    text: fc.string({ maxLength: 5_000, unit: 'binary' }),
    labels: fc.array(label, { maxLength: 20 }),
  })
  fc.assert(
    fc.property(asked, fc.integer({ min: 200, max: 2_000 }), ({ text, labels }, limit) => {
      const choices = labels.map((one, at) => ({ id: String(at), label: one }))
      const messages = renderQuestionMessages({ ...QUESTION, text, choices }, { ...ONE, limit })
      for (const message of messages) expect(message.text.length).toBeLessThanOrEqual(limit)
    }),
  )
})

test('buttons carry the key of their message and the number of a choice; what comes back is read with care', () => {
  const rows = questionButtons({ ...QUESTION, multiple: true }, '0123456789ab', new Set([1]))
  expect(rows).toEqual([
    [{ label: '☐ 1. PostgreSQL', data: 'ask:0123456789ab:0' }],
    [{ label: '☑ 2. SQLite', data: 'ask:0123456789ab:1' }],
    [{ label: 'Done (1)', data: 'ask:0123456789ab:done' }],
  ])
  expect(readQuestionButton('ask:0123456789ab:1')).toEqual({ key: '0123456789ab', choice: 1 })
  expect(readQuestionButton('ask:0123456789ab:done')).toEqual({ key: '0123456789ab', choice: 'done' })
  for (const data of ['ask:0123456789ab:', 'ask:x:1', 'perm:allow:abcde', 'ask:0123456789ab:999', ''])
    expect(readQuestionButton(data)).toBeUndefined()
})
