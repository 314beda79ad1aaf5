/** Whether an answer fits its question, and how a question is put in order before anybody sees it. Pure. */
import type { Answer, Choice } from '@backchannel/protocol'
import { sanitizeText } from '../ui/sanitize.ts'

export interface QuestionForm {
  readonly text: string
  readonly choices: readonly Choice[]
  readonly multiple: boolean
  readonly allowText: boolean
}

/** UTF-16 units; a plan is a long text, a label never is. */
const TEXT_UNITS = 20_000
const LABEL_UNITS = 300
export const MOST_CHOICES = 50
/** Of an answer in own words. */
export const ANSWER_UNITS = 8_000

/** What people are shown: no control or invisible characters, nothing without an end. Choices that come twice are one. */
export function putInOrder({ text, choices, multiple, allowText }: QuestionForm): QuestionForm {
  const known = new Set<string>()
  const isNew = ({ id }: Choice) => !known.has(id) && known.add(id).size <= MOST_CHOICES
  const shown = choices.filter(isNew).map(({ id, label }) => ({ id, label: cut(label, LABEL_UNITS) || id }))
  // With nothing to choose from, words are all that can be answered.
  return { text: cut(text, TEXT_UNITS), choices: shown, multiple, allowText: allowText || shown.length === 0 }
}

export type FittingAnswer = { readonly choices: readonly string[]; readonly text?: string }

/** @returns the answer, its choices in the order of the question; or what is wrong with it, in words */
export function fitAnswer(
  { choices, multiple, allowText }: QuestionForm,
  given: Pick<Answer, 'choices' | 'text'>,
): { readonly ok: true; readonly answer: FittingAnswer } | { readonly ok: false; readonly problem: string } {
  const text = given.text?.trim() ?? ''
  const taken = new Set(given.choices)
  const known = choices.map(({ id }) => id)
  const foreign = [...taken].find((id) => !known.includes(id))
  const refuse = (problem: string) => ({ ok: false, problem }) as const
  if (foreign !== undefined) {
    return refuse(`there is no choice ${JSON.stringify(foreign.slice(0, 60))}; there are ${known.join(', ') || 'none'}`)
  }
  if (taken.size > 1 && !multiple) return refuse('it takes one choice')
  if (text !== '' && !allowText) return refuse('it takes no answer in own words')
  if (text.length > ANSWER_UNITS) return refuse(`an answer has ${ANSWER_UNITS} characters at most`)
  if (taken.size === 0 && text === '') return refuse('it has neither a choice nor words')
  const chosen = known.filter((id) => taken.has(id))
  return { ok: true, answer: { choices: chosen, ...(text === '' ? {} : { text: text.toWellFormed() }) } }
}

function cut(text: string, limit: number): string {
  const shown = sanitizeText(text.slice(0, 2 * limit)).trim()
  return shown.length > limit ? `${shown.slice(0, limit - 1).toWellFormed()}…` : shown
}
