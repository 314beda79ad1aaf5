/** The time that a sender signs: a delivery that somebody recorded can be sent again for a few minutes at most. */

/** Seconds since 1970, as senders write them; `undefined` for anything else. */
export function parseTimestamp(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined
}

/** A sentence when `timestamp` is further from `now` (milliseconds) than `toleranceSeconds`, in either direction. */
export function checkTime(timestamp: number, now: number, toleranceSeconds: number): string | undefined {
  const age = Math.round(now / 1000) - timestamp
  if (Math.abs(age) <= toleranceSeconds) return undefined
  const distance = age > 0 ? `${age} seconds ago` : `${-age} seconds in the future`
  return `It was signed ${distance}, and ${toleranceSeconds} seconds is the most.`
}
