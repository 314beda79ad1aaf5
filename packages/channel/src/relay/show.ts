/** Foreign text for a person who decides by it: nothing in it can hide, reorder the writing, or begin a line of its own. */

/** Control, format, half and private characters, separators of lines, and all that is drawn as nothing. */
export const UNSHOWN: RegExp = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{DI}\u2028\u2029]/u
const EVERY_UNSHOWN = new RegExp(UNSHOWN.source, 'gu')
const LONGEST_NAME = 60

/** A name or an id inside a sentence: at most 60 characters; what can't be seen as `\u{…}`. */
export function showPlainly(text: string): string {
  const head = [...text.slice(0, 2 * LONGEST_NAME)].slice(0, LONGEST_NAME).join('')
  return `${escapeUnshown(head)}${head.length < text.length ? '…' : ''}`
}

/** On one line, each run of white space as one space; what can't be seen as `\u{…}`. */
export function showOnOneLine(text: string): string {
  return escapeUnshown(text.replace(/\s+/gu, ' ').trim())
}

/** Lines of a text that may have several, such as a plan; within each, what can't be seen as `\u{…}`. */
export function showLines(text: string): string {
  const lines = text.trim().split(/\r\n?|\n|[\v\f\u0085\u2028\u2029]/)
  return lines.map((line) => escapeUnshown(line.replaceAll('\t', '  ').trimEnd())).join('\n')
}

/**
 * At most `limit` characters: a longer text as its start and its end around `⋯ N characters left out ⋯`, since what
 * matters in a long command may stand at its end.
 */
export function showBothEnds(text: string, limit: number): string {
  const characters = [...text]
  if (characters.length <= limit) return text
  const mark = (left: number) => ` ⋯ ${left} characters left out ⋯ `
  const room = Math.max(0, limit - mark(characters.length).length)
  const head = Math.ceil(room / 2)
  const tail = room - head
  const left = characters.length - head - tail
  return `${characters.slice(0, head).join('')}${mark(left)}${characters.slice(characters.length - tail).join('')}`
}

function escapeUnshown(text: string): string {
  return text.replace(EVERY_UNSHOWN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
