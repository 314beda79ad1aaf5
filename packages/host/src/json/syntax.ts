/** Says where and why a text is not JSON: the runtimes' own messages differ and often give no line. */
import { quote } from '../text/quote.ts'

export interface JsonSyntaxError {
  /** Both count from 1; a column is one character, whatever its width in memory. */
  readonly line: number
  readonly column: number
  readonly expected: string
  readonly got: string
  /** What to do, where the mistake is a well-known one. */
  readonly hint: string | undefined
}

type State = 'value' | 'first item' | 'first key' | 'key' | 'colon' | 'rest' | 'end'

const SPACE = /[ \t\n\r]*/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const WORD = /[\w$.+-]{1,24}/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/** Reads `text` as strictly as `JSON.parse` does; `undefined` if it is JSON. Nesting costs no stack. */
export function findJsonError(text: string): JsonSyntaxError | undefined {
  const open: ('{' | '[')[] = []
  let state: State = 'value'
  let at = 0

  for (;;) {
    at += matchLength(SPACE, text, at)
    const character = text[at]
    const inside = open.at(-1)
    if (state === 'end') return character === undefined ? undefined : fail(text, at, 'the end of the file')

    if (state === 'colon') {
      if (character !== ':') return fail(text, at, '":" after the key')
      state = 'value'
      at += 1
    } else if (character === (inside === '{' ? '}' : ']') && isClosable(state, inside)) {
      open.pop()
      state = open.length === 0 ? 'end' : 'rest'
      at += 1
    } else if (state === 'rest') {
      if (character !== ',') return fail(text, at, inside === '{' ? '"," or "}"' : '"," or "]"')
      state = inside === '{' ? 'key' : 'value'
      at += 1
    } else if (state === 'key' || state === 'first key') {
      if (character !== '"') return fail(text, at, state === 'key' ? 'a key in double quotes' : 'a key or "}"')
      const key = scanString(text, at)
      if (!key.closed) return fail(text, key.end, key.expected)
      state = 'colon'
      at = key.end
    } else if (character === '{' || character === '[') {
      open.push(character)
      state = character === '{' ? 'first key' : 'first item'
      at += 1
    } else {
      const value = scanScalar(text, at)
      if (!value.closed) return fail(text, value.end, value.expected)
      state = open.length === 0 ? 'end' : 'rest'
      at = value.end
    }
  }
}

interface Scan {
  readonly closed: boolean
  /** Where the token ends, or where it goes wrong. */
  readonly end: number
  readonly expected: string
}

function isClosable(state: State, inside: '{' | '[' | undefined): boolean {
  return inside !== undefined && (state === 'rest' || state === 'first key' || state === 'first item')
}

function scanScalar(text: string, at: number): Scan {
  if (text[at] === '"') return scanString(text, at)
  const length = matchLength(SCALAR, text, at)
  return { closed: length > 0, end: at + length, expected: 'a value' }
}

function scanString(text: string, start: number): Scan {
  let at = start + 1
  while (at < text.length) {
    const character = text[at] ?? ''
    if (character === '"') return { closed: true, end: at + 1, expected: '' }
    if (character < ' ') return { closed: false, end: at, expected: 'the closing quote of the string' }
    const length = character === '\\' ? matchLength(ESCAPE, text, at) : 1
    if (length === 0) return { closed: false, end: at, expected: 'an escape such as \\n, \\\\ or \\u00e9' }
    at += length
  }
  return { closed: false, end: at, expected: 'the closing quote of the string' }
}

function fail(text: string, at: number, expected: string): JsonSyntaxError {
  const before = text.slice(0, at).split(/\r\n|\n|\r/)
  return {
    line: before.length,
    column: [...(before.at(-1) ?? '')].length + 1,
    expected,
    got: renderGot(text, at),
    hint: suggest(text, at),
  }
}

function renderGot(text: string, at: number): string {
  if (at >= text.length) return 'the end of the file'
  if (/[\n\r]/.test(text[at] ?? '')) return 'the end of the line'
  const word = text.slice(at, at + matchLength(WORD, text, at))
  return quote(word === '' ? String.fromCodePoint(text.codePointAt(at) ?? 0) : word)
}

function suggest(text: string, at: number): string | undefined {
  const character = text[at] ?? ''
  if (character === '/' || character === '#') return 'JSON takes no comments; remove it.'
  if (character === "'" || /[\u2018-\u201f]/.test(character)) return 'JSON takes straight double quotes only.'
  if (/[}\]]/.test(character) && /,\s*$/.test(text.slice(Math.max(0, at - 200), at)))
    return `JSON takes no comma before "${character}"; remove it.`
  if (text[at] === '\\') return 'A backslash inside a JSON string is written twice: "C:\\\\folder".'
  return undefined
}

function matchLength(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0].length ?? 0
}
