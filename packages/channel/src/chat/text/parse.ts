/** Markdown of an agent becomes a tree, or nothing where that would cost too much; then it is shown as it is. */
import type { Root } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'

/** In UTF-16 units; parsing takes about a millisecond for a thousand of what agents write. */
const MOST_UNITS = 30_000
/** Quotes and lists within each other on one line: each costs its square. */
const NESTED = /^(?:[ \t]*(?:>|[-+*]|\d{1,9}[.)])){33}/m
/** Of each character that may open or close something: each is compared with those before it. */
const MOST_OPENERS = 2_000
const OPENERS = ['[', ']', '*', '_', '~', '`']

/** Never throws. */
export function parseMarkdown(text: string): Root | undefined {
  if (text.length > MOST_UNITS || NESTED.test(text)) return undefined
  if (OPENERS.some((opener) => count(text, opener) > MOST_OPENERS)) return undefined
  try {
    return fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })
  } catch {
    // Nesting that exhausts the stack.
    return undefined
  }
}

function count(text: string, part: string): number {
  let found = 0
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) found += 1
  return found
}
