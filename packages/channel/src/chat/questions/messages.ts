/** A question of the agent as messages: all of its text, its choices on the last one, and how to answer. */
import type { OpenQuestion } from '../../relay/open-requests.ts'
import { renderChoices, typedForms } from '../../relay/question-prompt.ts'
import { showLines } from '../../relay/show.ts'
import { type Entity, plainText, type RichText } from '../platform/rich-text.ts'
import { splitRichText } from '../text/chunk.ts'

export interface QuestionMessageOptions {
  /** UTF-16 units of a message. */
  readonly limit: number
  /** How one presses; nothing where one types alone. */
  readonly buttons: 'none' | 'one' | 'several'
  /** Whether a reply to the message is an answer in own words. */
  readonly replies: boolean
}

/** Of a text that fills messages: a plan, say. What is longer is cut, and says so. */
const MOST_MESSAGES = 5
const TITLE = '❓ The agent asks'

/** @returns at least one; the last one has the choices, and is what one answers to */
export function renderQuestionMessages(question: OpenQuestion, options: QuestionMessageOptions): readonly RichText[] {
  const { limit } = options
  const choices = renderChoices(question)
  const tail = [choices, renderHow(question, options)].filter((part) => part !== '').join('\n\n')
  const text = showLines(question.text)
  const whole = `${TITLE}\n\n${text}\n\n${tail}`
  if (whole.length <= limit) return [titled(whole)]
  const pieces = splitRichText(titled(`${TITLE}\n\n${text}`), { limit, mode: 'newline' })
  const last = tail.length <= limit ? tail : `${tail.slice(0, limit - 1).toWellFormed()}…`
  if (pieces.length < MOST_MESSAGES) return [...pieces, plainText(last)]
  const left = plainText(`⋯ ${pieces.length - MOST_MESSAGES + 2} more messages of text are left out ⋯`)
  return [...pieces.slice(0, MOST_MESSAGES - 2), left, plainText(last)]
}

function renderHow(question: OpenQuestion, { buttons, replies }: QuestionMessageOptions): string {
  const press = { none: '', one: 'Press one', several: 'Press those you want, then Done' }[buttons]
  const words = question.allowText && replies ? 'reply to this message in your own words' : ''
  const typed = `type ${typedForms(question).join('  or  ')}`
  const ways = [press, words, typed].filter((way) => way !== '').join(', or ')
  return `${ways.charAt(0).toUpperCase()}${ways.slice(1)}.`
}

function titled(text: string): RichText {
  const bold: Entity = { kind: 'bold', offset: 0, length: TITLE.length }
  return { text, entities: [bold] }
}
