/**
 * Standard Webhooks (standardwebhooks.com): an HMAC over id, time and body, or a signature by a key pair; several signatures
 * while a key is changed.
 */
import { randomBytes } from 'node:crypto'
import { textAt } from './body-field.ts'
import { decode, hmac, isSameDigest } from './digest.ts'
import type { Received, Sample, Scheme, SchemeSettings } from './scheme.ts'
import { checkPublicKey, isPublicKey, isSignedByKey, PRIVATE_PREFIX, SIGNED_BY_KEY, signByKey } from './signing-key.ts'
import { checkTime, parseTimestamp } from './time-window.ts'

export const STANDARD_PREFIX = 'whsec_'
/** More signatures than a sender ever has keys are not looked at. */
const SIGNATURES = 20

export const standard: Scheme = {
  name: 'standard',
  sender: 'a sender of Standard Webhooks',
  signed: true,
  timed: true,
  secretHeaders: ['webhook-signature'],
  givenSecret: false,
  generateSecret: () => `${STANDARD_PREFIX}${randomBytes(32).toString('base64')}`,
  checkSecret: checkStandardSecret,
  verify: verifyStandard,
  deliveryId: ({ headers }) => headers['webhook-id'],
  event: (_, body) => textAt(body(), 'type'),
  sign: signStandard,
  setup: "Give the sender the address as the endpoint's URL and the secret as its signing secret.",
}

/** Also what GitLab sends for a signing token. */
export function verifyStandard(
  { headers, raw, now }: Received,
  secrets: readonly string[],
  { toleranceSeconds }: SchemeSettings,
): string | undefined {
  const id = headers['webhook-id']
  const timestamp = headers['webhook-timestamp']
  const signatures = headers['webhook-signature']
  if (!id) return 'The header webhook-id is missing.'
  if (!signatures) return 'The header webhook-signature is missing.'
  const time = parseTimestamp(timestamp)
  if (time === undefined) return 'The header webhook-timestamp is missing, or is not a number of seconds.'
  const came = signatures.split(' ', SIGNATURES)
  const of = (prefix: string): readonly Buffer[] =>
    came.flatMap((one) => (one.startsWith(prefix) ? (decode(one.slice(prefix.length), 'base64') ?? []) : []))
  const signed = `${id}.${timestamp}.`
  const isSigned = secrets.some((secret) => {
    if (isPublicKey(secret)) {
      const text = Buffer.concat([Buffer.from(signed), raw])
      return of(SIGNED_BY_KEY).some((signature) => isSignedByKey(secret, text, signature))
    }
    const key = standardKey(secret)
    if (key === undefined) return false
    const expected = hmac('sha256', key, signed, raw)
    return of('v1,').some((signature) => isSameDigest(signature, expected))
  })
  if (!isSigned) return 'No signature in webhook-signature was made with a secret of this source.'
  return checkTime(time, now, toleranceSeconds)
}

/** @param secret a shared one, or the sender's private key */
export function signStandard({ body, id, now }: Sample, secret: string): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000))
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body])
  const signature = secret.startsWith(PRIVATE_PREFIX)
    ? `${SIGNED_BY_KEY}${signByKey(secret, signed)}`
    : `v1,${hmac('sha256', standardKey(secret) ?? '', signed).toString('base64')}`
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
}

export function checkStandardSecret(secret: string): string | undefined {
  if (isPublicKey(secret) || secret.startsWith(PRIVATE_PREFIX)) return checkPublicKey(secret)
  const key = standardKey(secret)
  if (key === undefined) return 'it is not "whsec_" and the key in base64 after it'
  if (key.length > 256) return `its key has ${key.length} bytes, and 256 are the most`
  return key.length < 16 ? `its key has ${key.length} bytes, and at least 16 are needed` : undefined
}

/** The key is what the base64 stands for; the prefix may be left out. */
function standardKey(secret: string): Buffer | undefined {
  return decode(secret.startsWith(STANDARD_PREFIX) ? secret.slice(STANDARD_PREFIX.length) : secret, 'base64')
}
