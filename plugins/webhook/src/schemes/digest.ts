/** Digests over raw bytes and comparisons that take the same time whatever differs. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { HmacSettings } from './scheme.ts'

type Encoding = HmacSettings['encoding']

const HEX = /^(?:[0-9a-f]{2})+$/i
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** @param parts are taken one after the other, texts as UTF-8. */
export function hmac(
  algorithm: HmacSettings['algorithm'],
  key: string | Buffer,
  ...parts: readonly (string | Buffer)[]
): Buffer {
  const digest = createHmac(algorithm, key)
  for (const part of parts) digest.update(part)
  return digest.digest()
}

/** Strict: `undefined` for anything that is not exactly this encoding, which Node's decoders would pass over. */
export function decode(text: string, encoding: Encoding): Buffer | undefined {
  const pattern = encoding === 'hex' ? HEX : BASE64
  return text !== '' && pattern.test(text) ? Buffer.from(text, encoding) : undefined
}

/** Whether a digest that came is the expected one. Its length is no secret, its bytes are. */
export function isSameDigest(came: Buffer | undefined, expected: Buffer): boolean {
  return came !== undefined && came.length === expected.length && timingSafeEqual(came, expected)
}

/** Compares tokens by their digests, so that not even their length shows in the time it takes. */
export function isSameToken(came: string, expected: string): boolean {
  return timingSafeEqual(sha256(came), sha256(expected))
}

export function sha256(text: string | Buffer): Buffer {
  return createHash('sha256').update(text).digest()
}

/** 32 random bytes, which no sender shortens and every form takes: letters, digits, `-` and `_`. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** A secret is long enough not to be guessed and has no white space, which forms and shells lose. */
export function checkPlainSecret(secret: string): string | undefined {
  if (secret.length < 8) return `it has ${secret.length} characters, and at least 8 are needed`
  if (secret.length > 512) return `it has ${secret.length} characters, and 512 are the most`
  return /^\s|\s$|[\r\n\0]/.test(secret) ? 'it begins or ends with white space, or has a line break in it' : undefined
}
