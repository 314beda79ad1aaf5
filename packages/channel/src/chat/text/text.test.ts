/** Markdown as text with spans, and whatever it is, pieces that are whole, within the limit, and lose nothing that is seen. */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { RichText } from '../platform/rich-text.ts'
import { splitRichText } from './chunk.ts'
import { renderPieces } from './forms.ts'
import { renderMarkdown } from './markdown.ts'
import { writeMarkdown } from './write-markdown.ts'

/** Spans with their words, which says more than numbers. */
function spansOf({ text, entities }: RichText): string[] {
  return entities.map(({ kind, offset, length, url, language }) =>
    [kind, text.slice(offset, offset + length), url ?? language].filter((part) => part !== undefined).join(': '),
  )
}

describe('an agent writes', () => {
  test.each([
    ['**bold** and _italic_', 'bold and italic', ['bold: bold', 'italic: italic']],
    ['# Title\n\ntext', 'Title\n\ntext', ['bold: Title']],
    ['**a `code` b**', 'a code b', ['bold: a ', 'code: code', 'bold:  b']],
    ['```ts\nlet a = 1\n```', 'let a = 1', ['pre: let a = 1: ts']],
    ['- one\n- two\n  - deep\n\n1. first\n2. second', '• one\n• two\n  • deep\n\n1. first\n2. second', []],
    ['- [x] done\n- [ ] open', '☑ done\n☐ open', []],
    ['> a quote\n> in two lines', 'a quote\nin two lines', ['blockquote: a quote\nin two lines']],
    ['[words](https://a.example/x_y)', 'words', ['link: words: https://a.example/x_y']],
    ['[words](javascript:alert(1))', '[words](javascript:alert(1))', []],
    ['<b>html</b>', '<b>html</b>', []],
    ['a < b && c', 'a < b && c', []],
    ['~~gone~~ 👍🏽 **👨‍👩‍👧**', 'gone 👍🏽 👨‍👩‍👧', ['strikethrough: gone', 'bold: 👨‍👩‍👧']],
    ['| a | b |\n|---|--:|\n| x | 1 |', 'a | b\n--|--\nx | 1', ['pre: a | b\n--|--\nx | 1']],
    ['line\nline', 'line\nline', []],
  ])('%j', (markdown, text, spans) => {
    const rich = renderMarkdown(markdown)
    expect(rich.text).toBe(text)
    expect(spansOf(rich)).toEqual(spans)
  })

  it('what would cost too much is shown as it is', () => {
    const deep = '>'.repeat(5_000)
    expect(renderMarkdown(deep)).toEqual({ text: deep, entities: [] })
  })
})

const markdownParts = fc.constantFrom(
  '**bold** ',
  '_it_ ',
  '`code` ',
  '```ts\nlet a = 1\n```\n\n',
  '> quote\n\n',
  '- item\n',
  '[l](https://a.example) ',
  'words and words ',
  '👨‍👩‍👧',
  '🇩🇪🇫🇷',
  'e\u0301',
  '\n\n',
  '\n',
  '~~x~~',
  '# head\n',
  '| a | b |\n|---|---|\n| x | y |\n\n',
  '- a\n  - b\n\n    ```\n    x\n    ```\n\n',
  '1. a\n   ```\n   y\n   ```\n   more\n\n',
  'snake_case *not* 2*3 <b> | # > - + \\* [x](y) ',
)
const markdown = fc.oneof(
  { weight: 3, arbitrary: fc.array(markdownParts, { maxLength: 60 }).map((parts) => parts.join('')) },
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
)
const seen = (text: string) => text.replace(/\s+/g, '')

function assertValid({ text, entities }: RichText): void {
  let last = { offset: 0, length: Number.POSITIVE_INFINITY }
  const open: { readonly end: number; readonly kind: string }[] = []
  for (const { kind, offset, length } of entities) {
    const end = offset + length
    expect(length).toBeGreaterThan(0)
    expect(end).toBeLessThanOrEqual(text.length)
    for (const at of [offset, end]) expect(text.slice(at - 1, at + 1)).not.toMatch(/^[\uD800-\uDBFF][\uDC00-\uDFFF]$/)
    expect(offset > last.offset || (offset === last.offset && length <= last.length)).toBe(true)
    while (open.length > 0 && (open.at(-1)?.end ?? 0) <= offset) open.pop()
    if (open.length > 0) expect(end).toBeLessThanOrEqual(open.at(-1)?.end ?? 0)
    if (kind === 'code' || kind === 'pre') expect(open.every((one) => one.kind === 'blockquote')).toBe(true)
    expect(open.some((one) => one.kind === 'code' || one.kind === 'pre')).toBe(false)
    open.push({ end, kind })
    last = { offset, length }
  }
}

