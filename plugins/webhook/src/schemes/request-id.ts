/** The ids that senders of no particular kind give a delivery, so that one sent again is told from a new one. */
import { sha256 } from './digest.ts'
import type { Received } from './scheme.ts'

/**
 * `Idempotency-Key` is a delivery's own. `X-Request-Id` may follow a chain of calls and then stands on several
 * deliveries, so it counts together with the body: a retry has the same one.
 */
export function requestId({ headers, raw }: Pick<Received, 'headers' | 'raw'>): string | undefined {
  const key = headers['idempotency-key']
  if (key) return key
  const request = headers['x-request-id']
  return request ? `${request} ${sha256(raw).toString('base64url')}` : undefined
}
