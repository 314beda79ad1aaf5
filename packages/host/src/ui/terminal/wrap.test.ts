/** Breaking at words. */
import { expect, test } from 'vitest'
import { wrapWords } from './wrap.ts'

test.each([
  ['', 10, ['']],
  ['one two three', 7, ['one two', 'three']],
  ['abcdefghij', 4, ['abcd', 'efgh', 'ij']],
  ['a bcdefghij', 4, ['a', 'bcde', 'fghi', 'j']],
  ['漢字 漢字漢', 5, ['漢字', '漢字', '漢']],
])('%j in %i columns', (text, columns, rows) => {
  expect(wrapWords(text, columns)).toEqual(rows)
})
