/** How an event looks in the agent's context: the `<channel>` tag with the exact escaping of contract 3. */
import { startsChannelName } from './tag-name.ts'

export interface TaggedEvent {
  /** The name the session gives the channel; never taken from the channel itself. */
  readonly source: string
  readonly content: string
  readonly meta?: Readonly<Record<string, string>>
}

export const META_KEY_PATTERN: RegExp = /^[A-Za-z0-9_]+$/

/** The keys of `meta` that become attributes, in order; `source` belongs to the host, whatever its letter case. */
export function attributeKeys(meta: Readonly<Record<string, string>>): string[] {
  return Object.keys(meta).filter((key) => META_KEY_PATTERN.test(key) && key.toLowerCase() !== 'source')
}

/** One tag: `<channel source="S" k="v">`, newline, body, newline, `</channel>`. */
export function renderTag(event: TaggedEvent): string {
  const meta = event.meta ?? {}
  const attributes = attributeKeys(meta).map((key) => ` ${key}="${escapeAttribute(meta[key] ?? '')}"`)
  return `<channel source="${escapeAttribute(event.source)}"${attributes.join('')}>\n${escapeBody(event.content)}\n</channel>`
}

/** The tags of one turn, separated by one blank line. */
export function renderTags(events: readonly TaggedEvent[]): string {
  return events.map(renderTag).join('\n\n')
}

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** Escapes `&`, `<`, `>`, `"` and control characters as character references. */
export function escapeAttribute(value: string): string {
  return value.replace(/[&<>"\p{Cc}]/gu, (found) => NAMED[found] ?? `&#${found.codePointAt(0)};`)
}

/** `<`, or a character reference to it (at any depth of `&amp;`), of which the first character is then escaped. */
const OPENING = /<|&(?:(?:amp|#0*38|#x0*26);?)*(?:lt|#0*60|#x0*3c);?/gi

/**
 * Escapes `<` and `&` where what follows could be read as a `channel` tag, and leaves everything else alone, so that
 * ordinary text and code stay readable.
 */
export function escapeBody(body: string): string {
  return body.replace(OPENING, (found, at: number) => {
    if (!startsChannelName(body, at + found.length)) return found
    return found.startsWith('<') ? '&lt;' : `&amp;${found.slice(1)}`
  })
}
