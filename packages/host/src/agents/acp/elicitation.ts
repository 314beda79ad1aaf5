/** A form that the agent wants filled in, as questions to the person behind the turn: one a field. */
import { isRecord } from '@backchannel/protocol'
import type { AgentAnswer, AgentQuestion, AgentTurn } from '../agent.ts'

type Field = Readonly<Record<string, unknown>>

export const DECLINED = { action: 'decline' } as const
const CANCELLED = { action: 'cancel' } as const

/** claude-agent-acp has a field beside each question for an answer in own words: it is a part of the same question here. */
const OWN_WORDS = '_custom'
const MOST_FIELDS = 20

/** Never rejects: what cannot be asked any more is cancelled; a field that nobody answers declines the form, if it is required. */
export async function answerElicitation(
  params: unknown,
  signal: AbortSignal,
  turn: Pick<AgentTurn, 'ask'>,
): Promise<object> {
  const given = record(params)
  if (given['mode'] !== 'form' && given['mode'] !== undefined) return CANCELLED
  const schema = record(given['requestedSchema'])
  const fields = Object.entries(record(schema['properties']))
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : []
  const asked = fields.filter(([key]) => !isOwnWords(key, fields)).slice(0, MOST_FIELDS)
  const content: Record<string, unknown> = {}
  try {
    for (const [key, field] of asked) {
      const ownWords = fields.some(([name]) => name === `${key}${OWN_WORDS}`)
      const question = renderQuestion(String(given['message'] ?? ''), record(field), {
        alone: asked.length === 1,
        ownWords,
      })
      const answer = await turn.ask(question, signal)
      const value = answer && readAnswer(answer, record(field))
      if (value !== undefined) content[key] = value
      if (ownWords && answer?.text !== undefined) content[`${key}${OWN_WORDS}`] = answer.text
      if (value === undefined && answer?.text === undefined && (answer === undefined || required.includes(key)))
        return DECLINED
    }
    return { action: 'accept', content }
  } catch {
    return CANCELLED
  }
}

function renderQuestion(
  message: string,
  field: Field,
  { alone, ownWords }: { alone: boolean; ownWords: boolean },
): AgentQuestion {
  const { title, description } = field
  const about = [description, title].find((text) => typeof text === 'string' && text !== '')
  const text = alone || about === undefined ? message || String(about ?? '') : `${message}\n${about}`
  const choices = readChoices(field).map(({ value, label }) => ({ id: value, label }))
  return {
    text: text.trim(),
    choices,
    multiple: field['type'] === 'array',
    allowText: ownWords || choices.length === 0,
  }
}

function readChoices(field: Field): readonly { readonly value: string; readonly label: string }[] {
  if (field['type'] === 'boolean')
    return [
      { value: 'true', label: 'Yes' },
      { value: 'false', label: 'No' },
    ]
  const holder = field['type'] === 'array' ? record(field['items']) : field
  const titled = [holder['oneOf'], holder['anyOf']].find(Array.isArray) as unknown[] | undefined
  if (titled)
    return titled.flatMap((option) => {
      const { const: value, title } = record(option)
      return typeof value === 'string' ? [{ value, label: typeof title === 'string' ? title : value }] : []
    })
  const plain = Array.isArray(holder['enum']) ? holder['enum'].filter((value) => typeof value === 'string') : []
  return plain.map((value) => ({ value, label: value }))
}

/** @returns undefined where the answer does not fit the field */
function readAnswer({ choices, text }: AgentAnswer, field: Field): unknown {
  const known = readChoices(field).map(({ value }) => value)
  const taken = choices.filter((choice) => known.includes(choice))
  switch (field['type']) {
    case 'array':
      return taken.length > 0 ? taken : undefined
    case 'boolean':
      return taken[0] === undefined ? undefined : taken[0] === 'true'
    case 'number':
    case 'integer': {
      const value = Number(text?.trim() || Number.NaN)
      return Number.isFinite(value) && (field['type'] === 'number' || Number.isInteger(value)) ? value : undefined
    }
    default:
      return known.length > 0 ? taken[0] : text
  }
}

function isOwnWords(key: string, fields: readonly (readonly [string, unknown])[]): boolean {
  return key.endsWith(OWN_WORDS) && fields.some(([name]) => `${name}${OWN_WORDS}` === key)
}

function record(value: unknown): Field {
  return isRecord(value) ? value : {}
}
