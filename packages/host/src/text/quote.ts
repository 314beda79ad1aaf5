/** Foreign text and values in messages for people: short, on one line, and unable to drive the terminal. */

const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}"\\]/gu

/** `text` in double quotes, cut to `limit` characters; control and invisible characters become `\u{…}`. */
export function quote(text: string, limit = 60): string {
  const characters = [...text.slice(0, 2 * limit + 2)]
  const shown = characters.slice(0, limit).join('')
  return `"${shown.replace(UNSAFE, escapeCharacter)}${shown.length < text.length ? '…' : ''}"`
}

/** What a value of JSON is, for the end of "expected …, got …". `undefined` reads as nothing. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (typeof value === 'string') return `the string ${quote(value)}`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return Array.isArray(value) ? `a list of ${value.length}` : 'an object'
}

/** The kind alone, where the value may be a secret. */
export function describeKind(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return `a ${typeof value}`
  return describe(value)
}

function escapeCharacter(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
