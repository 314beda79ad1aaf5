/** Where the characters of a draft stand on the screen: rows of a given width, and the cursor among them. */
import { clusterWidth } from '../width.ts'
import { type Draft, splitCharacters } from './draft.ts'

export interface DraftRow {
  /** As shown: a tab is one space. */
  readonly text: string
  /** UTF-16 index of its first character, and of what follows its last (a newline is not part of the row). */
  readonly start: number
  readonly end: number
}

export interface DraftLayout {
  readonly rows: readonly DraftRow[]
  readonly cursorRow: number
  /** Columns from the left. */
  readonly cursorColumn: number
}

/** @param columns of a row, at least 2; the cursor behind a full row stands on the next one */
export function layoutDraft({ text, cursor }: Draft, columns: number): DraftLayout {
  const width = Math.max(2, columns)
  const rows: DraftRow[] = []
  let cursorRow = 0
  let cursorColumn = 0
  let start = 0
  let shown = ''
  let used = 0
  let index = 0
  const finishRow = () => {
    rows.push({ text: shown, start, end: index })
    shown = ''
    used = 0
    start = index
  }
  const markCursor = () => {
    if (index !== cursor) return
    cursorRow = rows.length
    cursorColumn = used
  }
  for (const character of splitCharacters(text)) {
    if (character === '\n') {
      if (used >= width && index === cursor) finishRow()
      markCursor()
      finishRow()
      index += 1
      start = index
      continue
    }
    const cell = character === '\t' ? ' ' : character
    const taken = clusterWidth(cell)
    if (used + taken > width) finishRow()
    markCursor()
    shown += cell
    used += taken
    index += character.length
  }
  if (used >= width && index === cursor) finishRow()
  markCursor()
  finishRow()
  return { rows, cursorRow, cursorColumn }
}

/** The draft with its cursor a row up (-1) or down (1), as near to its column as possible; `undefined` at the edge. */
export function moveByRow(draft: Draft, columns: number, by: -1 | 1): Draft | undefined {
  const { rows, cursorRow, cursorColumn } = layoutDraft(draft, columns)
  const row = rows[cursorRow + by]
  if (!row) return undefined
  let used = 0
  let at = row.start
  for (const character of splitCharacters(draft.text.slice(row.start, row.end))) {
    const next = used + clusterWidth(character === '\t' ? ' ' : character)
    if (next > cursorColumn) break
    used = next
    at += character.length
  }
  return { text: draft.text, cursor: at }
}
