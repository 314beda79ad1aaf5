/** File names and types: what a stored name may hold, and what a browser may show. Shared with the page. */

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

/** The extension with its dot, if it is letters and digits; else `.bin`. It lands in paths that the agent reads. */
export function safeExtension(name: string): string {
  const extension = extensionOf(name)
  return /^\.[a-z0-9]{1,10}$/.test(extension) ? extension : '.bin'
}

/** In lower case, with its dot; empty where there is none. */
function extensionOf(name: string): string {
  return /\.[^./\\]*$/.exec(name)?.[0].toLowerCase() ?? ''
}

/** A name to show: one line without control or direction-changing characters and without folders. */
export function displayName(name: string): string {
  const text = name
    .replace(/^.*[/\\]/, '')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .trim()
  if (text === '') return 'file'
  // Cut in the middle, so that the extension stays.
  return text.length > 160 ? `${text.slice(0, 120)}…${text.slice(-39)}` : text
}

/** For people: `512 bytes`, `1.4 KB`, `50 MB`. */
export function renderSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`
  const [size, unit] = bytes < 1024 * 1024 ? [bytes / 1024, 'KB'] : [bytes / 1024 / 1024, 'MB']
  return `${Number(size.toFixed(1))} ${unit}`
}
