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
  readonly origin?: Origin
}
export interface Answer {
  readonly questionId: string
  readonly choices: readonly string[]
  readonly text?: string
}
export interface QuestionResolved {
  readonly questionId: string
  readonly by: string
}

const questionSchema = v.looseObject({
  question_id: v.string(),
  text: v.string(),
  choices: v.array(v.looseObject({ id: v.string(), label: v.string() })),
  multiple: v.nullish(v.boolean()),
  origin: v.nullish(originSchema),
})
const answerSchema = v.looseObject({
  question_id: v.string(),
  choices: v.nullish(v.array(v.string())),
  text: v.nullish(v.string()),
})
const resolvedSchema = v.looseObject({
  question_id: v.string(),
  by: v.string(),
})

export function parseQuestion(params: unknown): Read<Question> {
  const result = read(questionSchema, params)
  if (!result.ok) return result
  const { question_id, text, multiple, origin } = result.value
  const choices = result.value.choices.map(({ id, label }) => ({ id, label }))
  const base = { questionId: question_id, text, choices, multiple: multiple ?? false }
  return { ok: true, value: origin ? { ...base, origin } : base }
}

export function renderQuestion(question: Question): Record<string, unknown> {
  return {
    question_id: question.questionId,
    text: question.text,
    choices: question.choices.map(({ id, label }) => ({ id, label })),
    multiple: question.multiple,
    ...(question.origin === undefined ? {} : { origin: renderOrigin(question.origin) }),
  }
}

export function parseAnswer(params: unknown): Read<Answer> {
  const result = read(answerSchema, params)
  if (!result.ok) return result
  const { question_id, choices, text } = result.value
  return {
    ok: true,
    value: {
      questionId: question_id,
      choices: choices ?? [],
      ...(typeof text === 'string' ? { text } : {}),
    },
  }
}

export function renderAnswer(answer: Answer): Record<string, unknown> {
  return {
    question_id: answer.questionId,
    choices: [...answer.choices],
    ...(answer.text === undefined ? {} : { text: answer.text }),
  }
}

export function parseQuestionResolved(params: unknown): Read<QuestionResolved> {
  const result = read(resolvedSchema, params)
  if (!result.ok) return result
  return {
    ok: true,
    value: { questionId: result.value.question_id, by: result.value.by },
  }
}

export function renderQuestionResolved(resolved: QuestionResolved): Record<string, unknown> {
  return { question_id: resolved.questionId, by: resolved.by }
}
