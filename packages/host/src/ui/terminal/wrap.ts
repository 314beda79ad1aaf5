/** Breaks text at words into rows of a given width, where the number of rows has to be known before they are shown. */
import { clusterWidth, textWidth } from '../width.ts'
import { splitCharacters } from './draft.ts'

/** @param text one line; words longer than a row are broken where they must be */
export function wrapWords(text: string, columns: number): readonly string[] {
  const width = Math.max(2, columns)
  const rows: string[] = []
  let row = ''
  let used = 0
  const finishRow = () => {
    rows.push(row)
    row = ''
    used = 0
  }
  for (const word of text.split(' ')) {
    const columnsOfWord = textWidth(word)
    if (used > 0 && used + 1 + columnsOfWord > width) finishRow()
    else if (used > 0) {
      row += ' '
      used += 1
    }
    for (const character of splitCharacters(word)) {
      const taken = clusterWidth(character)
      if (used + taken > width) finishRow()
      row += character
      used += taken
    }
  }
  finishRow()
  return rows
}
