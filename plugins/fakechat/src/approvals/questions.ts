/** Questions of the agent on the page: what a card shows, and what an answer that comes back is. */
import {
  type OpenQuestion,
  type QuestionResolution,
  showLines,
  showOnOneLine,
  showPlainly,
} from '@backchannel/channel/relay'
import type { QuestionFrame, QuestionResolvedFrame } from '../wire.ts'

export function renderQuestion({ questionId: id, text, choices, multiple, allowText }: OpenQuestion): QuestionFrame {
  return {
    type: 'question',
    id,
    text: showLines(text),
    choices: choices.map((choice) => ({ id: choice.id, label: showOnOneLine(choice.label) })),
    multiple,
    words: allowText,
  }
}

export function renderQuestionEnd(id: string, resolution: QuestionResolution): QuestionResolvedFrame {
  const { outcome, by, labels, text } = resolution
  const given = [...labels, ...(text === undefined ? [] : [text])].map(showOnOneLine)
  return { type: 'question-resolved', id, outcome, by: showPlainly(by), answer: given.join(', ') }
}
