/** Patterns for commands: `git status` exactly, `npm run *` and `npm run:*` with anything after it, matched word by word. */

export type CommandWord = 'anything' | readonly string[]

/** Words; each is literal pieces with a wildcard between two of them, or `anything`: any number of words. */
export interface CommandPattern {
  readonly words: readonly CommandWord[]
  readonly hasWildcard: boolean
}

/** What joins commands, redirects or expands has no meaning in a pattern: each rule is about one plain command. */
const OPERATOR = /[;|&<>`()\n\r\0]|\$\(/

/** @returns what is wrong with the pattern, in words that follow "expected", where it is none. */
export function parseCommandPattern(text: string): CommandPattern | string {
  const isPrefix = text.endsWith(':*')
  const words = splitWords(isPrefix ? text.slice(0, -2) : text)
  if (typeof words === 'string') return words
  if (isPrefix) words.push('anything')
  if (words.length === 0) return 'a command between the brackets, such as Bash(git status)'
  return { words, hasWildcard: words.some((word) => word === 'anything' || word.length > 1) }
}

/** As the shell would: quotes hold a word together and take a `*` in them literally. */
function splitWords(text: string): CommandWord[] | string {
  const words: CommandWord[] = []
  let pieces: string[] | undefined
  let quote: string | undefined
  const end = () => {
    if (pieces) words.push(pieces.length === 2 && pieces.every((piece) => piece === '') ? 'anything' : pieces)
    pieces = undefined
  }
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if (quote !== undefined) {
      if (character === quote) quote = undefined
      else append(character)
    } else if (character === ' ' || character === '\t') {
      end()
    } else if (character === '"' || character === "'") {
      quote = character
      append('')
    } else if (OPERATOR.test(text.slice(at, at + 2).slice(0, character === '$' ? 2 : 1))) {
      return `one plain command; ${JSON.stringify(character)} joins, redirects or expands, so write a rule for each command`
    } else if (character === '*') {
      append('')
      pieces?.push('')
    } else {
      append(character === '\\' ? (text[++at] ?? '') : character)
    }
  }
  if (quote !== undefined) return `a closing ${quote}`
  end()
  return words

  function append(characters: string): void {
    pieces ??= ['']
    pieces.push((pieces.pop() ?? '') + characters)
  }
}

export interface CommandMatch {
  /** Takes `/bin/rm` and `RM` for `rm`: right for a rule that asks or denies, too wide for one that allows. */
  readonly byProgram: boolean
}

/** Work is at most pattern × words. */
export function matchesCommand(
  { words: pattern }: CommandPattern,
  words: readonly string[],
  { byProgram }: CommandMatch,
): boolean {
  let open = new Set([0])
  for (let at = 0; at <= words.length; at += 1) {
    for (const state of open) if (pattern[state] === 'anything') open.add(state + 1)
    if (at === words.length) return open.has(pattern.length)
    const next = new Set<number>()
    for (const state of open) {
      const part = pattern[state]
      if (part === 'anything') next.add(state)
      else if (part !== undefined && matchesWord(part, words[at] ?? '', byProgram && at === 0)) next.add(state + 1)
    }
    open = next
  }
  return false
}

function matchesWord(pieces: readonly string[], word: string, asProgram: boolean): boolean {
  if (matchesPieces(pieces, word)) return true
  return (
    asProgram &&
    matchesPieces(
      pieces.map((piece) => piece.toLowerCase()),
      programName(word),
    )
  )
}

/** The same from any word on: for a program that runs what stands somewhere in its arguments. */
export function matchesTail(pattern: CommandPattern, words: readonly string[], match: CommandMatch): boolean {
  if (pattern.words[0] === 'anything') return matchesCommand(pattern, words, match)
  return words.some((_, at) => matchesCommand(pattern, words.slice(at), match))
}

/** `rm` for `/bin/RM` and `rm.exe`. */
export function programName(word: string): string {
  const name = word.slice(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1)
  return name.toLowerCase().replace(/\.exe$/, '')
}

function matchesPieces(pieces: readonly string[], word: string): boolean {
  const [first = '', ...rest] = pieces
  const last = rest.pop()
  if (last === undefined) return word === first
  if (word.length < first.length + last.length || !word.startsWith(first) || !word.endsWith(last)) return false
  let at = first.length
  for (const piece of rest) {
    const found = word.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return at <= word.length - last.length
}
