/** Which versions of Claude Code keep text that comes from a chat from being expanded. */

/** Before it, `@/path` in a message is replaced by the file, and a leading `/word` runs a command. */
export const OLDEST = '2.1.248'

/** @returns `undefined` for a text that has no version */
export function readVersion(text: string): string | undefined {
  return /\b\d+\.\d+\.\d+\b/.exec(text)?.[0]
}

export function isNewEnough(version: string): boolean {
  const [one, other] = [version, OLDEST].map((text) => text.split('.').map(Number))
  for (const at of [0, 1, 2]) {
    const difference = (one?.[at] ?? 0) - (other?.[at] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}
