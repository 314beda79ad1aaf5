/** The head of a Markdown file of a skill or a command: `---`, one `key: value` a line, `---`. */
import { readFile } from 'node:fs/promises'

export interface Frontmatter {
  /** Top-level keys as written; a value over several lines is its first. */
  readonly keys: ReadonlyMap<string, string>
  /** What is wrong with its form; then there are no keys. */
  readonly problem?: string
}

/** A head comes first in its file, so the rest of a long one is never looked at. */
const LONGEST = 65_536

/** Absent in a file that does not begin with `---`: then there are no keys, and nothing is wrong. */
export function parseFrontmatter(text: string): Frontmatter {
  const [first = '', ...lines] = text
    .replace(/^\ufeff/, '')
    .slice(0, LONGEST)
    .split(/\r?\n/)
  if (first.trim() !== '---') return { keys: new Map() }
  const end = lines.findIndex((line) => line.trim() === '---')
  if (end < 0) return { keys: new Map(), problem: 'its head, which begins with "---", has no second "---"' }
  const keys = new Map<string, string>()
  for (const [at, line] of lines.slice(0, end).entries()) {
    if (/^\s*(#|$)/.test(line) || /^[\s-]/.test(line)) continue
    const [, key, value = ''] = /^([\w-]+)\s*:(?:\s+(.*))?$/.exec(line) ?? []
    if (key === undefined) return { keys: new Map(), problem: `line ${at + 2} of its head is not "key: value"` }
    keys.set(key, value.trim())
  }
  return { keys }
}

export async function readFrontmatter(file: string): Promise<Frontmatter> {
  return parseFrontmatter(await readFile(file, 'utf8'))
}
