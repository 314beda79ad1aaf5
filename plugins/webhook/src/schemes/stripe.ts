/** Stripe: HMAC over time and body, both in one header, with a signature for every secret that is in force. */
import { textAt } from './body-field.ts'
import { checkPlainSecret, decode, hmac, isSameDigest, randomSecret } from './digest.ts'
import type { Scheme } from './scheme.ts'
import { checkTime, parseTimestamp } from './time-window.ts'

const HEADER = 'stripe-signature'
/** More fields than a sender ever has are not looked at. */
const FIELDS = 20

export const stripe: Scheme = {
  name: 'stripe',
  sender: 'Stripe',
  signed: true,
  timed: true,
  types: ['application/json'],
  secretHeaders: [HEADER],
  givenSecret: true,
  generateSecret: () => `whsec_${randomSecret()}`,
  checkSecret: checkPlainSecret,
  verify({ headers, raw, now }, secrets, { toleranceSeconds }) {
    const header = headers[HEADER]
    if (header === undefined) return 'The header Stripe-Signature is missing.'
    const fields = header.split(',', FIELDS).map((field) => field.trim())
    const timestamp = fields.find((field) => field.startsWith('t='))?.slice(2)
    const time = parseTimestamp(timestamp)
    if (time === undefined) return 'The header Stripe-Signature has no time (t=…).'
    const came = fields.filter((field) => field.startsWith('v1=')).map((field) => decode(field.slice(3), 'hex'))
    const isSigned = secrets.some((secret) => {
      const expected = hmac('sha256', secret, `${timestamp}.`, raw)
      return came.some((signature) => isSameDigest(signature, expected))
    })
    if (!isSigned) return 'No signature (v1=…) in Stripe-Signature was made with a secret of this source.'
    return checkTime(time, now, toleranceSeconds)
  },
  deliveryId: (_, body) => textAt(body(), 'id'),
  event: (_, body) => textAt(body(), 'type'),
  sign({ body, now }, secret) {
    const timestamp = String(Math.floor(now / 1000))
    return { [HEADER]: `t=${timestamp},v1=${hmac('sha256', secret, `${timestamp}.`, body).toString('hex')}` }
  },
  setup:
    'In the dashboard: Developers → Webhooks → Add endpoint, with the address. The secret is the signing secret (whsec_…) that the endpoint then shows.',
}
