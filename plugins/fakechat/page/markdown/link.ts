/** Which addresses of a message become links: those that only ever open another page or a mail. */

const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:'])
const MOST_UNITS = 2_048

/** The address to link to; nothing for any other scheme, for one that is not absolute, and for one nobody could read. */
export function safeAddress(url: string): string | undefined {
  // A browser ignores these when it reads a scheme.
  if (url.length > MOST_UNITS || /[\u0000-\u0020]/.test(url)) return undefined
  try {
    const { protocol, href } = new URL(url)
    return SCHEMES.has(protocol) ? href : undefined
  } catch {
    return undefined
  }
}
