/** Blanks what looks like a credential before it is written to a debug file. */
import { MASK, TOKEN_SHAPES } from '../text/credentials.ts'

/** Where a file is only read afterwards, more may be masked than where somebody decides by what is shown. */
const CREDENTIALS: readonly RegExp[] = [
  ...TOKEN_SHAPES.map((shape) => new RegExp(`\\b${shape}(?![A-Za-z0-9])`, 'g')),
  /\bwhsec_[A-Za-z0-9+/=]{16,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<=\b(?:authorization|proxy-authorization)\s*:\s*(?:bearer|basic|token)\s+)\S+/gi,
  /(?<=:\/\/[^\s/:@]+:)[^\s/@]+(?=@)/g,
]

export function redact(text: string): string {
  return CREDENTIALS.reduce((masked, pattern) => masked.replace(pattern, MASK), text)
}

/** The same for every string inside a JSON value. */
export function redactDeep(value: unknown): unknown {
  if (typeof value === 'string') return redact(value)
  if (Array.isArray(value)) return value.map(redactDeep)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactDeep(inner)]))
}
