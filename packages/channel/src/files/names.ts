/** File names from outside: what of them may be shown, and what may stand in the name of a file of ours. Runs in a page too. */

/** In lower case, with its dot; empty where there is none. */
export function extensionOf(name: string): string {
  return /\.[^./\\]*$/.exec(name)?.[0].toLowerCase() ?? ''
}

/** The extension with its dot, if it is letters and digits; else `.bin`. It lands in paths that the agent reads. */
export function safeExtension(name: string): string {
  const extension = extensionOf(name)
  return /^\.[a-z0-9]{1,10}$/.test(extension) ? extension : '.bin'
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
