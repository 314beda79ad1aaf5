/** Tool arguments against their JSON Schema. The validator is loaded at the first call: it costs nothing at start. */
import type { Validator, Schema as ValidatorSchema } from '@cfworker/json-schema'
import type { Schema } from './schema.ts'

const validators = new WeakMap<Schema, Validator>()

/** @returns what is wrong, naming the field, or `undefined` for arguments that fit. */
export async function findProblem(schema: Schema, input: unknown): Promise<string | undefined> {
  const { valid, errors } = (await findValidator(schema)).validate(input)
  if (valid) return undefined
  // Outer units only say that a part failed; the last one says what failed there, and may be one of several.
  const last = errors.at(-1)
  const first = errors.find((unit) => unit.keywordLocation === last?.keywordLocation && unit.keyword === last.keyword)
  const { instanceLocation = '#', error = 'they do not fit the schema' } = first ?? {}
  const missing = /^Instance does not have required property "(.*)"\.$/s.exec(error)?.[1]
  const field = [...readPointer(instanceLocation), ...(missing === undefined ? [] : [missing])].join('.')
  const problem = missing === undefined ? inWords(error) : 'is missing'
  return `${field === '' ? 'arguments' : `"${clip(field)}"`}: ${clip(problem)}`
}

async function findValidator(schema: Schema): Promise<Validator> {
  const known = validators.get(schema)
  if (known) return known
  const { Validator } = await import('@cfworker/json-schema')
  const validator = new Validator(schema as ValidatorSchema, '2020-12', true)
  validators.set(schema, validator)
  return validator
}

/** The names on the way down, as a person would write them. */
function readPointer(pointer: string): string[] {
  const parts = pointer.split('/').slice(1)
  return parts.map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The validator speaks of "instances"; people and agents know values. */
function inWords(error: string): string {
  const type = /^Instance type "(.+)" is invalid\. Expected "(.+)"\.$/.exec(error)
  if (type) return `expected ${type[2]?.replaceAll('", "', ' or ')}, got ${type[1]}`
  const choices = /^Instance does not match any of (\[.*\])\.$/s.exec(error)
  if (choices) return `expected one of ${choices[1]}`
  if (error === 'False boolean schema.') return 'is not known here'
  return error.replace(/^Instance/, 'the value')
}

/** Names and values come from the agent; the error must stay short for it, too. */
function clip(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
