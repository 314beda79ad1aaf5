/** What a person means by an answer: the number of a choice, its label, several of them, or own words. Pure. */
import type { Question } from '@backchannel/protocol'

export interface GivenAnswer {
  /** Ids of the choices taken. */
  readonly choices: readonly string[]
  readonly text?: string
}

type Form = Pick<Question, 'choices' | 'multiple' | 'allowText'>

const SEPARATOR = /\s*[,;&+\n]\s*|\s+(?=\d)/
/** UTF-16 units of own words. */
const MOST_UNITS = 8_000

/** @returns the choices that a text names, by number or label; `undefined` where any part of it names none */
export function readChoices(text: string, { choices, multiple }: Form): readonly string[] | undefined {
  const find = (part: string) => {
    const bare = normal(part)
    const at = /^\d{1,3}[.)]?$/.test(bare) ? Number.parseInt(bare, 10) - 1 : -1
    return (choices[at] ?? choices.find(({ label }) => normal(label) === bare))?.id
  }
  const whole = find(text)
  if (whole !== undefined) return [whole]
  if (!multiple) return undefined
  const parts = text.trim().split(SEPARATOR).map(find)
  return parts.every((part) => part !== undefined) ? [...new Set(parts)] : undefined
}

/** A text that is an answer, whatever it says: choices where it names some, else own words. */
export function readAnswer(text: string, question: Form): GivenAnswer {
  const choices = readChoices(text, question)
  return choices ? { choices } : { choices: [], text: text.trim() }
}

/** Whether the host would take it. */
export function fits({ choices, text }: GivenAnswer, question: Form): boolean {
  const known = choices.every((id) => question.choices.some((choice) => choice.id === id))
  const words = text?.trim() ?? ''
  if (!known || (choices.length > 1 && !question.multiple)) return false
  if (words === '') return choices.length > 0
  return question.allowText && words.length <= MOST_UNITS
}

function normal(text: string): string {
  return text.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase()
}
