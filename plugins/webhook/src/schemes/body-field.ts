/** Reads a field of a JSON body that a scheme needs, whatever came. */

/** The text at `keys`, by own properties only; `undefined` for anything but a text that is not empty. */
export function textAt(body: unknown, ...keys: readonly string[]): string | undefined {
  let value = body
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return typeof value === 'string' && value !== '' ? value : undefined
}
