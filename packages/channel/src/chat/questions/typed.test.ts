/** Which question a typed message means: replies by the id of the message, or by its words where it has none. */
import { expect, test } from 'vitest'
import type { OpenQuestion } from '../../relay/open-requests.ts'
import { renderQuestionMessages } from './messages.ts'
import { isReplyTo, namesQuestion } from './typed.ts'

const question: OpenQuestion = {
  questionId: 'abcde',
  text: 'Which database?',
  choices: [{ id: 'a', label: 'SQLite' }],
  multiple: false,
  allowText: true,
  chats: ['dm-1'],
}
const [message] = renderQuestionMessages(question, { limit: 1_000, buttons: 'none', replies: false })
const text = message?.text ?? ''

test('a reply is one to a question by the id of its message, and by nothing else where there is one', () => {
  const asked = { question, messageId: '7' }
  expect(isReplyTo({ messageId: '7' }, asked)).toBe(true)
  expect(isReplyTo({ messageId: '8', isMine: true, text }, asked)).toBe(false)
})

test('where its message has no id it is known by the words of the channel itself, and of that question', () => {
  const asked = { question, messageId: undefined }
  expect(isReplyTo({ messageId: 'x', isMine: true, text }, asked)).toBe(true)
  expect(
    isReplyTo({ messageId: 'x', isMine: true, text }, { ...asked, question: { ...question, questionId: 'bcdef' } }),
  ).toBe(false)
  expect(isReplyTo({ messageId: 'x', text }, asked)).toBe(false)
  expect(isReplyTo({ messageId: 'x', isMine: true, text: 'I asked abcde before.' }, asked)).toBe(false)
  expect(isReplyTo({ messageId: 'x', isMine: true }, asked)).toBe(false)
})

test('a text names a question where it begins with its id', () => {
  expect(namesQuestion(' ABCDE 1', 'abcde')).toBe(true)
  expect(namesQuestion('1', 'abcde')).toBe(false)
})
