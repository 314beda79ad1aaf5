/** Any sender that puts an HMAC of the body into a header: which header, algorithm and encoding are settings. */
import { checkPlainSecret, decode, hmac, isSameDigest, randomSecret } from './digest.ts'
import { requestId } from './request-id.ts'
import type { Scheme } from './scheme.ts'

export const generic: Scheme = {
  name: 'hmac',
  sender: 'a sender with an HMAC signature',
  signed: true,
  timed: false,
  // The header that is set for a source is hidden besides.
  secretHeaders: [],
  givenSecret: false,
  generateSecret: randomSecret,
  checkSecret: checkPlainSecret,
  verify({ headers, raw }, secrets, { hmac: { header, algorithm, encoding, prefix } }) {
    const signature = headers[header]
    if (signature === undefined) return `The header ${header} is missing.`
    if (!signature.startsWith(prefix)) return `The header ${header} does not begin with "${prefix}".`
    const came = decode(signature.slice(prefix.length), encoding)
    if (secrets.some((secret) => isSameDigest(came, hmac(algorithm, secret, raw)))) return undefined
    return `The signature in ${header} was not made with a secret of this source, or the body was changed on its way.`
  },
  deliveryId: requestId,
  event: () => undefined,
  sign: ({ body, id }, secret, { hmac: { header, algorithm, encoding, prefix } }) => ({
    'idempotency-key': id,
    [header]: `${prefix}${hmac(algorithm, secret, body).toString(encoding)}`,
  }),
  setup: "Give the sender the address and the secret; it must sign the body's bytes as the source says.",
}
