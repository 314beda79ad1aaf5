/** The text being typed and the cursor in it: pure editing, by characters as people see them. */
import { sanitizeText } from '../sanitize.ts'

export interface Draft {
  readonly text: string
  /** UTF-16 index, always between two user-perceived characters. */
  readonly cursor: number
}

export const EMPTY_DRAFT: Draft = { text: '', cursor: 0 }
/** UTF-16 units; a paste that would pass it is not taken. */
export const LONGEST_DRAFT = 200_000
/** A character is looked for in this many units around the cursor, so that a long draft costs no more than a short one. */
const NEIGHBOURHOOD = 64

const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The user-perceived characters of a text; one code unit each where it is plain ASCII, which is the usual case. */
export function* splitCharacters(text: string): Generator<string> {
  if (/^[\x20-\x7e\n\t]*$/.test(text)) yield* text
  else for (const { segment } of characters.segment(text)) yield segment
}

/** What may stand in a draft: newlines and tabs stay, whatever drives a terminal or hides does not. */
export function cleanInput(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\t')
  return lines.map(sanitizeText).join('\t').replaceAll('\ufffd', '')
}

/** `undefined` where the text would become longer than a draft may be. */
export function insertText({ text, cursor }: Draft, added: string): Draft | undefined {
  if (text.length + added.length > LONGEST_DRAFT) return undefined
  const joined = `${text.slice(0, cursor)}${added}${text.slice(cursor)}`
  // What was added may combine with what follows: the cursor then goes behind the character they make.
  return { text: joined, cursor: snap(joined, cursor + added.length) }
}

export function moveLeft({ text, cursor }: Draft): Draft {
  return { text, cursor: before(text, cursor) }
}

export function moveRight({ text, cursor }: Draft): Draft {
  return { text, cursor: after(text, cursor) }
}

export function moveWordLeft({ text, cursor }: Draft): Draft {
  return { text, cursor: wordStart(text, cursor) }
}

export function moveWordRight({ text, cursor }: Draft): Draft {
  return { text, cursor: wordEnd(text, cursor) }
}

export function moveLineStart({ text, cursor }: Draft): Draft {
  return { text, cursor: lineStart(text, cursor) }
}

export function moveLineEnd({ text, cursor }: Draft): Draft {
  return { text, cursor: lineEnd(text, cursor) }
}

export function deleteLeft(draft: Draft): Draft {
  return cut(draft, before(draft.text, draft.cursor), draft.cursor)
}

export function deleteRight(draft: Draft): Draft {
  return cut(draft, draft.cursor, after(draft.text, draft.cursor))
}

export function deleteWordLeft(draft: Draft): Draft {
  return cut(draft, wordStart(draft.text, draft.cursor), draft.cursor)
}

export function deleteWordRight(draft: Draft): Draft {
  return cut(draft, draft.cursor, wordEnd(draft.text, draft.cursor))
}

/** To the start of the line; at the start, the newline before it. */
export function deleteToLineStart(draft: Draft): Draft {
  const start = lineStart(draft.text, draft.cursor)
  return start === draft.cursor ? deleteLeft(draft) : cut(draft, start, draft.cursor)
}

/** To the end of the line; at the end, the newline after it. */
export function deleteToLineEnd(draft: Draft): Draft {
  const end = lineEnd(draft.text, draft.cursor)
  return end === draft.cursor ? deleteRight(draft) : cut(draft, draft.cursor, end)
}

function cut({ text }: Draft, from: number, to: number): Draft {
  const joined = text.slice(0, from) + text.slice(to)
  // A mark that followed what is gone combines with what is before it now.
  return { text: joined, cursor: snap(joined, from) }
}

function before(text: string, cursor: number): number {
  const from = windowStart(text, cursor - NEIGHBOURHOOD)
  const last = [...splitCharacters(text.slice(from, cursor))].at(-1)
  return cursor - (last?.length ?? 0)
}

function after(text: string, cursor: number): number {
  const [first] = splitCharacters(text.slice(cursor, cursor + NEIGHBOURHOOD))
  return cursor + (first?.length ?? 0)
}

/** The first place at or after `index` where a character ends. */
function snap(text: string, index: number): number {
  let at = windowStart(text, index - NEIGHBOURHOOD)
  for (const character of splitCharacters(text.slice(at, index + NEIGHBOURHOOD))) {
    if (at >= index) break
    at += character.length
  }
  return at
}

/** Never in the middle of a surrogate pair. */
function windowStart(text: string, index: number): number {
  if (index <= 0) return 0
  const unit = text.charCodeAt(index)
  return unit >= 0xdc00 && unit <= 0xdfff ? index - 1 : index
}

function wordStart(text: string, cursor: number): number {
  let at = cursor
  while (at > 0 && /\s/.test(text[at - 1] ?? '')) at -= 1
  while (at > 0 && !/\s/.test(text[at - 1] ?? '')) at -= 1
  // A mark that combines with a space makes one character of both: then the word starts with it.
  const whole = snap(text, at)
  return whole === at ? at : before(text, whole)
}

function wordEnd(text: string, cursor: number): number {
  let at = cursor
  while (at < text.length && /\s/.test(text[at] ?? '')) at += 1
  while (at < text.length && !/\s/.test(text[at] ?? '')) at += 1
  return snap(text, at)
}

function lineStart(text: string, cursor: number): number {
  return cursor === 0 ? 0 : text.lastIndexOf('\n', cursor - 1) + 1
}

function lineEnd(text: string, cursor: number): number {
  const end = text.indexOf('\n', cursor)
  return end === -1 ? text.length : end
}
