/** The buttons of a question, and what they carry: a key that no other message ever had, and the number of a choice. */
import type { OpenQuestion } from '../../relay/open-requests.ts'
import { showOnOneLine } from '../../relay/show.ts'
import type { Button } from '../platform/connection.ts'

export interface PressedChoice {
  readonly key: string
  /** From 0; `done` sends what is taken. */
  readonly choice: number | 'done'
}

const DATA = /^ask:([0-9a-f]{12}):(\d{1,2}|done)$/
/** More of them are no menu: they are answered with a number. */
export const MOST_BUTTONS = 20
const LABEL_CHARACTERS = 40

/** What comes back is data from outside. */
export function readQuestionButton(data: string): PressedChoice | undefined {
  const [, key, choice] = DATA.exec(data) ?? []
  if (key === undefined || choice === undefined) return undefined
  return { key, choice: choice === 'done' ? 'done' : Number(choice) }
}

/** One row a choice, since labels are words; under several that may be taken, what is taken has a mark, and one sends it. */
export function questionButtons(
  { choices, multiple }: Pick<OpenQuestion, 'choices' | 'multiple'>,
  key: string,
  taken: ReadonlySet<number>,
): readonly (readonly Button[])[] {
  const mark = (at: number) => (multiple ? (taken.has(at) ? '☑ ' : '☐ ') : '')
  const rows = choices.map(({ label }, at) => [
    { label: `${mark(at)}${at + 1}. ${cut(showOnOneLine(label))}`, data: `ask:${key}:${at}` },
  ])
  return multiple ? [...rows, [{ label: `Done (${taken.size})`, data: `ask:${key}:done` }]] : rows
}

function cut(label: string): string {
  const characters = [...label]
  return characters.length <= LABEL_CHARACTERS ? label : `${characters.slice(0, LABEL_CHARACTERS - 1).join('')}…`
}
