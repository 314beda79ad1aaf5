/** File names and types: what a stored name may hold, and what a browser may show. Shared with the page. */
import { extensionOf } from '@backchannel/channel/files'

export { displayName, renderSize, safeExtension } from '@backchannel/channel/files'

/** By extension, as the official fakechat serves them, and the most common others. */
const TYPES: Readonly<Record<string, string>> = {
  '.gif': 'image/gif',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webp': 'image/webp',
}

/** What a browser may show as a document; an SVG is one that can hold scripts, so it is only ever saved. */
const INLINE: ReadonlySet<string> = new Set(['.gif', '.jpeg', '.jpg', '.pdf', '.png', '.txt', '.webp'])

/** The type that a file is served with; anything unknown is just bytes. */
export function typeOf(name: string): string {
  return TYPES[extensionOf(name)] ?? 'application/octet-stream'
}

export function isInline(name: string): boolean {
  return INLINE.has(extensionOf(name))
}
