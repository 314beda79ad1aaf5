/** Verdicts typed into a chat (contract 5): which texts are one, and that only an open id makes it count. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseVerdict } from './verdict.ts'

const always = () => true

describe('a typed verdict', () => {
  it.each<[string, string, 'allow' | 'deny']>([
    ['yes abcde', 'abcde', 'allow'],
    ['y abcde', 'abcde', 'allow'],
    ['no abcde', 'abcde', 'deny'],
    ['n abcde', 'abcde', 'deny'],
    ['Y  ABCDE ', 'abcde', 'allow'],
    ['YES AbCdE', 'abcde', 'allow'],
    ['No\tabcde', 'abcde', 'deny'],
    ['  yes abcde', 'abcde', 'allow'],
    ['\nyes\nabcde\n', 'abcde', 'allow'],
    ['yes\r\nabcde\r\n', 'abcde', 'allow'],
    ['yes\u00a0abcde', 'abcde', 'allow'],
    ['yes\u3000abcde\u2003', 'abcde', 'allow'],
    ['\ufeffno abcde', 'abcde', 'deny'],
    ['yes great', 'great', 'allow'],
    ['n nnnnn', 'nnnnn', 'deny'],
  ])('%j answers %s with %s', (text, requestId, behavior) => {
    expect(parseVerdict(text, always)).toEqual({ requestId, behavior })
  })

  it.each([
    '',
    'yes',
    'abcde',
    'yesabcde',
    'yabcde',
    'yes abcd',
    'yes abcdef',
    'yes abcdl',
    'yes ABCDL',
    'yes abc1e',
    'yes abcde.',
    'yes, abcde',
    'yes "abcde"',
    'yes abcde please',
    'ok yes abcde',
    'yes abcde fghij',
    'yep abcde',
    'ye abcde',
    'nope abcde',
    'yes no abcde',
    'allow abcde',
    'ja abcde',
    'yes\u200babcde',
    'yes abc\u200bde',
    'yes ａｂｃｄｅ',
    'yes abcdé',
    'yes аbcde',
    'yes \u212abcde',
    'ye\u017f abcde',
    'yes\u0000abcde',
    '> yes abcde',
    '/yes abcde',
  ])('%j is none', (text) => {
    expect(parseVerdict(text, always)).toBeUndefined()
  })

  it('counts only for an id that is open; otherwise the text is an ordinary message', () => {
    const open = new Set(['great'])
    expect(parseVerdict('yes great', (id) => open.has(id))).toEqual({ requestId: 'great', behavior: 'allow' })
    expect(parseVerdict('YES GREAT', (id) => open.has(id))).toEqual({ requestId: 'great', behavior: 'allow' })
    expect(parseVerdict('yes there', (id) => open.has(id))).toBeUndefined()
    open.delete('great')
    expect(parseVerdict('yes great', (id) => open.has(id))).toBeUndefined()
  })

  it('asks about the lower-cased id, once, and about nothing where the shape is another', () => {
    const asked: string[] = []
    const isOpen = (id: string) => asked.push(id) > 0
    parseVerdict('No ABCDE', isOpen)
    parseVerdict('no such thing', isOpen)
    parseVerdict('yes abcdl', isOpen)
    expect(asked).toEqual(['abcde'])
  })

  it('agrees with the pattern of the contract on any text', () => {
    const contract = /^\s*(y|yes|n|no)\s+([a-km-z]{5})\s*$/i
    const part = fc.constantFrom(
      'y',
      'yes',
      'n',
      'no',
      'YES',
      ' ',
      '\n',
      '\u00a0',
      '\u200b',
      'abcde',
      'ABCDE',
      'l',
      '.',
      '1',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const text = parts.join('')
        const match = contract.exec(text)
        expect(parseVerdict(text, always)).toEqual(
          match
            ? { requestId: match[2]!.toLowerCase(), behavior: /^y/i.test(match[1]!) ? 'allow' : 'deny' }
            : undefined,
        )
      }),
      { seed: 20_261_122, numRuns: 3000 },
    )
  })

  it('is quick to refuse a long text', () => {
    const started = performance.now()
    for (const text of [
      `yes${' '.repeat(1_000_000)}x`,
      `${' '.repeat(1_000_000)}x`,
      `yes abcde${'\n'.repeat(1_000_000)}x`,
    ]) {
      expect(parseVerdict(text, always)).toBeUndefined()
    }
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
