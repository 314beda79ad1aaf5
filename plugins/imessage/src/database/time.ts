/** The clock of `chat.db`: nanoseconds since 2001, seconds in rows of old systems. */

const EPOCH_MS = 978_307_200_000

/** SQL that gives milliseconds since 2001: nanoseconds of today are more than a number can hold. NULL and 0 stay 0. */
export function millisecondsOf(column: string): string {
  return `CASE WHEN ifnull(${column}, 0) > 100000000000 THEN ${column} / 1000000 ELSE ifnull(${column}, 0) * 1000 END`
}

/** Milliseconds since 1970 of such a number; undefined for none. */
export function toUnix(milliseconds: unknown): number | undefined {
  const value = Number(milliseconds)
  return Number.isFinite(value) && value !== 0 ? value + EPOCH_MS : undefined
}
