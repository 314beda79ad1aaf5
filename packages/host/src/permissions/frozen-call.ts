/** A tool call as it was when somebody was asked about it: what is run later is this, and nothing else. */
import { createHash } from 'node:crypto'

export interface FrozenCall {
  /** A deep copy that nothing can change. */
  readonly input: Readonly<Record<string, unknown>>
  /** SHA-256 of tool and arguments, in hexadecimal; the order of keys does not matter. */
  readonly digest: string
}

/** @throws TypeError or RangeError for arguments that no copy can be made of */
export function freezeCall(tool: string, input: Readonly<Record<string, unknown>>): FrozenCall {
  const copy = freeze(structuredClone(input)) as Readonly<Record<string, unknown>>
  return { input: copy, digest: digestCall(tool, copy) }
}

export function digestCall(tool: string, input: Readonly<Record<string, unknown>>): string {
  return createHash('sha256')
    .update(JSON.stringify([tool, sorted(input)]))
    .digest('hex')
}

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of Object.values(value)) freeze(inner)
  return Object.freeze(value)
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  // As pairs: an object would put keys that look like numbers first, and lose `__proto__`.
  const keys = Object.keys(value).sort()
  return { object: keys.map((key) => [key, sorted((value as Record<string, unknown>)[key])]) }
}
