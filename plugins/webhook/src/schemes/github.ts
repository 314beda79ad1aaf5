/** GitHub, and Gitea and Forgejo, which sign the same way: HMAC over the body, the id in a header, no time. */
import { checkPlainSecret, decode, hmac, isSameDigest, randomSecret } from './digest.ts'
import type { Scheme } from './scheme.ts'

const HEADER = 'x-hub-signature-256'
const PREFIX = 'sha256='

export const github: Scheme = {
  name: 'github',
  sender: 'GitHub',
  signed: true,
  timed: false,
  types: ['application/json', 'application/x-www-form-urlencoded'],
  secretHeaders: [HEADER, 'x-hub-signature'],
  givenSecret: false,
  generateSecret: randomSecret,
  checkSecret: checkPlainSecret,
  verify({ headers, raw }, secrets) {
    const signature = headers[HEADER]
    if (signature === undefined) return 'The header X-Hub-Signature-256 is missing.'
    if (!signature.startsWith(PREFIX)) return 'The header X-Hub-Signature-256 does not begin with "sha256=".'
    const came = decode(signature.slice(PREFIX.length), 'hex')
    if (secrets.some((secret) => isSameDigest(came, hmac('sha256', secret, raw)))) return undefined
    return 'The signature was not made with a secret of this source, or the body was changed on its way.'
  },
  deliveryId: ({ headers }) => headers['x-github-delivery'],
  event: ({ headers }) => headers['x-github-event'],
  sign: ({ body, id }, secret) => ({
    'x-github-delivery': id,
    [HEADER]: `${PREFIX}${hmac('sha256', secret, body).toString('hex')}`,
  }),
  setup:
    'In the repository or organisation: Settings → Webhooks → Add webhook. Payload URL: the address; content type: application/json; secret: the secret.',
}
