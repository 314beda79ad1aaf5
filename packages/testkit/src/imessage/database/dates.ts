/** The clock of `chat.db`: nanoseconds since 2001-01-01T00:00:00Z. */

const EPOCH_MS = 978_307_200_000

/** Of milliseconds since 1970. A bigint: today's values are beyond what a double holds exactly. */
export function toAppleTime(unixMs: number): bigint {
  return BigInt(Math.round((unixMs - EPOCH_MS) * 1000)) * 1000n
}

/** Seconds since 2001, as property lists have them. */
export function toAppleSeconds(unixMs: number): number {
  return (unixMs - EPOCH_MS) / 1000
}
