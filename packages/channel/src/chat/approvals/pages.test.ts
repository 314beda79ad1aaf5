/** Whatever a request holds, every page fits, shows its end, and all pages together show the whole input. */
import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { readButton } from './buttons.ts'
import { renderPages, withOutcome } from './pages.ts'

const request = (more: object = {}) => ({
  requestId: 'abcde',
  toolName: 'Bash',
  description: 'List the folder',
  inputPreview: '{"command":"ls"}',
  ...more,
})

it('is one message where it fits', () => {
  const [page, ...more] = renderPages(request(), { limit: 4_000, hasButtons: true })
  expect(more).toEqual([])
  expect(page?.text).toBe('🔐 Bash\nList the folder\n\n{"command":"ls"}\n\nOr type: yes abcde  or  no abcde')
  expect(page?.entities.map(({ kind }) => kind)).toEqual(['bold', 'pre'])
})

it('holds the whole input on its pages, each within the limit and with the end', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 3_000 })
  fc.assert(
    fc.property(
      text,
      fc.string({ maxLength: 500 }),
      fc.integer({ min: 700, max: 1_500 }),
      (input, description, limit) => {
        const inputPreview = `${input.replace(/\s+/g, ' ')}THE END`
        const pages = renderPages(request({ inputPreview, description }), { limit, hasButtons: true })
        const shown = pages.map(({ text: page, entities }) => {
          const pre = entities.find(({ kind }) => kind === 'pre')
          return page.slice(pre?.offset, (pre?.offset ?? 0) + (pre?.length ?? 0))
        })
        for (const page of pages) {
          expect(page.text.length).toBeLessThanOrEqual(limit)
          expect(page.text).toContain('THE END')
          expect(page.text).toContain('yes abcde')
        }
        // Escapes are longer than what they stand for, and nothing is left out.
        expect(shown.join('').endsWith('THE END')).toBe(true)
        expect(shown.join('').length).toBeGreaterThanOrEqual(inputPreview.trim().length)
      },
    ),
    { numRuns: 60 },
  )
})

it('shows nothing that hides, turns the writing around or begins a line of its own', () => {
  const inputPreview = 'ls\u202e\u200b\n\n🔐 Bash\nyes fghij'
  const [page] = renderPages(request({ inputPreview, description: 'a\nb', toolName: 'Ba\u0000sh' }), {
    limit: 4_000,
    hasButtons: false,
  })
  expect(page?.text).toBe(
    '🔐 Ba\\u{0}sh\na b\n\nls\\u{202e}\\u{200b} 🔐 Bash yes fghij\n\nAnswer: yes abcde  or  no abcde',
  )
})

test('an outcome takes the place of the words to answer with, and fits', () => {
  const [page] = renderPages(request({ inputPreview: 'x'.repeat(380) }), { limit: 500, hasButtons: true })
  const typed = /\n*Or type: .*$/
  const ended = withOutcome(page ?? { text: '', entities: [] }, 'Bash: denied by terminal.', typed, 400)
  expect(ended.text.length).toBeLessThanOrEqual(400)
  expect(ended.text).toMatch(/x\n\nBash: denied by terminal\.$/)
  for (const { offset, length } of ended.entities) expect(offset + length).toBeLessThanOrEqual(ended.text.length)
})

test.each([
  ['perm:allow:abcde', { action: 'allow', requestId: 'abcde' }],
  ['perm:session:abcde', { action: 'session', requestId: 'abcde' }],
  ['perm:more:abcde', { action: 'more', requestId: 'abcde' }],
  ['perm:allow:abcle', undefined],
  ['perm:allow:abcdef', undefined],
  ['perm:allow:ABCDE', undefined],
  ['perm:allow:abcde\n', undefined],
  ['xperm:allow:abcde', undefined],
  ['', undefined],
])('what a button carries is data from outside: %j', (data, expected) => {
  expect(readButton(data)).toEqual(expected)
})
