/** Reads a pattern, a small and familiar part of regular expressions, into instructions for the matcher. */

/** Characters as inclusive ranges of code points. */
export interface CharacterSet {
  readonly ranges: readonly (readonly [number, number])[]
  readonly negated: boolean
}

export type Instruction =
  | { readonly kind: 'character'; readonly set: CharacterSet }
  | { readonly kind: 'split'; readonly first: number; readonly second: number }
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'boundary'; readonly negated: boolean }
  | { readonly kind: 'match' }

export type Syntax =
  | { readonly kind: 'empty' }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'boundary'; readonly negated: boolean }
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Syntax[] }
  | { readonly kind: 'choice'; readonly options: readonly Syntax[] }
  | { readonly kind: 'repeat'; readonly part: Syntax; readonly least: number; readonly most: number }

const CLASSES: Readonly<Record<string, CharacterSet>> = {
  d: { ranges: [[48, 57]], negated: false },
  w: {
    ranges: [
      [48, 57],
      [65, 90],
      [95, 95],
      [97, 122],
    ],
    negated: false,
  },
  s: {
    ranges: [
      [9, 13],
      [32, 32],
      [160, 160],
      [0x2028, 0x2029],
      [0xfeff, 0xfeff],
    ],
    negated: false,
  },
}
const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9 }
const ANY: CharacterSet = {
  ranges: [
    [10, 10],
    [13, 13],
    [0x2028, 0x2029],
  ],
  negated: true,
}
const MOST_REPEATS = 100

/** A pattern that can't be read; the message completes "…, but ". */
export class PatternError extends Error {}

/**
 * Reads `text`: characters, `.`, `[a-z]`, `[^…]`, `\d \w \s \D \W \S`, `\n \r \t`, escaped punctuation, `( )`, `(?: )`,
 * `|`, `* + ? {n} {n,} {n,m}`, these with a `?` behind them too, `^`, `$`, `\b` and `\B`.
 * @throws PatternError
 */
export function parsePattern(text: string): Syntax {
  const characters = Array.from(text)
  let at = 0

  const choice = (depth: number): Syntax => {
    if (depth > 20) throw new PatternError('its groups are nested deeper than 20')
    const options = [sequence(depth)]
    while (characters[at] === '|') {
      at += 1
      options.push(sequence(depth))
    }
    return options.length === 1 ? (options[0] as Syntax) : { kind: 'choice', options }
  }
  const sequence = (depth: number): Syntax => {
    const parts: Syntax[] = []
    while (at < characters.length && characters[at] !== '|' && characters[at] !== ')') parts.push(repeated(depth))
    return parts.length === 0 ? { kind: 'empty' } : { kind: 'sequence', parts }
  }
  const repeated = (depth: number): Syntax => {
    const part = single(depth)
    const times = quantifier()
    if (times === undefined) return part
    if (part.kind === 'start' || part.kind === 'end' || part.kind === 'boundary') {
      throw new PatternError('"^", "$" and "\\b" can\'t be repeated')
    }
    // Fewest first or most first: whether it matches at all is the same.
    if (characters[at] === '?') at += 1
    if (quantifier() !== undefined) throw new PatternError('two repetitions follow one another')
    return { kind: 'repeat', part, ...times }
  }
  const quantifier = (): { least: number; most: number } | undefined => {
    const character = characters[at]
    if (character === '*' || character === '+' || character === '?') {
      at += 1
      return { least: character === '+' ? 1 : 0, most: character === '?' ? 1 : Number.POSITIVE_INFINITY }
    }
    if (character !== '{') return undefined
    const end = characters.indexOf('}', at)
    const [, least = '', comma, most] = /^(\d{1,3})(,(\d{1,3})?)?$/.exec(characters.slice(at + 1, end).join('')) ?? []
    if (end === -1 || least === '') throw new PatternError('"{" stands for a repetition here; write "\\{" for a brace')
    at = end + 1
    const upper = comma === undefined ? Number(least) : most === undefined ? Number.POSITIVE_INFINITY : Number(most)
    if (Number(least) > MOST_REPEATS || (upper !== Number.POSITIVE_INFINITY && upper > MOST_REPEATS)) {
      throw new PatternError(`it repeats something more than ${MOST_REPEATS} times`)
    }
    if (upper < Number(least)) throw new PatternError('a repetition has its numbers the wrong way round')
    return { least: Number(least), most: upper }
  }
  const single = (depth: number): Syntax => {
    const character = characters[at] as string
    at += 1
    if (character === '^') return { kind: 'start' }
    if (character === '$') return { kind: 'end' }
    if (character === '.') return { kind: 'set', set: ANY }
    if (character === '[') return { kind: 'set', set: bracket() }
    if (character === '\\' && (characters[at] === 'b' || characters[at] === 'B')) {
      at += 1
      return { kind: 'boundary', negated: characters[at - 1] === 'B' }
    }
    if (character === '\\') return { kind: 'set', set: escaped() }
    if (character === '(') return group(depth)
    if ('*+?{'.includes(character)) throw new PatternError(`there is nothing before "${character}" to repeat`)
    return { kind: 'set', set: only(character) }
  }
  const group = (depth: number): Syntax => {
    if (characters[at] === '?') {
      if (characters[at + 1] !== ':') throw new PatternError('"(?" is taken only as "(?:"')
      at += 2
    }
    const inside = choice(depth + 1)
    if (characters[at] !== ')') throw new PatternError('a "(" has no ")"')
    at += 1
    return inside
  }
  const escaped = (): CharacterSet => {
    const character = characters[at]
    at += 1
    if (character === undefined) throw new PatternError('it ends in "\\"')
    const named = CLASSES[character.toLowerCase()]
    if (named && character === character.toLowerCase()) return named
    if (named) return { ...named, negated: true }
    const control = ESCAPES[character]
    if (control !== undefined) return { ranges: [[control, control]], negated: false }
    if (/[A-Za-z0-9]/.test(character)) throw new PatternError(`"\\${character}" is not known`)
    return only(character)
  }
  const bracket = (): CharacterSet => {
    const negated = characters[at] === '^'
    if (negated) at += 1
    const ranges: (readonly [number, number])[] = []
    while (characters[at] !== ']') {
      const from = member()
      if (from.length !== 1 || from[0]?.[0] !== from[0]?.[1] || characters[at] !== '-' || characters[at + 1] === ']') {
        ranges.push(...from)
        continue
      }
      at += 1
      const to = member()
      const [low, high] = [from[0]?.[0] ?? 0, to[0]?.[1] ?? -1]
      if (to.length !== 1 || to[0]?.[0] !== to[0]?.[1] || high < low) {
        throw new PatternError('a range in "[ ]" has no order')
      }
      ranges.push([low, high])
    }
    at += 1
    return { ranges, negated }
  }
  const member = (): CharacterSet['ranges'] => {
    const character = characters[at]
    if (character === undefined) throw new PatternError('a "[" has no "]"')
    at += 1
    if (character !== '\\') return only(character).ranges
    const set = escaped()
    if (set.negated) throw new PatternError('"\\D", "\\W" and "\\S" are not taken inside "[ ]"')
    return set.ranges
  }

  const whole = choice(0)
  if (at < characters.length) throw new PatternError('a ")" has no "("')
  return whole
}

function only(character: string): CharacterSet {
  const point = character.codePointAt(0) ?? 0
  return { ranges: [[point, point]], negated: false }
}
