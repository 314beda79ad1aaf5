/** Whatever comes in, nothing that drives a terminal or hides comes out; ordinary text stays as it is. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sanitizeLine, sanitizeText } from './sanitize.ts'
import { textWidth } from './width.ts'

const FORBIDDEN =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff]/
const TAGS = /[\u{e0000}-\u{e007f}]|[\u{e0100}-\u{e01ef}]/u

const fragments = [
  '\u001b[31m',
  '\u001b[2J',
  '\u001b]0;title\u0007',
  '\u001b]8;;http://x\u001b\\',
  '\u001bP',
  '\u009b1A',
  '\u009d',
  '\u001b',
  '\u202e',
  '\u2066',
  '\u200d',
  '\ufe0f',
  '\u200b',
  '\ud83d',
  '\udc00',
  '\r',
  '\n',
  '\t',
  '\u0000',
  'text ',
  '👩‍👩‍👧',
  'é',
  '漢字',
  '\u{e0041}',
  '[31m',
  ']0;',
]
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })))
  .map((parts) => parts.join(''))

describe('sanitizeText', () => {
  test('lets no control character, bidi override or tag through, and stays well formed', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const clean = sanitizeText(text)
        expect(clean).not.toMatch(FORBIDDEN)
        expect(clean).not.toMatch(TAGS)
        expect(clean.isWellFormed()).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  test('is the same when applied twice', () => {
    fc.assert(fc.property(hostile, (text) => sanitizeText(sanitizeText(text)) === sanitizeText(text)))
  })

  test.each([
    ['a plain line', 'a plain line'],
    ['Grüße, 世界, مرحبا, नमस्ते', 'Grüße, 世界, مرحبا, नमस्ते'],
    ['family 👩‍👩‍👧, heart ❤️, thumbs 👍🏽', 'family 👩‍👩‍👧, heart ❤️, thumbs 👍🏽'],
    ['می‌خواهم', 'می‌خواهم'],
    ['\u001b[1;31mred\u001b[0m', 'red'],
    ['\u001b]0;owned\u0007title', 'title'],
    ['\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u009b31mred', 'red'],
    ['open \u001b]0;no end', 'open 0;no end'],
    ['abc\u202egpj.exe', 'abcgpj.exe'],
    ['pay\u200bpal', 'paypal'],
    ['a\u200db', 'ab'],
    ['x\u{e0048}\u{e0049}', 'x'],
    ['\u0007bell', '\ufffdbell'],
    ['one\r\ntwo\rthree\u2028four', 'one\ntwo\nthree\nfour'],
    ['a\tb', 'a    b'],
    ['\ud800', '\ufffd'],
  ])('%j becomes %j', (text, clean) => {
    expect(sanitizeText(text)).toBe(clean)
  })

  test('cuts towers of marks', () => {
    expect(sanitizeText(`z${'\u0300'.repeat(100)}`)).toBe(`z${'\u0300'.repeat(8)}`)
  })

  test('takes time linear in the text', () => {
    const nasty = ['\u001b]', '\u001b[0;', '\u001bP', '\u009d0', '\u001b ', '\u009b;', ' \n', 'z\u0300'].map((part) =>
      part.repeat(200_000),
    )
    const start = performance.now()
    for (const text of nasty) sanitizeText(text)
    expect(performance.now() - start).toBeLessThan(5_000)
  })
})

describe('sanitizeLine', () => {
  test('is one line no wider than asked for', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 120 }), (text, columns) => {
        const line = sanitizeLine(text, columns)
        expect(line).not.toContain('\n')
        expect(line).not.toMatch(FORBIDDEN)
        expect(textWidth(line)).toBeLessThanOrEqual(columns)
      }),
      { numRuns: 2_000 },
    )
  })

  test('marks newlines inside, leaves those at the ends out', () => {
    expect(sanitizeLine('\nfirst \n  second\r\n\r\nthird\n', 80)).toBe('first ⏎ second ⏎ third')
  })

  test('says when it cut, even where the rest is invisible', () => {
    expect(sanitizeLine('abcdefgh', 5)).toBe('abcd…')
    expect(sanitizeLine('漢字漢字', 5)).toBe('漢字…')
    expect(sanitizeLine(`ab${'\u200b'.repeat(10_000)}cd`, 10)).toBe('ab…')
  })

  test('costs no more for a megabyte than for a line', () => {
    const text = 'x\u0301'.repeat(1_000_000)
    const start = performance.now()
    for (let run = 0; run < 100; run++) sanitizeLine(text, 80)
    expect(performance.now() - start).toBeLessThan(1_000)
  })
})
