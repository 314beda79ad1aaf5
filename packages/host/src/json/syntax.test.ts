/** The locator must agree with `JSON.parse` on every text, and its words must lead to the mistake. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findJsonError } from './syntax.ts'

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('agreement with JSON.parse', () => {
  test('on JSON, and on JSON with one character changed', () => {
    const damaged = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', ',', '}', ']', '"', '\\', '0', '-', '.', 'e', '\n', ' ', 't', ':'),
      )
      .map(([text, at, piece]) => {
        const index = at % (text.length + 1)
        return text.slice(0, index) + piece + text.slice(index + 1)
      })
    fc.assert(
      fc.property(fc.oneof(fc.json(), damaged), (text) => {
        expect(findJsonError(text) === undefined).toBe(parses(text))
      }),
      { numRuns: 3000 },
    )
  })

  test('on any text made of the characters of JSON', () => {
    const letters = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      'a',
      '\\',
      'u',
      '0',
      '1',
      '-',
      '.',
      'e',
      ' ',
      '\n',
    )
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 14 }), (text) => {
        expect(findJsonError(text) === undefined).toBe(parses(text))
      }),
      { numRuns: 5000 },
    )
  })

  test('on nesting that would exhaust a stack', () => {
    expect(findJsonError('['.repeat(500_000) + ']'.repeat(500_000))).toBeUndefined()
    expect(findJsonError('['.repeat(500_000))).toMatchObject({ column: 500_001, got: 'the end of the file' })
  })
})

describe('words', () => {
  const cases: [text: string, expected: ReturnType<typeof findJsonError>][] = [
    ['', { line: 1, column: 1, expected: 'a value', got: 'the end of the file', hint: undefined }],
    [
      '{\n  "a": 1,\n}',
      {
        line: 3,
        column: 1,
        expected: 'a key in double quotes',
        got: '"}"',
        hint: 'JSON takes no comma before "}"; remove it.',
      },
    ],
    [
      '{\r\n  // comment\r\n}',
      { line: 2, column: 3, expected: 'a key or "}"', got: '"/"', hint: 'JSON takes no comments; remove it.' },
    ],
    [
      "{'a': 1}",
      { line: 1, column: 2, expected: 'a key or "}"', got: '"\'"', hint: 'JSON takes straight double quotes only.' },
    ],
    ['{"a": 1 "b": 2}', { line: 1, column: 9, expected: '"," or "}"', got: '"\\""', hint: undefined }],
    ['[1, undefined]', { line: 1, column: 5, expected: 'a value', got: '"undefined"', hint: undefined }],
    ['{"a" 1}', { line: 1, column: 6, expected: '":" after the key', got: '"1"', hint: undefined }],
    [
      '{"a": "x\n"}',
      { line: 1, column: 9, expected: 'the closing quote of the string', got: 'the end of the line', hint: undefined },
    ],
    ['{} {}', { line: 1, column: 4, expected: 'the end of the file', got: '"{"', hint: undefined }],
    ['["😀", x]', { line: 1, column: 7, expected: 'a value', got: '"x"', hint: undefined }],
  ]
  test.each(cases)('%j', (text, expected) => {
    expect(findJsonError(text)).toEqual(expected)
  })

  test('a Windows path', () => {
    expect(findJsonError('"C:\\folder\\x"')?.hint).toContain('written twice')
  })
})
