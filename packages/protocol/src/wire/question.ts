/** Multiple-choice questions relayed to a channel, and their answers (contract 8, feature `questions`). */
import * as v from 'valibot'
import { type Origin, originSchema, renderOrigin } from './origin.ts'
import { type Read, read } from './read.ts'

export interface Choice {
  readonly id: string
  readonly label: string
}
export interface Question {
  readonly questionId: string
  readonly text: string
  readonly choices: readonly Choice[]
  readonly multiple: boolean
  /** Whether an answer in own words counts; on the wire it is left out where it does. */
  readonly allowText: boolean
  readonly origin?: Origin
}
export interface Answer {
  readonly questionId: string
  readonly choices: readonly string[]
  readonly text?: string
  /** Who answered, as the channel knows the sender. */
  readonly by?: string
}
export type QuestionOutcome = 'answered' | 'expired' | 'cancelled'
export interface QuestionResolved {
  readonly questionId: string
  /** Who answered; of a question that nobody answered, why it ended. */
  readonly by: string
  /** Absent from a host that does not say. */
  readonly outcome?: QuestionOutcome
  /** Ids of the choices taken. */
  readonly choices?: readonly string[]
  readonly text?: string
}

const questionSchema = v.looseObject({
  question_id: v.string(),
  text: v.string(),
  choices: v.array(v.looseObject({ id: v.string(), label: v.string() })),
  multiple: v.nullish(v.boolean()),
  allow_text: v.nullish(v.boolean()),
  origin: v.nullish(originSchema),
})
const answerSchema = v.looseObject({
  question_id: v.string(),
  choices: v.nullish(v.array(v.string())),
  text: v.nullish(v.string()),
  by: v.nullish(v.string()),
})
const resolvedSchema = v.looseObject({
  question_id: v.string(),
  by: v.string(),
  outcome: v.nullish(v.picklist(['answered', 'expired', 'cancelled'])),
  choices: v.nullish(v.array(v.string())),
  text: v.nullish(v.string()),
})

export function parseQuestion(params: unknown): Read<Question> {
  const result = read(questionSchema, params)
  if (!result.ok) return result
  const { question_id, text, multiple, allow_text, origin } = result.value
  const choices = result.value.choices.map(({ id, label }) => ({ id, label }))
  const base = { questionId: question_id, text, choices, multiple: multiple ?? false, allowText: allow_text ?? true }
  return { ok: true, value: origin ? { ...base, origin } : base }
}

export function renderQuestion(question: Question): Record<string, unknown> {
  return {
    question_id: question.questionId,
    text: question.text,
    choices: question.choices.map(({ id, label }) => ({ id, label })),
    multiple: question.multiple,
    ...(question.allowText ? {} : { allow_text: false }),
    ...(question.origin === undefined ? {} : { origin: renderOrigin(question.origin) }),
  }
}

export function parseAnswer(params: unknown): Read<Answer> {
  const result = read(answerSchema, params)
  if (!result.ok) return result
  const { question_id, choices, text, by } = result.value
  return {
    ok: true,
    value: {
      questionId: question_id,
      choices: choices ?? [],
      ...(typeof text === 'string' ? { text } : {}),
      ...(typeof by === 'string' ? { by } : {}),
    },
  }
}

export function renderAnswer(answer: Answer): Record<string, unknown> {
  return {
    question_id: answer.questionId,
    choices: [...answer.choices],
    ...(answer.text === undefined ? {} : { text: answer.text }),
    ...(answer.by === undefined ? {} : { by: answer.by }),
  }
}

export function parseQuestionResolved(params: unknown): Read<QuestionResolved> {
  const result = read(resolvedSchema, params)
  if (!result.ok) return result
  const { question_id, by, outcome, choices, text } = result.value
  return {
    ok: true,
    value: {
      questionId: question_id,
      by,
      ...(outcome ? { outcome } : {}),
      ...(choices ? { choices } : {}),
      ...(typeof text === 'string' ? { text } : {}),
    },
  }
}

export function renderQuestionResolved(resolved: QuestionResolved): Record<string, unknown> {
  const { questionId, by, outcome, choices, text } = resolved
  return {
    question_id: questionId,
    by,
    ...(outcome === undefined ? {} : { outcome }),
    ...(choices === undefined ? {} : { choices: [...choices] }),
    ...(text === undefined ? {} : { text }),
  }
}
