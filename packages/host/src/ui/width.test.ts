/** Columns of text, and cutting to them. */
import { describe, expect, test } from 'vitest'
import { clusterWidth, textWidth, truncateToWidth } from './width.ts'

describe('textWidth', () => {
  test.each([
    ['', 0],
    ['hello', 5],
    ['é', 1],
    ['e\u0301', 1],
    ['漢字', 4],
    ['ｆｕｌｌ', 8],
    ['한글', 4],
    ['👍', 2],
    ['❤️', 2],
    ['← ⏺ ⎿ ● ╭', 9],
  ])('%j is %i columns wide', (text, columns) => {
    expect(textWidth(text)).toBe(columns)
  })

  test('a joined emoji is one character of two columns', () => {
    expect(clusterWidth('👩‍👩‍👧')).toBe(2)
  })
})

describe('truncateToWidth', () => {
  test.each([
    ['hello', 5, 'hello'],
    ['hello!', 5, 'hell…'],
    ['漢字漢', 6, '漢字漢'],
    ['漢字漢字', 6, '漢字…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['abc', 1, '…'],
    ['abc', 0, ''],
  ])('%j in %i columns is %j', (text, columns, cut) => {
    expect(truncateToWidth(text, columns)).toBe(cut)
  })

  test('never leaves a joiner at the end', () => {
    expect(truncateToWidth('👩‍👩‍👧 family', 4)).toBe('👩…')
  })
})
