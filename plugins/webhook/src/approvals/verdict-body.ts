/** Reads the body of a verdict: data from outside, of which only plain words allow. */
import { RequestError } from '../request-error.ts'

export interface GivenVerdict {
  readonly requestId: string
  readonly behavior: 'allow' | 'deny'
  readonly scope?: 'session'
}

const EXAMPLE =
  'Send {"request_id":"abcde","behavior":"allow"}, or "deny"; "scope":"session" for the rest of the session.'

/** @throws RequestError 400, which says what is wrong */
export function parseVerdictBody(body: unknown): GivenVerdict {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('The body is no JSON object.')
  const { request_id: requestId, behavior, scope } = body as Record<string, unknown>
  if (typeof requestId !== 'string' || !/^[a-km-z]{5}$/i.test(requestId))
    throw invalid('"request_id" is not the five letters of a request.')
  if (behavior !== 'allow' && behavior !== 'deny') throw invalid('"behavior" is neither "allow" nor "deny".')
  if (scope !== undefined && scope !== 'once' && scope !== 'session')
    throw invalid('"scope" is neither "once" nor "session".')
  return { requestId, behavior, ...(scope === 'session' ? { scope } : {}) }
}

function invalid(message: string): RequestError {
  return new RequestError(400, 'request-invalid', message, { hint: EXAMPLE })
}
