/** What an approver reads of a question of the agent: all of its choices, numbered, and how to answer. */
import type { Question } from '@backchannel/protocol'
import type { QuestionResolution } from './questions.ts'
import { showBothEnds, showLines, showOnOneLine, showPlainly } from './show.ts'

export interface QuestionPromptOptions {
  /** The most characters of the whole. Default 4,000; never less than 400. */
  readonly limit?: number
}

const DEFAULT_LIMIT = 4_000
const LEAST_LIMIT = 400
const LABEL_CHARACTERS = 200

/** Lines that a chat can show as they are: the question, its choices, how to answer. */
export function renderQuestionPrompt(
  question: Question,
  { limit = DEFAULT_LIMIT }: QuestionPromptOptions = {},
): string {
  const choices = renderChoices(question)
  const answer = `Answer: ${typedForms(question).join('  or  ')}`
  const room = Math.max(limit, LEAST_LIMIT) - choices.length - answer.length - 2
  const text = showBothEnds(`The agent asks: ${showLines(question.text)}`, Math.max(room, 100))
  return [text, choices, answer].filter((part) => part !== '').join('\n')
}

/** `1. PostgreSQL` and so on, one a line. */
export function renderChoices({ choices }: Pick<Question, 'choices'>): string {
  return choices.map(({ label }, at) => `${at + 1}. ${showBothEnds(showOnOneLine(label), LABEL_CHARACTERS)}`).join('\n')
}

/** What one can type: `abcde 1`, `abcde 1, 2`, `abcde: in own words`. */
export function typedForms({ questionId, choices, multiple, allowText }: Question): readonly string[] {
  const one = choices.length > 0 ? [`${questionId} 1`] : []
  const several = multiple && choices.length > 1 ? [`${questionId} 1, 2`] : []
  return [...one, ...several, ...(allowText ? [`${questionId}: in your own words`] : [])]
}

/** One line for the same chats, once it has ended: `Which database? — SQLite, answered by terminal.` */
export function renderAnswered({ text }: Question, resolution: QuestionResolution): string {
  return `${showBothEnds(showOnOneLine(text), 120)} — ${renderEnd(resolution)}`
}

/** `SQLite, answered by terminal.`; or that nobody answered, and why. */
export function renderEnd({ outcome, by, labels, text }: QuestionResolution): string {
  if (outcome === 'expired') return 'nobody answered in time.'
  if (outcome === 'cancelled') return `not asked any more (${showPlainly(by)}).`
  const given = [...labels, ...(text === undefined ? [] : [text])].map((part) => showBothEnds(showOnOneLine(part), 300))
  return `${given.length === 0 ? 'answered' : `${given.join(', ')}, answered`} by ${showPlainly(by)}.`
}
