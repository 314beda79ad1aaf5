/** Each side proves to the other that it knows the key of the hub, without saying it: a name of a pipe or a path can be taken by anybody. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export type Side = 'holder' | 'session'

export function createKey(): string {
  return randomBytes(32).toString('hex')
}

export function createNonce(): string {
  return randomBytes(16).toString('hex')
}

/** @param nonces that of the session, then that of the holder: a proof is good for one connection */
export function prove(key: string, side: Side, nonces: readonly [string, string]): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([side, ...nonces]))
    .digest('hex')
}

export function isProof(given: unknown, key: string, side: Side, nonces: readonly [string, string]): boolean {
  if (typeof given !== 'string') return false
  const [one, other] = [Buffer.from(given), Buffer.from(prove(key, side, nonces))]
  return one.length === other.length && timingSafeEqual(one, other)
}
