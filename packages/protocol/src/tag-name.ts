/** Whether text after a `<` could be read as the name `channel`: also spaced, disguised or spelled in references. */

const NAME = 'channel'
/** A reader sees through them: space, marks, slashes of every kind, fillers, and all that is no character of a text. */
const IGNORED = /[\s\p{C}\p{M}\p{Default_Ignorable_Code_Point}\u2800/\\\u2044\u2215\u2216\u29f5\u29f8\u29f9]/u
/**
 * A character reference: of a number, or of a name. Of the named ones only the script letters matter, the others stand
 * for something to ignore; but none that begins like `&lt` or `&amp`, which may open anew: read here and judged there,
 * a row of them would be quadratic work.
 */
const REFERENCE =
  /&(?:#(?:x0*([0-9a-f]{1,6})|0*([0-9]{1,7}));?|([a-z])(?:scr|fr|opf);|(?:nbsp|shy);?|(?!lt|amp|gt|quot|apos)[a-z][a-z0-9]{1,31};)/iy
/** What looks like a letter of the name; compatibility forms (full-width, circled, mathematical) are folded already. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  c: '\u0441\u0421\u03f2\u03f9\u1d04\ua4da\u13df',
  h: '\u04bb\u04ba\u0570\u041d\u043d\u029c\u0397\ua4e7\u13bb',
  a: '\u0430\u0410\u03b1\u0391\u0251\u1d00\ua4ee\u13aa',
  n: '\u0578\u057c\u0274\u039d\ua4e0',
  e: '\u0435\u0415\u04bd\u212e\u0395\u1d07\ua4f0\u13ac',
  l: '\u04cf\u04c0\u0456\u0406\u0399\u01c0\u029f\ua4e1\u13de1|i',
}
const LETTER_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(LOOK_ALIKES).flatMap(([letter, others]) => [...others].map((other) => [other, letter] as const)),
)
/** First characters of the emoji alphabets, which no normal form folds: negative circled, negative squared, regional. */
const EMOJI_ALPHABETS = [0x1f150, 0x1f170, 0x1f1e6] as const

/** Looks at `text` from `from`; linear in what it reads, and it stops at the first character that rules the name out. */
export function startsChannelName(text: string, from: number): boolean {
  let at = from
  let matched = 0
  while (at < text.length) {
    const [letters, length] = readLetters(text, at)
    at += length
    for (const letter of letters) {
      if (letter !== NAME[matched]) return false
      matched += 1
      if (matched === NAME.length) return true
    }
  }
  return false
}

/** What the character or reference at `at` is taken for, and its length. */
function readLetters(text: string, at: number): [letters: string, length: number] {
  const unit = text.charCodeAt(at)
  if (unit < ASCII.length && unit !== AMPERSAND) return [ASCII[unit] ?? '', 1]
  const [character, length] = readCharacter(text, at)
  return [fold(character), length]
}

/** The character at `at`, decoded where it is a reference; a named reference without meaning here is no character. */
function readCharacter(text: string, at: number): [character: string, length: number] {
  REFERENCE.lastIndex = at
  const reference = REFERENCE.exec(text)
  if (reference) {
    const [whole, hexadecimal, decimal, letter = ''] = reference
    if (hexadecimal === undefined && decimal === undefined) return [letter, whole.length]
    const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16)
    if (code <= 0x10ffff) return [String.fromCodePoint(code), whole.length]
  }
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  return [character, character.length]
}

/** The plain lower-case letters a reader takes a character for; none for one that is seen through. */
function fold(character: string): string {
  const parts = [...character.normalize('NFKD')].filter((part) => !IGNORED.test(part))
  return parts.map(plainLetter).join('')
}

function plainLetter(character: string): string {
  const lower = character.toLowerCase()
  const code = character.codePointAt(0) ?? 0
  const alphabet = EMOJI_ALPHABETS.find((start) => code >= start && code < start + 26)
  if (alphabet !== undefined) return String.fromCodePoint(0x61 + code - alphabet)
  return LETTER_OF.get(character) ?? LETTER_OF.get(lower) ?? lower
}

const AMPERSAND = 0x26
/** Folded beforehand: a hostile megabyte of `<` costs a look-up each. */
const ASCII: readonly string[] = Array.from({ length: 0x80 }, (_, code) => fold(String.fromCharCode(code)))
