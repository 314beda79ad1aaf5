/** Whether text after a `<` could be read as the name `channel`: also spaced, disguised or spelled in references. */

const NAME = 'channel'
/** White space, control and format characters, combining marks and slashes: a reader sees through them. */
const IGNORED = /[\s\p{Cc}\p{Cf}\p{M}\u115f\u1160\u3164\uffa0/\\]/u
const REFERENCE = /&#(?:x([0-9a-f]{1,6})|([0-9]{1,7}));?/iy
/** Letters of other scripts that look like those of the name; compatibility forms are folded by NFKC. */
const LOOK_ALIKE: Readonly<Record<string, string>> = {
  '\u0441': 'c',
  '\u03f2': 'c',
  '\u04bb': 'h',
  '\u0430': 'a',
  '\u0435': 'e',
  '\u04cf': 'l',
  '\u0578': 'n',
  '\u0251': 'a',
}

/** Looks at `text` from `from`; linear in what it reads, and it stops at the first character that rules the name out. */
export function startsChannelName(text: string, from: number): boolean {
  let at = from
  let matched = 0
  while (matched < NAME.length && at < text.length) {
    const [character, length] = readCharacter(text, at)
    at += length
    if (IGNORED.test(character)) continue
    const folded = fold(character)
    if (!NAME.startsWith(folded, matched)) return false
    matched += folded.length
  }
  return matched >= NAME.length
}

function readCharacter(text: string, at: number): [character: string, length: number] {
  REFERENCE.lastIndex = at
  const reference = REFERENCE.exec(text)
  if (reference) {
    const code = reference[1] === undefined ? Number(reference[2]) : Number.parseInt(reference[1], 16)
    if (code <= 0x10ffff) return [String.fromCodePoint(code), reference[0].length]
  }
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  return [character, character.length]
}

function fold(character: string): string {
  const folded = character.normalize('NFKC').toLowerCase()
  return LOOK_ALIKE[folded] ?? folded
}
