/** Shows that patterns mean what regular expressions mean, on every text, and take no more time than the text is long. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPattern, LOOKED_AT } from './pattern.ts'

const atom = fc.constantFrom(
  'a',
  'b',
  'c',
  '.',
  '\\d',
  '\\w',
  '\\s',
  '\\S',
  '\\W',
  '[ab]',
  '[^a]',
  '[a-c]',
  '[a-]',
  '[\\d_]',
  '\\.',
  'ä',
  '😀',
)
const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,}', '{0,2}', '*?', '+?', '??')
const { pattern } = fc.letrec<{ pattern: string; sequence: string; single: string }>((tie) => ({
  single: fc.oneof(
    { maxDepth: 3 },
    atom,
    tie('pattern').map((inner) => `(${inner})`),
    tie('pattern').map((inner) => `(?:${inner})`),
    // In a group, since neither engine repeats it alone.
    fc.constantFrom('(\\b)', '(?:\\B)'),
  ),
  sequence: fc
    .array(
      fc.tuple(tie('single'), quantifier).map(([one, times]) => `${one}${times}`),
      { maxLength: 4 },
    )
    .map((parts) => parts.join('')),
  pattern: fc
    .tuple(fc.constantFrom('', '', '^'), tie('sequence'), fc.constantFrom('', '', '$'), fc.option(tie('sequence')))
    .map(([start, first, end, second]) => `${start}${first}${end}${second === null ? '' : `|${second}`}`),
}))
const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', 'd', '1', '_', ' ', '.', 'ä', '😀', '\n'),
  maxLength: 12,
})

/** The engine of Node finds `\B` between the halves of one character, where by its own rules it must not look. */
const looksInside = (source: string, value: string) => source.includes('\\B') && value.includes('😀')

/** Repetitions in repetitions, with which the engine of Node takes minutes. */
const stallsOthers = (source: string) => (source.match(/[*+?}]/g)?.length ?? 0) > 6

describe('createPattern', () => {
  it('agrees with JavaScript', () => {
    fc.assert(
      fc.property(pattern, text, (source, value) => {
        fc.pre(source.length <= 200 && !looksInside(source, value) && !stallsOthers(source))
        expect(createPattern(source).test(value)).toBe(new RegExp(source, 'u').test(value))
      }),
      { numRuns: 3000 },
    )
  })

  it('agrees with JavaScript where case makes no difference', () => {
    fc.assert(
      fc.property(pattern, text, fc.boolean(), (source, value, upper) => {
        fc.pre(source.length <= 200 && !looksInside(source, value) && !stallsOthers(source))
        const typed = upper ? value.toUpperCase() : value
        const compiled = createPattern(source, { ignoreCase: true })
        expect(compiled.test(typed)).toBe(new RegExp(source, 'iu').test(typed))
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['^refs/heads/(main|release-[0-9.]+)$', 'refs/heads/release-1.2', true],
    ['^refs/heads/(main|release-[0-9.]+)$', 'refs/heads/maint', false],
    ['fail(ed|ure)', 'the build failed', true],
    ['^\\[bot\\]', '[bot] bump', true],
    ['^$', '', true],
    ['', 'anything', true],
    ['a\\tb', 'a\tb', true],
    ['^(a|b)?c{2,3}$', 'bccc', true],
    ['^hey claude\\b', 'hey claude, hello', true],
    ['^hey claude\\b', 'hey claudette', false],
  ])('%s on %s', (source, value, expected) => {
    expect(createPattern(source).test(value)).toBe(expected)
  })

  it.each(['(a+)+$', '(a|a)*b', '(.*)*x', '(a?){50}a{50}', '([a-z]+)*[0-9]', '(x+x+)+y', '^(\\w+\\s?)*$'])(
    'takes no longer for a text that stalls others: %s',
    (source) => {
      const compiled = createPattern(source)
      const before = performance.now()
      for (let count = 0; count < 3; count += 1) compiled.test(`${'a'.repeat(LOOKED_AT * 2)}!`)
      expect(performance.now() - before).toBeLessThan(3000)
    },
  )

  it('looks at the start of a long text only', () => {
    expect(createPattern('x').test(`${'a'.repeat(LOOKED_AT)}x`)).toBe(false)
    expect(createPattern('x').test(`${'a'.repeat(LOOKED_AT - 1)}x`)).toBe(true)
  })

  it.each([
    ['(', 'a "(" has no ")"'],
    [')', 'a ")" has no "("'],
    ['[a', 'a "[" has no "]"'],
    ['[', 'a "[" has no "]"'],
    ['*a', 'there is nothing before "*" to repeat'],
    ['a**', 'two repetitions follow one another'],
    ['a*??', 'two repetitions follow one another'],
    ['\\b+', "can't be repeated"],
    ['^*', "can't be repeated"],
    ['a{', 'write "\\{" for a brace'],
    ['a{3,1}', 'the wrong way round'],
    ['a{1000}', 'write "\\{"'],
    ['a{101}', 'more than 100 times'],
    ['\\', 'it ends in "\\"'],
    ['\\1', '"\\1" is not known'],
    ['\\p', '"\\p" is not known'],
    ['[\\b]', '"\\b" is not known'],
    ['(?=a)', 'is taken only as "(?:"'],
    ['(?<n>a)', 'is taken only as "(?:"'],
    ['[z-a]', 'has no order'],
    ['[\\D]', 'not taken inside'],
    ['a'.repeat(201), '200 are the most'],
    [`${'('.repeat(30)}a${')'.repeat(30)}`, 'nested deeper'],
    ['((((a{100}){100}){100}){100})', 'too large'],
  ])('refuses %s', (source, problem) => {
    expect(() => createPattern(source)).toThrow(problem)
  })

  it('never fails in another way', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab01.*+?{}[]()|^$\\-,dDwWsS:=<'.split('')), maxLength: 20 }),
        text,
        (source, value) => {
          try {
            createPattern(source).test(value)
          } catch (thrown) {
            expect((thrown as Error).constructor.name).toBe('PatternError')
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})
