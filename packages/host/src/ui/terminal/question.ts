/**
 * The question dialog as a pure machine, as the permission dialog is one: a number or an arrow chooses and Enter confirms;
 * where several may be taken, numbers and Space take and let go.
 */
import type { StampedEvent } from '../events.ts'
import type { SessionInput } from '../interaction.ts'
import * as edit from './draft.ts'
import type { PromptAction } from './keys.ts'
import { editNote } from './note.ts'

/** A question that is open in this session. */
export interface OpenQuestion {
  readonly questionId: string
  readonly text: string
  readonly choices: readonly { readonly id: string; readonly label: string }[]
  readonly multiple: boolean
  readonly allowText: boolean
  readonly relayedTo: readonly string[]
}

export interface QuestionState {
  readonly questionId: string | undefined
  /** The row that is chosen, own words after the choices; nothing at first. */
  readonly chosen: number | undefined
  /** Ids that are taken, of a question that takes several. */
  readonly taken: readonly string[]
  /** Being written: the answer in own words. */
  readonly words: edit.Draft | undefined
}

export interface QuestionStep {
  readonly state: QuestionState
  readonly answer?: Extract<SessionInput, { type: 'answer' }>
}

export const EMPTY_QUESTION: QuestionState = { questionId: undefined, chosen: undefined, taken: [], words: undefined }
/** Characters of an answer in own words. */
const LONGEST_WORDS = 2_000

/** The questions that are open after `event`, oldest first. */
export function trackQuestions(open: readonly OpenQuestion[], event: StampedEvent): readonly OpenQuestion[] {
  switch (event.type) {
    case 'question.requested': {
      const { question_id: questionId, text, choices, multiple, allow_text: allowText, relayed_to: relayedTo } = event
      return [...open, { questionId, text, choices, multiple, allowText, relayedTo }]
    }
    case 'question.resolved':
      return open.filter(({ questionId }) => questionId !== event.question_id)
    case 'session.ended':
      return []
    default:
      return open
  }
}

/** What was chosen for a question is gone with it. */
export function followQuestions(open: readonly OpenQuestion[], state: QuestionState): QuestionState {
  const [current] = open
  if (current?.questionId === state.questionId) return state
  // With nothing to choose from, one writes at once.
  const words = current && current.choices.length === 0 ? edit.EMPTY_DRAFT : undefined
  return { ...EMPTY_QUESTION, questionId: current?.questionId, words }
}

/** The choices, and own words where they count. */
export function countRows({ choices, allowText }: OpenQuestion): number {
  return choices.length + Number(allowText)
}

/** Esc with nothing chosen, and the start of a command. */
export function setsQuestionAside({ chosen, words, taken }: QuestionState, action: PromptAction): boolean {
  if (words !== undefined && words.text !== '') return false
  if (action.type === 'insert') return action.text.startsWith('/')
  const isUntouched = chosen === undefined && taken.length === 0
  return action.type === 'dismiss' && isUntouched
}

/** @returns what a key does; `answer` once it is confirmed */
export function reduceQuestion(question: OpenQuestion, state: QuestionState, action: PromptAction): QuestionStep {
  if (state.words !== undefined) return reduceWords(question, state, state.words, action)
  const rows = countRows(question)
  switch (action.type) {
    case 'up':
      return { state: { ...state, chosen: ((state.chosen ?? 0) + rows - 1) % rows } }
    case 'down':
    case 'complete':
      return { state: { ...state, chosen: state.chosen === undefined ? 0 : (state.chosen + 1) % rows } }
    case 'insert':
      // Keys that come fast come together.
      return { state: [...action.text].reduce((next, key) => press(question, next, key), state) }
    case 'dismiss':
      return { state: { ...state, chosen: undefined, taken: [] } }
    case 'submit':
      return confirm(question, state)
    default:
      return { state }
  }
}

function press(question: OpenQuestion, state: QuestionState, key: string): QuestionState {
  const row = key === ' ' ? state.chosen : /^[1-9]$/.test(key) ? Number(key) - 1 : undefined
  if (row === undefined || row >= countRows(question)) return state
  const choice = question.choices[row]
  if (!question.multiple || !choice || (key === ' ' && state.chosen === undefined)) return { ...state, chosen: row }
  const has = state.taken.includes(choice.id)
  const taken = has ? state.taken.filter((id) => id !== choice.id) : [...state.taken, choice.id]
  return { ...state, chosen: row, taken }
}

function confirm(question: OpenQuestion, state: QuestionState): QuestionStep {
  const isWords = state.chosen === question.choices.length && question.allowText
  if (isWords) return { state: { ...state, words: edit.EMPTY_DRAFT } }
  const choice = state.chosen === undefined ? undefined : question.choices[state.chosen]
  const taken = question.multiple ? state.taken : choice ? [choice.id] : []
  return taken.length === 0 ? { state } : send(question, taken)
}

function reduceWords(
  question: OpenQuestion,
  state: QuestionState,
  words: edit.Draft,
  action: PromptAction,
): QuestionStep {
  switch (action.type) {
    case 'dismiss':
      return { state: question.choices.length === 0 ? state : { ...state, words: undefined } }
    case 'submit': {
      const text = words.text.trim()
      return text === '' ? { state } : send(question, question.multiple ? state.taken : [], text)
    }
    default:
      return { state: { ...state, words: editNote(words, action, LONGEST_WORDS) } }
  }
}

function send({ questionId }: OpenQuestion, choices: readonly string[], text?: string): QuestionStep {
  const words = text === undefined ? {} : { text }
  return { state: EMPTY_QUESTION, answer: { type: 'answer', question_id: questionId, choices, ...words } }
}
