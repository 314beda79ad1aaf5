/** The type that `run` gets for a schema. The compiler does the checking: `npm run check` fails where a type is wrong. */
import { expect, expectTypeOf, it } from 'vitest'
import { defineTool, type Tool } from '../define.ts'
import type { Value } from './schema.ts'

it('gives `run` the arguments of its schema', () => {
  const tool = defineTool({
    name: 'all',
    description: 'Has one argument of every kind.',
    input: {
      type: 'object',
      properties: {
        text: { type: 'string', minLength: 1 },
        count: { type: 'integer' },
        ratio: { type: 'number' },
        loud: { type: 'boolean' },
        mood: { enum: ['good', 'bad'] },
        level: { type: 'integer', enum: [1, 2] },
        files: { type: 'array', items: { type: 'string' } },
        places: {
          type: 'array',
          items: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
        anything: { description: 'Whatever.' },
        free: { type: 'object' },
      },
      required: ['text', 'mood', 'files', 'places'],
    },
    run(input, { signal }) {
      expectTypeOf(input.text).toEqualTypeOf<string>()
      expectTypeOf(input.count).toEqualTypeOf<number | undefined>()
      expectTypeOf(input.ratio).toEqualTypeOf<number | undefined>()
      expectTypeOf(input.loud).toEqualTypeOf<boolean | undefined>()
      expectTypeOf(input.mood).toEqualTypeOf<'good' | 'bad'>()
      expectTypeOf(input.level).toEqualTypeOf<1 | 2 | undefined>()
      expectTypeOf(input.files).toEqualTypeOf<readonly string[]>()
      expectTypeOf(input.places[0]?.city).toEqualTypeOf<string | undefined>()
      expectTypeOf(input.anything).toEqualTypeOf<unknown>()
      expectTypeOf(input.free).toEqualTypeOf<object | undefined>()
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      // @ts-expect-error The schema has no such argument.
      void input.other
      return input.text
    },
  })
  expectTypeOf(tool).toEqualTypeOf<Tool>()
  expect(tool.name).toBe('all')
})

it('refuses a tool that returns something other than text', () => {
  defineTool({
    name: 'wrong',
    description: 'Returns a number.',
    input: { type: 'object' },
    // @ts-expect-error The agent takes text.
    run: () => 7,
  })
})

it('refuses a schema whose type is no type', () => {
  // @ts-expect-error There is no such type.
  defineTool({ name: 'wrong', description: '', input: { type: 'object', properties: { a: { type: 'text' } } }, run })
  function run(): string {
    return ''
  }
})

it('refuses a schema that is no object: MCP has named arguments only', () => {
  // @ts-expect-error Arguments are an object.
  defineTool({ name: 'wrong', description: '', input: { type: 'string' }, run: () => '' })
})

it('stands for every part of a schema', () => {
  expectTypeOf<Value<{ type: 'string' }>>().toEqualTypeOf<string>()
  expectTypeOf<Value<{ type: 'array' }>>().toEqualTypeOf<readonly unknown[]>()
  expectTypeOf<Value<{ type: 'object'; properties: { a: { type: 'string' } }; required: ['a'] }>>().toExtend<{
    a: string
  }>()
  expectTypeOf<Value<Record<never, never>>>().toEqualTypeOf<unknown>()
})
