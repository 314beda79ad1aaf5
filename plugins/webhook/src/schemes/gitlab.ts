/** GitLab: a token that it sends along, or, with a signing token (`whsec_…`), the signatures of Standard Webhooks. */
import { checkPlainSecret, isSameToken, randomSecret } from './digest.ts'
import type { Scheme } from './scheme.ts'
import { checkStandardSecret, STANDARD_PREFIX, signStandard, verifyStandard } from './standard.ts'

const HEADER = 'x-gitlab-token'

export const gitlab: Scheme = {
  name: 'gitlab',
  sender: 'GitLab',
  signed: true,
  timed: true,
  types: ['application/json'],
  secretHeaders: [HEADER, 'webhook-signature'],
  givenSecret: false,
  generateSecret: randomSecret,
  checkSecret: (secret) => (isSigning(secret) ? checkStandardSecret(secret) : checkPlainSecret(secret)),
  verify(received, secrets, settings) {
    const token = received.headers[HEADER]
    const tokens = secrets.filter((secret) => !isSigning(secret))
    if (token !== undefined && tokens.some((secret) => isSameToken(token, secret))) return undefined
    const signing = secrets.filter(isSigning)
    if (signing.length > 0) return verifyStandard(received, signing, settings)
    if (token === undefined) return 'The header X-Gitlab-Token is missing.'
    return 'The token in X-Gitlab-Token is not one of this source.'
  },
  // A hook that another hook caused bears the same event UUID; the key is the delivery's own, and stays in a retry.
  deliveryId: ({ headers }) => headers['idempotency-key'] ?? headers['webhook-id'] ?? headers['x-gitlab-event-uuid'],
  event: ({ headers }) => headers['x-gitlab-event'],
  sign: (sample, secret) => ({
    'idempotency-key': sample.id,
    'x-gitlab-event-uuid': sample.id,
    ...(isSigning(secret) ? signStandard(sample, secret) : { [HEADER]: secret }),
  }),
  setup: 'In the project or group: Settings → Webhooks → Add new webhook. URL: the address; secret token: the secret.',
}

function isSigning(secret: string): boolean {
  return secret.startsWith(STANDARD_PREFIX)
}
