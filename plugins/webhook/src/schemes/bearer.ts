/** A token in `Authorization: Bearer …`, for senders that can set a header and not sign. */
import { checkPlainSecret, isSameToken, randomSecret } from './digest.ts'
import { requestId } from './request-id.ts'
import type { Scheme } from './scheme.ts'

export const bearer: Scheme = {
  name: 'bearer',
  sender: 'a sender with a token',
  signed: true,
  timed: false,
  secretHeaders: ['authorization'],
  givenSecret: false,
  generateSecret: randomSecret,
  checkSecret: (secret) =>
    /^[A-Za-z0-9._~+/=-]+$/.test(secret)
      ? checkPlainSecret(secret)
      : 'a token has letters, digits and "-._~+/=" only, since it goes into a header',
  verify({ headers }, secrets) {
    const authorization = headers['authorization']
    if (authorization === undefined) return 'The header Authorization is missing.'
    const token = /^bearer +(\S+)$/i.exec(authorization)?.[1]
    if (token === undefined) return 'The header Authorization is not "Bearer" and a token.'
    return secrets.some((secret) => isSameToken(token, secret)) ? undefined : 'The token is not one of this source.'
  },
  deliveryId: requestId,
  event: () => undefined,
  sign: ({ id }, secret) => ({ 'idempotency-key': id, authorization: `Bearer ${secret}` }),
  setup: 'Let the sender POST to the address with the header "Authorization: Bearer SECRET".',
}
