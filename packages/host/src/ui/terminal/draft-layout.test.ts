/** Rows of a draft, and the cursor in them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { textWidth } from '../width.ts'
import type { Draft } from './draft.ts'
import { layoutDraft, moveByRow } from './draft-layout.ts'

function at(text: string): Draft {
  return { text: text.replace('|', ''), cursor: text.indexOf('|') }
}

/** The rows with `|` where the cursor is, by characters of one column. */
function drawn(draft: Draft, columns: number): string[] {
  const { rows, cursorRow, cursorColumn } = layoutDraft(draft, columns)
  return rows.map(({ text }, row) =>
    row === cursorRow ? `${text.slice(0, cursorColumn)}|${text.slice(cursorColumn)}` : text,
  )
}

describe('layoutDraft', () => {
  test.each([
    ['|', ['|']],
    ['abc|', ['abc|']],
    ['abcd|', ['abcd', '|']],
    ['abc|d', ['abc|d']],
    ['abcd|e', ['abcd', '|e']],
    ['abcdefgh|', ['abcd', 'efgh', '|']],
    ['ab\n|cd', ['ab', '|cd']],
    ['abcd\n|', ['abcd', '|']],
    ['abcd|\ne', ['abcd', '|', 'e']],
    ['abcd\ne|', ['abcd', 'e|']],
    ['\n\n|', ['', '', '|']],
    ['a\tb|', ['a b|']],
  ])('%j in four columns is %j', (text, rows) => {
    expect(drawn(at(text), 4)).toEqual(rows)
  })

  test('a wide letter that does not fit goes to the next row, the cursor with it', () => {
    expect(layoutDraft(at('abc|漢'), 4)).toMatchObject({ cursorRow: 1, cursorColumn: 0 })
  })

  test('every row fits, every letter is in one, the cursor is inside', () => {
    const text = fc
      .array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('\n', '\t', '漢')))
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 20 }), fc.nat(), (whole, columns, place) => {
        const characters = [...new Intl.Segmenter().segment(whole)]
        const cursor = characters[place % (characters.length + 1)]?.index ?? whole.length
        const { rows, cursorRow, cursorColumn } = layoutDraft({ text: whole, cursor }, columns)
        expect(rows.map(({ start, end }) => whole.slice(start, end)).join('')).toBe(whole.replaceAll('\n', ''))
        for (const row of rows) expect(textWidth(row.text)).toBeLessThanOrEqual(columns + 6)
        expect(cursorRow).toBeLessThan(rows.length)
        expect(cursorColumn).toBeLessThan(columns)
      }),
    )
  })
})

describe('moveByRow', () => {
  test('keeps the column where it can', () => {
    expect(moveByRow(at('abcd|e\nx\nlonger'), 20, 1)).toEqual({ text: 'abcde\nx\nlonger', cursor: 7 })
    expect(moveByRow(at('abcde\nx\nlong|er'), 20, -1)).toEqual({ text: 'abcde\nx\nlonger', cursor: 7 })
  })

  test('ends at the edges', () => {
    expect(moveByRow(at('a|b'), 20, -1)).toBeUndefined()
    expect(moveByRow(at('a|b'), 20, 1)).toBeUndefined()
  })
})
