/** Addresses of links, where the words of a link do not show them. */
import type { RichText } from '../platform/rich-text.ts'

/** A link without markup is its words and its address. */
export function withAddresses({ text, entities }: RichText): string {
  let shown = ''
  let from = 0
  for (const { kind, offset, length, url } of entities) {
    const end = offset + length
    if (kind !== 'link' || url === undefined || isShown(text.slice(offset, end), url)) continue
    shown += `${text.slice(from, end)} (${url})`
    from = end
  }
  return shown + text.slice(from)
}

/** `example.com` for `http://example.com`, as people write it. */
export function isShown(words: string, url: string): boolean {
  return words === url || url === `http://${words}` || url === `https://${words}` || url === `mailto:${words}`
}
