/** Reads the tags of a turn's input as strictly as they must be written, apart from the code that writes them. */

export interface ReadTag {
  readonly source: string
  readonly attributes: Readonly<Record<string, string>>
  /** As it stands in the input, escaped. */
  readonly body: string
}

const OPENING = /<channel source="([^"<>]*)"((?: [A-Za-z0-9_]+="[^"<>\p{Cc}]*")*)>\n/uy
const CLOSING = '\n</channel>'
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** @throws Error where anything stands between the tags, or one is not as it must be */
export function readTags(input: string): readonly ReadTag[] {
  const tags: ReadTag[] = []
  for (let at = 0; at < input.length; ) {
    OPENING.lastIndex = at
    const head = OPENING.exec(input)
    if (!head) throw new Error(`no tag opens at ${at}: ${JSON.stringify(input.slice(at, at + 200))}`)
    const from = OPENING.lastIndex
    const end = input.indexOf(CLOSING, from - 1)
    if (end === -1) throw new Error(`the tag that opens at ${at} is never closed`)
    const body = input.slice(from, Math.max(from, end))
    const inside = looksLikeTag(body)
    if (inside !== undefined) throw new Error(`inside a tag stands ${JSON.stringify(inside)}`)
    const pairs = [...(head[2] ?? '').matchAll(/ ([A-Za-z0-9_]+)="([^"]*)"/g)]
    const attributes: Record<string, string> = Object.create(null)
    for (const [, key = '', value = ''] of pairs) {
      if (Object.hasOwn(attributes, key)) throw new Error(`the attribute ${key} is there twice`)
      attributes[key] = decode(value)
    }
    tags.push({ source: head[1] ?? '', attributes, body })
    at = end + CLOSING.length
    if (at < input.length && !input.startsWith('\n\n', at)) throw new Error(`no blank line follows the tag at ${at}`)
    if (at < input.length) at += 2
  }
  return tags
}

/** A `<` after which, whatever is invisible or only looks different, the word `channel` stands. */
function looksLikeTag(text: string): string | undefined {
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) {
    const letters = text
      .slice(at + 1, at + 200)
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[\p{Z}\p{C}\p{M}\s/\\]/gu, '')
    if (letters.startsWith('channel')) return text.slice(at, at + 40)
  }
  return undefined
}

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (raw, decimal, hexadecimal, name) => {
    if (name) return NAMED[name] ?? raw
    return String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hexadecimal, 16))
  })
}
