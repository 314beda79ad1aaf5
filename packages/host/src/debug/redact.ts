/** Blanks what looks like a credential before it is written to a debug file. */

const MASK = '[REDACTED]'

/** Shapes that providers give their keys; each is long and typed enough not to hit ordinary words. */
const CREDENTIALS: readonly RegExp[] = [
  /\bsk-[A-Za-z0-9_-]{16,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bglpat-[A-Za-z0-9_-]{16,}/g,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,}/g,
  /\bAKIA[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\bnpm_[A-Za-z0-9]{30,}/g,
  /\bwhsec_[A-Za-z0-9+/=]{16,}/g,
  /\b\d{8,10}:[A-Za-z0-9_-]{35}\b/g,
  /\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}/g,
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
