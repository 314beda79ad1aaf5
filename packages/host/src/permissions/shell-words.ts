/** Which words of a shell command mean what they show: checked on the text, so that little depends on the parser. */
import type { Word, WordPart } from 'unbash'

/** No quotes, no escapes, no wildcards: a program is named plainly. */
const PROGRAM = /^[\p{L}\p{N}_./+@%:,~-]+$/u
const LITERAL = /^(?:[\p{L}\p{M}\p{N}\p{S}\p{P}]|\\[^\n])*$/u
/** Punctuation that means something outside of quotes; what the parser took for a literal has none of it. */
const SPECIAL = /(?<!\\)(?:\\\\)*["'`$;&|<>()*?]/
/** Not `$_`, `$@`, `$1`: these bring words from elsewhere. */
const VARIABLE = /^\$(?:[A-Za-z]\w*|\{[A-Za-z]\w*\})$/

/** `~bob`, `~+`, `~1`. */
const OTHER_HOME = /^~[^/]/

export function checkProgram({ text, value }: Word): string | undefined {
  if (/[$`]/.test(text)) return 'the name of a program comes from an expansion'
  return PROGRAM.test(text) && text === value ? undefined : 'the name of a program is not written plainly'
}

export interface CheckedWord {
  readonly problem?: string
  /** The shell completes it from file names. */
  readonly isPattern: boolean
}

export function checkArgument({ text, parts }: Word): CheckedWord {
  if (OTHER_HOME.test(text)) return { problem: 'it names the home folder of another user', isPattern: false }
  if (!parts)
    return isPlainLiteral(text) ? { isPattern: false } : { problem: 'a word is hard to read', isPattern: false }
  const problem = parts.map(checkPart).find((found) => found !== undefined)
  return { isPattern: parts.some(({ type }) => type === 'Glob'), ...(problem === undefined ? {} : { problem }) }
}

function checkPart(part: WordPart): string | undefined {
  switch (part.type) {
    case 'Literal':
      return isPlainLiteral(part.text) ? undefined : 'a word is hard to read'
    case 'SingleQuoted':
    case 'Glob':
      return undefined
    case 'DoubleQuoted':
      return part.parts.map((inner) => (inner.type === 'Literal' ? undefined : checkPart(inner))).find(Boolean)
    case 'SimpleExpansion':
    case 'ParameterExpansion':
      return VARIABLE.test(part.text) ? undefined : 'it has an expansion that changes what is said'
    case 'CommandExpansion':
      return 'it has a command inside another'
    case 'ProcessSubstitution':
      return 'it has a command in the place of a file'
    case 'BraceExpansion':
      return 'it has braces that expand to several words'
    default:
      return 'it has an expansion that changes what is said'
  }
}

function isPlainLiteral(text: string): boolean {
  return LITERAL.test(text) && !SPECIAL.test(text)
}
