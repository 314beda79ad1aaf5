/** Foreign text must not drive the terminal, and suggestions must be worth reading. */
import { expect, test } from 'vitest'
import { describe, describeKind, quote } from './quote.ts'

test('quoted text has no control or invisible characters and one line', () => {
  expect(quote('a\u001b[31m\n\u202e"\\\u2028')).toBe('"a\\u{1b}[31m\\u{a}\\u{202e}\\"\\\\\\u{2028}"')
  expect(quote('x'.repeat(100))).toBe(`"${'x'.repeat(60)}…"`)
  expect(quote('😀'.repeat(3), 2)).toBe('"😀😀…"')
})

test('values by what they are', () => {
  expect([undefined, null, 'x', 5, true, [1, 2], {}].map(describe)).toEqual([
    'nothing',
    'null',
    'the string "x"',
    '5',
    'true',
    'a list of 2',
    'an object',
  ])
  expect(describeKind('secret')).toBe('a string')
  expect(describeKind(123)).toBe('a number')
})
