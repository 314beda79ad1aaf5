/** Whether a request for a source comes from the sender that it is for. */
import { RequestError } from '../request-error.ts'
import type { Received } from '../schemes/scheme.ts'
import type { Source } from '../sources/source.ts'

/** @throws RequestError 403 for a source that takes nothing now */
export function assertUsable({ refused }: Source): void {
  if (refused === undefined) return
  throw new RequestError(403, 'request-refused', refused, {
    hint: 'Whoever runs the channel has to give the source a secret.',
  })
}

/** @throws RequestError 401 */
export function assertProven(received: Received, { name, scheme, secrets, settings }: Source): void {
  const problem = scheme.verify(received, secrets, settings)
  if (problem === undefined) return
  throw new RequestError(401, 'signature-invalid', `Source "${name}": ${problem}`, {
    hint: `Compare the secret at the sender with the one of the source "${name}".`,
    headers: { 'www-authenticate': scheme.name === 'bearer' ? 'Bearer' : 'Signature' },
  })
}
