/** Patterns of commands: word by word, quotes as in a shell, and nothing that joins commands. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesCommand, parseCommandPattern } from './command-pattern.ts'

function matches(pattern: string, words: readonly string[], byProgram = false): boolean {
  const parsed = parseCommandPattern(pattern)
  if (typeof parsed === 'string') throw new Error(parsed)
  return matchesCommand(parsed, words, { byProgram })
}

test.each<[string, string, boolean]>([
  ['git status', 'git status', true],
  ['git  status', 'git status', true],
  ['git status', 'git status -s', false],
  ['git status', 'git', false],
  ['npm run *', 'npm run build', true],
  ['npm run *', 'npm run build --watch', true],
  ['npm run *', 'npm run', true],
  ['npm run *', 'npm runx', false],
  ['npm run *', 'npm --prefix x run y', false],
  ['npm run:*', 'npm run', true],
  ['npm run:*', 'npm run x y', true],
  ['npm run:*', 'npm runner', false],
  ['npm run test*', 'npm run test:unit', true],
  ['npm run test*', 'npm run tests --watch', false],
  ['git * main', 'git push origin main', true],
  ['git * main', 'git main', true],
  ['git * main', 'git push main x', false],
  ['* --version', 'node --version', true],
  ['ls*', 'lsof', true],
  ['a*b*c', 'aXbYc', true],
  ['a*b*c', 'abcb', false],
  ['a*a', 'a', false],
  ['*', 'anything at all', true],
])('%j and %j: %s', (pattern, line, expected) => {
  expect(matches(pattern, line.split(' '))).toBe(expected)
})

test('quotes hold words together and take wildcards literally', () => {
  expect(matches('git commit -m "a b"', ['git', 'commit', '-m', 'a b'])).toBe(true)
  expect(matches('git commit -m "a b"', ['git', 'commit', '-m', 'a', 'b'])).toBe(false)
  expect(matches("rm '*'", ['rm', '*'])).toBe(true)
  expect(matches("rm '*'", ['rm', 'x'])).toBe(false)
  expect(matches('rm \\*', ['rm', 'x'])).toBe(false)
  expect(matches('x ""', ['x', ''])).toBe(true)
})

test('a rule that denies knows a program by its name, wherever it lies', () => {
  for (const program of ['/bin/rm', 'RM', './rm', 'C:\\tools\\rm.exe']) {
    expect(matches('rm *', [program, '-rf'], true)).toBe(true)
    expect(matches('rm *', [program, '-rf'])).toBe(false)
  }
  expect(matches('rm *', ['ls', 'rm'], true)).toBe(false)
})

test.each([
  'a; b',
  'a | b',
  'a && b',
  'a & b',
  'a > b',
  'a < b',
  'a `b`',
  'a $(b)',
  '(a)',
  '"a',
  "a 'b",
  '',
  ' ',
  'a\nb',
])('no pattern: %j', (text) => {
  expect(parseCommandPattern(text)).toBeTypeOf('string')
})

test('a pattern without a wildcard matches its own words only; with a last one, everything that starts so', () => {
  const word = fc.stringMatching(/^[a-z./-]{1,6}$/)
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), fc.array(word, { maxLength: 5 }), (words, more) => {
      const text = words.join(' ')
      expect(matches(text, words)).toBe(true)
      expect(matches(text, [...words, ...more])).toBe(more.length === 0)
      expect(matches(`${text} *`, [...words, ...more])).toBe(true)
      expect(matches(`${text}:*`, [...words, ...more])).toBe(true)
      expect(matches(`${text} *`, more)).toBe(words.every((one, at) => more[at] === one))
    }),
  )
})

test('time is linear, whatever the pattern', () => {
  const startedAt = performance.now()
  matches(
    '* '.repeat(200),
    Array.from({ length: 5_000 }, () => 'a'),
  )
  matches(`${'a*'.repeat(300)}b`, ['a'.repeat(50_000)])
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})
