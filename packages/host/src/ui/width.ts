/**
 * How many terminal columns text takes. Small and dependency-free, because the plain renderer must not load what the
 * terminal needs; where terminals disagree it counts the wider answer, so that a line is cut early rather than wrapped.
 */

/** First and last code point of the blocks that terminals draw two columns wide. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x3247],
  [0x3250, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2ff],
  [0x1d300, 0x1d376],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
]
const NO_WIDTH = /^[\p{M}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u1160-\u11ff]$/u
const EMOJI = /^\p{Emoji_Presentation}$/u
const EMOJI_STYLE = '\ufe0f'

/** Columns of one code point: 0, 1 or 2. */
export function characterWidth(character: string): number {
  const point = character.codePointAt(0) ?? 0
  if (point < 0x7f) return point < 0x20 ? 0 : 1
  if (NO_WIDTH.test(character)) return 0
  if (EMOJI.test(character)) return 2
  return point >= 0x1100 && WIDE.some(([first, last]) => point >= first && point <= last) ? 2 : 1
}

/** Columns of a text without newlines and escape sequences. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of text) width += character === EMOJI_STYLE ? 1 : characterWidth(character)
  return width
}

/** Columns of one user-perceived character: a joined emoji is one, however many code points it has. */
export function clusterWidth(cluster: string): number {
  return Math.min(textWidth(cluster), 2)
}

/** `text` if it fits, else its start with `ellipsis`, `columns` wide at most. Marks stay with the letter they belong to. */
export function truncateToWidth(text: string, columns: number, ellipsis = '…'): string {
  // A text of so few code units cannot be wider: the common case costs nothing.
  if (text.length * 2 <= columns) return text
  const room = columns - textWidth(ellipsis)
  let width = 0
  let end = 0
  let kept = 0
  for (const character of text) {
    width += character === EMOJI_STYLE ? 1 : characterWidth(character)
    end += character.length
    if (width <= room) kept = end
    if (width > columns) return room < 0 ? '' : `${text.slice(0, kept).replace(/\u200d$/, '')}${ellipsis}`
  }
  return text
}
