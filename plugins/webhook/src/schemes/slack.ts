/** Slack: HMAC over version, time and body; before the first event it asks for a challenge to be sent back. */
import { textAt } from './body-field.ts'
import { checkPlainSecret, decode, hmac, isSameDigest, randomSecret } from './digest.ts'
import type { Scheme } from './scheme.ts'
import { checkTime, parseTimestamp } from './time-window.ts'

const SIGNATURE = 'x-slack-signature'
const TIMESTAMP = 'x-slack-request-timestamp'
const PREFIX = 'v0='
/** Slack's challenges have some 50 characters. */
const CHALLENGE_UNITS = 1000

export const slack: Scheme = {
  name: 'slack',
  sender: 'Slack',
  signed: true,
  timed: true,
  types: ['application/json', 'application/x-www-form-urlencoded'],
  secretHeaders: [SIGNATURE],
  givenSecret: true,
  generateSecret: randomSecret,
  checkSecret: checkPlainSecret,
  verify({ headers, raw, now }, secrets, { toleranceSeconds }) {
    const signature = headers[SIGNATURE]
    const time = parseTimestamp(headers[TIMESTAMP])
    if (signature === undefined) return 'The header X-Slack-Signature is missing.'
    if (time === undefined) return 'The header X-Slack-Request-Timestamp is missing, or is not a number of seconds.'
    const came = signature.startsWith(PREFIX) ? decode(signature.slice(PREFIX.length), 'hex') : undefined
    const head = `v0:${headers[TIMESTAMP]}:`
    if (!secrets.some((secret) => isSameDigest(came, hmac('sha256', secret, head, raw)))) {
      return 'The signature was not made with a signing secret of this source, or the body was changed on its way.'
    }
    return checkTime(time, now, toleranceSeconds)
  },
  deliveryId: (_, body) => textAt(body(), 'event_id'),
  event: (_, body) => textAt(body(), 'event', 'type') ?? textAt(body(), 'type') ?? textAt(body(), 'command'),
  challenge(body) {
    if (textAt(body, 'type') !== 'url_verification') return undefined
    return textAt(body, 'challenge')?.slice(0, CHALLENGE_UNITS)
  },
  sign({ body, now }, secret) {
    const timestamp = String(Math.floor(now / 1000))
    const digest = hmac('sha256', secret, `v0:${timestamp}:`, body).toString('hex')
    return { [TIMESTAMP]: timestamp, [SIGNATURE]: `${PREFIX}${digest}` }
  },
  setup:
    "The secret is your Slack app's: Basic Information → App Credentials → Signing Secret. The address goes to Event Subscriptions → Request URL; Slack tries it at once, so the session must be running.",
}
