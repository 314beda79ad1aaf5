/** What the keys of providers look like: for whatever must not print one. */

/**
 * Keys made of letters, digits, `_`, `-`, `.` and `:` alone, which no shell, path or URL gives a meaning: a span that one
 * of these matches can hide nothing that would run. Long and typed enough not to hit ordinary words.
 */
export const TOKEN_SHAPES: readonly string[] = [
  'sk-[A-Za-z0-9_-]{16,}',
  '[rs]k_(?:live|test)_[A-Za-z0-9]{16,}',
  'gh[pousr]_[A-Za-z0-9]{20,}',
  'github_pat_[A-Za-z0-9_]{20,}',
  'glpat-[A-Za-z0-9_-]{16,}',
  'xox[abeprs]-[A-Za-z0-9-]{10,}',
  'A(?:KIA|SIA)[A-Z0-9]{16}',
  'AIza[A-Za-z0-9_-]{30,}',
  'npm_[A-Za-z0-9]{30,}',
  '\\d{8,10}:[A-Za-z0-9_-]{35}',
  '[MNO][A-Za-z0-9_-]{23,27}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,}',
  'eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{5,}',
]

export const MASK = '[REDACTED]'

/** An escape before it ends in a letter or digit too, and is none of the token. */
const TOKENS = new RegExp(
  `(?<=^|[^A-Za-z0-9_-]|\\\\u[0-9a-f]{4}|\\\\[bfnrt])(?:${TOKEN_SHAPES.join('|')})(?![A-Za-z0-9_-])`,
  'g',
)

/** In text of JSON, which stays JSON: no token holds a quote or a backslash. */
export function maskTokens(json: string): string {
  return json.replace(TOKENS, MASK)
}