describe('whatever it is', () => {
  it('spans are valid', () => {
    fc.assert(fc.property(markdown, (text) => assertValid(renderMarkdown(text))))
  })

  it('pieces are within the limit, valid, and hold all that is seen', () => {
    fc.assert(
      fc.property(
        markdown,
        fc.integer({ min: 8, max: 120 }),
        fc.constantFrom('length', 'newline'),
        (text, limit, mode) => {
          const rich = renderMarkdown(text)
          const pieces = splitRichText(rich, { limit, mode: mode as 'length' | 'newline' })
          expect(seen(pieces.map((piece) => piece.text).join(''))).toBe(seen(rich.text))
          for (const piece of pieces) {
            expect(piece.text.length).toBeLessThanOrEqual(limit)
            expect(piece.text.trim()).not.toBe('')
            assertValid(piece)
          }
        },
      ),
    )
  })

  it('no piece ends within a character', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('🇩🇪', '👨‍👩‍👧', 'e\u0301', '👍🏽', 'a', ' '), { maxLength: 60 }),
        (parts) => {
          const pieces = splitRichText({ text: parts.join(''), entities: [] }, { limit: 11, mode: 'length' })
          const segments = (text: string) => [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
          expect(pieces.flatMap(({ text }) => segments(text)).filter((one) => one !== ' ')).toEqual(
            segments(parts.join('')).filter((one) => one !== ' '),
          )
        },
      ),
    )
  })

  it('as Markdown again it is within the limit and reads the same', () => {
    fc.assert(
      fc.property(fc.array(markdownParts, { maxLength: 40 }), fc.integer({ min: 60, max: 200 }), (parts, limit) => {
        const rich = renderMarkdown(parts.join(''))
        const measure = (piece: RichText) => writeMarkdown(piece).length
        for (const piece of splitRichText(rich, { limit, mode: 'newline', measure })) {
          const written = writeMarkdown(piece)
          expect(written.length).toBeLessThanOrEqual(limit)
          expect(seen(renderMarkdown(written).text)).toBe(seen(piece.text))
        }
      }),
    )
  })
})

describe('a cut', () => {
  it('prefers a paragraph, then a line, then a space', () => {
    const cut = (text: string) =>
      splitRichText({ text, entities: [] }, { limit: 20, mode: 'newline' }).map((piece) => piece.text)
    expect(cut('first paragraph\n\nsecond paragraph')).toEqual(['first paragraph', 'second paragraph'])
    expect(cut('a first long line\nsecond line')).toEqual(['a first long line', 'second line'])
    expect(cut('words that go on and on')).toEqual(['words that go on and', 'on'])
  })

  it('in a code block makes two of them', () => {
    const code = Array.from({ length: 30 }, (_, at) => `line ${at}`).join('\n')
    const pieces = renderPieces(`before\n\n\`\`\`sh\n${code}\n\`\`\`\n\nafter`, {
      form: 'entities',
      limit: 100,
      mode: 'newline',
    })
    expect(pieces.length).toBeGreaterThan(2)
    for (const piece of pieces)
      expect(piece.entities).toEqual([expect.objectContaining({ kind: 'pre', language: 'sh' })])
    const written = renderPieces(`\`\`\`sh\n${code}\n\`\`\``, { form: 'markdown', limit: 100, mode: 'newline' })
    for (const piece of written) expect(piece.text).toMatch(/^```sh\n[\s\S]+\n```$/)
  })
})

test('Markdown again', () => {
  const again = (text: string) => writeMarkdown(renderMarkdown(text))
  expect(again('**bold _both_** and `a*b`')).toBe('**bold *both*** and `a*b`')
  expect(again('2 * 3 * 4 and snake_case')).toBe('2 \\* 3 \\* 4 and snake\\_case')
  expect(again('> quoted\n> lines')).toBe('> quoted\n> lines')
  expect(again('https://a.example/x_y')).toBe('https://a.example/x_y')
  expect(again('[w](https://a.example/(x))')).toBe('[w](https://a.example/%28x%29)')
})

test('without markup a link shows its address', () => {
  expect(renderPieces('see [this](https://a.example)', { form: 'plain', limit: 200, mode: 'length' })[0]?.text).toBe(
    'see this (https://a.example)',
  )
})
