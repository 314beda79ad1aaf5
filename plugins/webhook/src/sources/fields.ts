/** Reads fields of the sources file, and says of a wrong one: which file, which field, what was expected, what came. */
import { BackchannelError } from '@backchannel/channel'

/** Where a value stands: `sources[0].filter.and[1]`. */
export interface Place {
  readonly file: string
  readonly field: string
}

export type Fields = Readonly<Record<string, unknown>>

export function inside({ file, field }: Place, key: string | number): Place {
  if (typeof key === 'number') return { file, field: `${field}[${key}]` }
  const name = /^[\w-]+$/.test(key) ? key : JSON.stringify(clip(key, 40))
  return { file, field: field === '' ? name : `${field}.${name}` }
}

/** @throws BackchannelError `settings-invalid`, always */
export function refuse({ file, field }: Place, expected: string, got: string): never {
  throw new BackchannelError('settings-invalid', `${file}: ${field || 'the file'}: expected ${expected}, got ${got}.`, {
    hint: 'Correct it and save; the channel reads the file again by itself.',
  })
}

/** The object with its keys checked: a misspelt one would otherwise be a rule that silently does not hold. */
export function readFields(value: unknown, place: Place, known: readonly string[]): Fields {
  const fields = readObject(value, place, `an object with ${known.join(', ')}`)
  for (const key of Object.keys(fields)) {
    if (!known.includes(key))
      refuse(inside(place, key), `one of the keys ${known.join(', ')}`, 'a key that is not known')
  }
  return fields
}

/** Any keys. Without prototype, so that a missing one is never found there. */
export function readObject(value: unknown, place: Place, expected: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(place, expected, describe(value))
  }
  return Object.assign(Object.create(null) as Record<string, unknown>, value)
}

export interface TextRule {
  readonly expected: string
  readonly pattern?: RegExp
  /** In UTF-16 units; default 1. */
  readonly least?: number
  readonly most: number
}

export function readText(value: unknown, place: Place, { expected, pattern, least = 1, most }: TextRule): string {
  if (typeof value !== 'string') return refuse(place, expected, describe(value))
  if (value.length < least || value.length > most) return refuse(place, expected, `${value.length} characters`)
  return pattern === undefined || pattern.test(value) ? value : refuse(place, expected, describe(value))
}

export function readNumber(value: unknown, place: Place, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  return refuse(place, `a whole number from ${least} to ${most}`, describe(value))
}

export function readFlag(value: unknown, place: Place): boolean {
  return typeof value === 'boolean' ? value : refuse(place, 'true or false', describe(value))
}

export function readChoice<const Choice extends string>(
  value: unknown,
  place: Place,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === value)
  return found ?? refuse(place, `one of ${choices.join(', ')}`, describe(value))
}

export function readList(value: unknown, place: Place, least: number, most: number): readonly unknown[] {
  if (!Array.isArray(value)) return refuse(place, `a list of ${least} to ${most} entries`, describe(value))
  if (value.length >= least && value.length <= most) return value
  return refuse(place, `a list of ${least} to ${most} entries`, `${value.length} entries`)
}

/** Short and on one line, for a message; never for a value that may be a secret. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (typeof value === 'string') return `the text ${JSON.stringify(clip(value, 60))}`
  if (typeof value === 'number' || typeof value === 'boolean')
    return `${typeof value === 'number' ? 'the number ' : ''}${value}`
  return Array.isArray(value) ? 'a list' : 'an object'
}

function clip(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text
}
