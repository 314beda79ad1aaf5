/** Discord's ids: numbers of 64 bits whose upper part is a time. https://discord.com/developers/docs/reference#snowflakes */

const EPOCH_MS = 1_420_070_400_000n

/** The lowest id of that moment; milliseconds since 1970. */
export function idAt(ms: number): string {
  const since = BigInt(Math.trunc(ms)) - EPOCH_MS
  return String(since > 0n ? since << 22n : 0n)
}

/** Whether `id` was made after `other`. */
export function isLater(id: string, other: string): boolean {
  return id.length === other.length ? id > other : id.length > other.length
}

/** The id before this one. */
export function idBefore(id: string): string {
  return String(BigInt(id) - 1n)
}

export function isId(id: unknown): id is string {
  return typeof id === 'string' && /^\d{1,25}$/.test(id)
}
