/** Ids as Discord makes them: milliseconds since 2015 above 22 bits, so that later means larger and an id tells its time. */

const EPOCH = 1_420_070_400_000n
const SHIFT = 22n

export interface Snowflakes {
  /** A new id; without `at` larger than every one before. @param at milliseconds since 1970 */
  next(at?: number): string
}

export function createSnowflakes(now: () => number): Snowflakes {
  let last = 0n
  let old = 0n
  return {
    next(at) {
      if (at !== undefined) {
        old += 1n
        return String(((BigInt(at) - EPOCH) << SHIFT) + (old & 0x3fffffn))
      }
      const fresh = (BigInt(now()) - EPOCH) << SHIFT
      last = fresh > last ? fresh : last + 1n
      return String(last)
    },
  }
}

/** Milliseconds since 1970. */
export function timeOf(id: string): number {
  return Number((BigInt(id) >> SHIFT) + EPOCH)
}

/** Ids by age: they may differ in length. */
export function compareIds(one: string, other: string): number {
  if (one.length !== other.length) return one.length - other.length
  return one < other ? -1 : one > other ? 1 : 0
}

export function isSnowflake(text: unknown): text is string {
  return typeof text === 'string' && /^\d{1,20}$/.test(text)
}
