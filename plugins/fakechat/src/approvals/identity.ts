/**
 * Which browser a page runs in. Anything on this machine can open the WebSocket, so a page proves it: it signs this
 * connection's challenge with a key that its browser made and gives nobody.
 */
import { randomBytes } from 'node:crypto'

/** What a page sends: base64url of the raw public point (P-256) and of the signature (IEEE P1363) over {@link signedText}. */
export interface Proof {
  readonly key: string
  readonly signature: string
}

const KEY_BYTES = 65
const SIGNATURE_BYTES = 64
const SENDER_BYTES = 16
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const

export function createChallenge(): string {
  return randomBytes(32).toString('base64url')
}

/** @param host what the page was loaded from, as `localhost:8787`: a proof for another server is none here */
export function signedText(challenge: string, host: string): string {
  return `backchannel fakechat identity\n${host}\n${challenge}`
}

/** @returns the browser's name as a sender, the same for the same key; `undefined` for what proves nothing. */
export async function verifyProof(
  { key, signature }: Proof,
  challenge: string,
  host: string,
): Promise<string | undefined> {
  const [point, signed] = [decode(key, KEY_BYTES), decode(signature, SIGNATURE_BYTES)]
  if (!point || !signed) return undefined
  const { subtle } = globalThis.crypto
  try {
    const publicKey = await subtle.importKey('raw', point, CURVE, false, ['verify'])
    const text = new TextEncoder().encode(signedText(challenge, host))
    const isGood = await subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, publicKey, signed, text)
    if (!isGood) return undefined
    const digest = await subtle.digest('SHA-256', point)
    return `browser-${Buffer.from(digest).subarray(0, SENDER_BYTES).toString('hex')}`
  } catch {
    // No point of the curve.
    return undefined
  }
}

function decode(text: string, length: number): Uint8Array<ArrayBuffer> | undefined {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64url'))
  return bytes.length === length ? bytes : undefined
}
