/** The key pairs of Standard Webhooks (Ed25519): the sender signs with `whsk_…`, and this machine keeps only `whpk_…`. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { decode } from './digest.ts'

export const PUBLIC_PREFIX = 'whpk_'
export const PRIVATE_PREFIX = 'whsk_'
const KEY_BYTES = 32
/** What the signature in a header begins with. */
export const SIGNED_BY_KEY = 'v1a,'

export interface KeyPair {
  /** `whpk_` and the 32 bytes of the public key in base64. */
  readonly publicKey: string
  /** `whsk_` and 64 bytes in base64: the seed, then the public key. */
  readonly privateKey: string
}

export function generateKeyPair(): KeyPair {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  return {
    publicKey: `${PUBLIC_PREFIX}${point.toString('base64')}`,
    privateKey: `${PRIVATE_PREFIX}${Buffer.concat([seed, point]).toString('base64')}`,
  }
}

export function isPublicKey(secret: string): boolean {
  return secret.startsWith(PUBLIC_PREFIX)
}

/** What is wrong with a text that begins as one of the keys, as the secret of a source; `undefined` for a public key. */
export function checkPublicKey(secret: string): string | undefined {
  if (secret.startsWith(PRIVATE_PREFIX)) {
    return 'it is a private key, which is the sender’s alone; the public key that belongs to it begins with "whpk_"'
  }
  return readKey(secret, PUBLIC_PREFIX, KEY_BYTES) ? undefined : 'it is not "whpk_" and 32 bytes in base64 after it'
}

/** The signature in base64. @throws TypeError for a text that is no private key */
export function signByKey(privateKey: string, text: Buffer): string {
  const bytes = readKey(privateKey, PRIVATE_PREFIX, 2 * KEY_BYTES)
  if (!bytes) throw new TypeError('it is not "whsk_" and 64 bytes in base64 after it')
  const d = bytes.subarray(0, KEY_BYTES).toString('base64url')
  const x = bytes.subarray(KEY_BYTES).toString('base64url')
  const key = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x }, format: 'jwk' })
  return sign(null, text, key).toString('base64')
}

/** Never throws. */
export function isSignedByKey(publicKey: string, text: Buffer, signature: Buffer): boolean {
  const bytes = readKey(publicKey, PUBLIC_PREFIX, KEY_BYTES)
  if (!bytes) return false
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }, format: 'jwk' })
    return verify(null, text, key, signature)
  } catch {
    return false
  }
}

function readKey(text: string, prefix: string, length: number): Buffer | undefined {
  if (!text.startsWith(prefix)) return undefined
  const bytes = decode(text.slice(prefix.length), 'base64')
  return bytes?.length === length ? bytes : undefined
}
