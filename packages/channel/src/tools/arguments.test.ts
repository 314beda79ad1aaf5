/** Which arguments a schema lets through, and that the refusal names the field. */
import { expect, it } from 'vitest'
import { findProblem } from './arguments.ts'
import type { Schema } from './schema.ts'

const SCHEMA: Schema = {
  type: 'object',
  properties: {
    chat_id: { type: 'string', minLength: 1 },
    count: { type: 'integer', minimum: 1 },
    mood: { enum: ['good', 'bad'] },
    files: { type: 'array', items: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] } },
    place: { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false },
    'a/b ~ü': { type: 'boolean' },
    id: { type: 'string', pattern: '^m[0-9]+$' },
  },
  required: ['chat_id'],
}

it.each([
  [{ chat_id: '1' }],
  [{ chat_id: '1', count: 2, mood: 'bad', files: [{ path: 'a' }], place: {}, 'a/b ~ü': true, id: 'm1' }],
  [{ chat_id: '1', other: 'keys pass unless the schema says otherwise' }],
])('takes %j', async (input) => {
  expect(await findProblem(SCHEMA, input)).toBeUndefined()
})

it.each([
  [{}, '"chat_id": is missing'],
  [{ chat_id: 7 }, '"chat_id": expected string, got number'],
  [{ chat_id: null }, '"chat_id": expected string, got null'],
  [{ chat_id: '' }, '"chat_id": String is too short (0 < 1).'],
  [{ chat_id: '1', count: 1.5 }, '"count": expected integer, got number'],
  [{ chat_id: '1', count: 0 }, '"count": 0 is less than 1.'],
  [{ chat_id: '1', mood: 'odd' }, '"mood": expected one of ["good","bad"]'],
  [{ chat_id: '1', files: 'a' }, '"files": expected array, got string'],
  [{ chat_id: '1', files: [{ path: 'a' }, {}] }, '"files.1.path": is missing'],
  [{ chat_id: '1', files: [{ path: 1 }] }, '"files.0.path": expected string, got number'],
  [{ chat_id: '1', place: { town: 'x' } }, '"place.town": is not known here'],
  [{ chat_id: '1', 'a/b ~ü': 'yes' }, '"a/b ~ü": expected boolean, got string'],
  [{ chat_id: '1', id: 'x' }, '"id": String does not match pattern.'],
  [[], 'arguments: expected object, got array'],
  ['text', 'arguments: expected object, got string'],
  [null, 'arguments: expected object, got null'],
])('refuses %j: %s', async (input, problem) => {
  expect(await findProblem(SCHEMA, input)).toBe(problem)
})

it('names the first of several that are missing', async () => {
  expect(await findProblem({ type: 'object', required: ['a', 'b'] }, {})).toBe('"a": is missing')
})

it('keeps the refusal short whatever came', async () => {
  const schema: Schema = { type: 'object', additionalProperties: false }
  const problem = await findProblem(schema, { ['x'.repeat(10_000)]: 1 })
  expect(problem).toBe(`"${'x'.repeat(300)}…": is not known here`)
})

it('survives arguments that nest deeper than any schema', async () => {
  const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`)
  expect(await findProblem({ type: 'object' }, deep)).toBeUndefined()
})

it('takes names that every object has as names', async () => {
  const schema = { type: 'object', properties: { constructor: { type: 'string' } } } as unknown as Schema
  expect(await findProblem(schema, JSON.parse('{"__proto__": {"a": 1}, "constructor": 1}'))).toBe(
    '"constructor": expected string, got number',
  )
})
