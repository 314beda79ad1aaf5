/** Tool arguments against their JSON Schema. The validator is loaded at the first call: it costs nothing at start. */
import type { Schema as ValidatorSchema } from '@cfworker/json-schema'
import type { Schema } from './schema.ts'

/** @returns what is wrong, naming the field, or `undefined` for arguments that fit. */
export async function findProblem(schema: Schema, input: unknown): Promise<string | undefined> {
  const { Validator } = await import('@cfworker/json-schema')
  const { valid, errors } = new Validator(schema as ValidatorSchema, '2020-12', true).validate(input)
  if (valid) return undefined
  // Outer units only say that a part failed; the last one says what failed there.
  const { instanceLocation, error } = errors.at(-1) ?? {
    instanceLocation: '#',
    error: 'arguments do not fit the schema',
  }
  const field = instanceLocation.replace(/^#\/?/, '').replaceAll('/', '.')
  return `${field === '' ? 'arguments' : `"${field}"`}: ${error.replace(/^Instance (?=type)/, 'the value’s ').replace(/^Instance/, 'the value')}`
}
