/** Tool arguments against their JSON Schema. The validator is loaded at the first call: it costs nothing at start. */
import type { Schema as ValidatorSchema } from '@cfworker/json-schema'
import type { Schema } from './schema.ts'

/** @returns what is wrong, naming the field, or `undefined` for arguments that fit. */
export async function findProblem(schema: Schema, input: unknown): Promise<string | undefined> {
  const { Validator } = await import('@cfworker/json-schema')
  const { valid, errors } = new Validator(schema as ValidatorSchema, '2020-12', true).validate(input)
  if (valid) return undefined
  // Outer units only say that a part failed; the last one says what failed there.
  const { instanceLocation = '#', error = 'they do not fit the schema' } = errors.at(-1) ?? {}
  const missing = /^Instance does not have required property "(.*)"\.$/.exec(error)
  const field = [...instanceLocation.split('/').slice(1), ...(missing ? [missing[1]] : [])].join('.')
  return `${field === '' ? 'arguments' : `"${field}"`}: ${missing ? 'is missing' : inWords(error)}`
}

/** The validator speaks of "instances"; people and agents know values. */
function inWords(error: string): string {
  const type = /^Instance type "(.+)" is invalid\. Expected "(.+)"\.$/.exec(error)
  return type ? `expected ${type[2]}, got ${type[1]}` : error.replace(/^Instance/, 'the value')
}
