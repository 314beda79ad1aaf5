/** What a plugin asks its user for (`userConfig` of its manifest), and whether an answer is of that kind. */
import { BackchannelError } from '@backchannel/protocol'
import type { JsonField } from '../../json/field.ts'
import { describeKind } from '../../text/quote.ts'

export type OptionType = 'string' | 'number' | 'boolean' | 'directory' | 'file'
const TYPES: readonly OptionType[] = ['string', 'number', 'boolean', 'directory', 'file']
const KEYS = ['type', 'title', 'description', 'required', 'default', 'multiple', 'sensitive', 'min', 'max', 'options']

export interface UserOption {
  /** As in `${user_config.KEY}`. */
  readonly key: string
  readonly type: OptionType
  readonly title: string
  readonly description: string
  /** Default false: then it may stay unset. */
  readonly required: boolean
  /** Never shown, never taken as an argument. Default false. */
  readonly sensitive: boolean
  readonly fallback: string | undefined
  /** Of a number. */
  readonly min: number | undefined
  readonly max: number | undefined
  /** The only answers it takes; empty for any. */
  readonly choices: readonly string[]
}

/** Answers by key, as text. */
export type OptionValues = ReadonlyMap<string, string>

/** A key becomes part of a variable's name. Claude Code takes no unknown members here, and neither do we. */
export function parseUserConfig(field: JsonField): readonly UserOption[] {
  if (!field.present) return []
  return Object.keys(field.record('an object of options by key')).map((key) => parseOption(key, field.member(key)))
}

/** @returns the value as text, as it is put into a command line. @throws BackchannelError `plugin-option-invalid` */
export function checkValue(option: UserOption, value: string): string {
  const expected = expectation(option, value)
  if (expected === undefined) return value
  throw new BackchannelError('plugin-option-invalid', `${option.key} (${option.title}) must be ${expected}.`, {
    hint: option.description,
  })
}

/** Those that must be answered before the plugin can run, and are not. */
export function missingOptions(options: readonly UserOption[], values: OptionValues): readonly UserOption[] {
  return options.filter(({ key, required, fallback }) => required && (values.get(key) ?? fallback ?? '') === '')
}

/** What it has to be, where it is not. */
function expectation({ type, required, min, max, choices }: UserOption, value: string): string | undefined {
  if (value.includes('\0')) return 'free of NUL characters'
  if (value === '') return required ? 'set' : undefined
  if (choices.length > 0 && !choices.includes(value)) return `one of ${choices.join(', ')}`
  if (type === 'boolean') return /^(true|false)$/.test(value) ? undefined : 'true or false'
  if (type !== 'number') return undefined
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number)) return 'a number'
  if (min !== undefined && number < min) return `a number of at least ${min}`
  return max !== undefined && number > max ? `a number of at most ${max}` : undefined
}

function parseOption(key: string, field: JsonField): UserOption {
  if (!/^[A-Za-z_]\w{0,63}$/.test(key)) throw field.refuse('named with letters, digits and "_", no digit first')
  for (const name of Object.keys(field.record('an object with "type", "title" and "description"')))
    if (!KEYS.includes(name)) throw field.member(name).refuse(`absent: an option has ${KEYS.join(', ')}`, 'it')
  const option: UserOption = {
    key,
    type: field.member('type').oneOf(TYPES),
    title: field.member('title').string(),
    description: field.member('description').string(),
    required: flag(field.member('required')),
    sensitive: flag(field.member('sensitive')),
    fallback: parseFallback(field.member('default')),
    min: bound(field.member('min')),
    max: bound(field.member('max')),
    choices: parseChoices(field.member('options')),
  }
  const wrong = option.fallback === undefined ? undefined : expectation({ ...option, required: false }, option.fallback)
  if (wrong !== undefined) throw field.member('default').refuse(wrong)
  return option
}

/** Several values are joined as a list with commas, which is how they reach a variable. */
function parseFallback(field: JsonField): string | undefined {
  if (!field.present) return undefined
  if (Array.isArray(field.value))
    return field
      .items()
      .map((item) => item.string())
      .join(',')
  if (!['string', 'number', 'boolean'].includes(typeof field.value))
    throw field.refuse('a text, a number, true or false', describeKind(field.value))
  return String(field.value)
}

function parseChoices(field: JsonField): readonly string[] {
  if (!field.present) return []
  return field.items('a list of answers').map((item) => {
    const value = typeof item.value === 'object' ? item.member('value') : item
    return value.string('a text')
  })
}

function flag(field: JsonField): boolean {
  return field.present && field.boolean()
}

function bound(field: JsonField): number | undefined {
  if (!field.present) return undefined
  if (typeof field.value !== 'number') throw field.refuse('a number')
  return field.value
}
