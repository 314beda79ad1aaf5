/** Shows that no header and no body that a stranger can make up is taken, or brings a scheme down. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, isSameDigest } from './digest.ts'
import { SCHEMES } from './index.ts'
import { DEFAULT_SETTINGS } from './scheme.ts'
import { parseTimestamp } from './time-window.ts'

const NOW = 1_800_000_000_000
const SECONDS = String(NOW / 1000)
const SIGNED = [...SCHEMES.values()].filter(({ signed }) => signed)

const digest = fc.oneof(
  fc.string(),
  fc.stringMatching(/^[0-9a-fA-F]{64}$/),
  fc.stringMatching(/^[0-9a-f]{40}$/),
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64')),
)
const proof = fc.oneof(
  digest,
  fc
    .tuple(fc.constantFrom('sha256=', 'v0=', 'v1=', 'v1,', 'Bearer ', `t=${SECONDS},v1=`), digest)
    .map((pair) => pair.join('')),
  fc
    .array(fc.tuple(fc.constantFrom('t=', 'v1=', 'v0=', 'v1,', ' ', ',', SECONDS), digest).map((pair) => pair.join('')))
    .map((fields) => fields.join(',')),
)
const headers = fc.record(
  Object.fromEntries(
    [
      ...['x-hub-signature-256', 'x-hub-signature', 'x-gitlab-token', 'x-slack-signature', 'stripe-signature'],
      ...['webhook-id', 'webhook-signature', 'x-signature', 'authorization', '__proto__x'],
    ].map((name) => [name, proof]),
  ),
  { requiredKeys: [] },
)
const times = fc.record(
  Object.fromEntries(
    ['x-slack-request-timestamp', 'webhook-timestamp'].map((name) => [
      name,
      fc.oneof(
        fc.constant(SECONDS),
        fc.string(),
        fc.constantFrom('-1', '1e9', '0x10', ' 1', '1 ', '१', 'NaN', '9'.repeat(400)),
      ),
    ]),
  ),
  { requiredKeys: [] },
)

describe.each(SIGNED.map((scheme) => [scheme.name, scheme] as const))('%s', (_, scheme) => {
  const secret = scheme.name === 'gitlab' ? 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' : scheme.generateSecret()

  it('never throws on headers, and never accepts', () => {
    fc.assert(
      fc.property(headers, times, fc.uint8Array({ maxLength: 200 }), (given, time, bytes) => {
        const request = { headers: { ...given, ...time } as Record<string, string>, raw: Buffer.from(bytes), now: NOW }
        for (const secrets of [[secret], [secret, scheme.generateSecret()], []]) {
          expect(scheme.verify(request, secrets, DEFAULT_SETTINGS)).toMatch(/^[A-Z].*\.$/s)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('never throws on a body', () => {
    fc.assert(
      fc.property(headers, fc.oneof(fc.jsonValue(), fc.anything(), fc.constantFrom(null, undefined)), (given, body) => {
        const request = { headers: given as Record<string, string>, raw: Buffer.from('x'), now: NOW }
        for (const found of [
          scheme.deliveryId(request, () => body),
          scheme.event(request, () => body),
          scheme.challenge?.(body),
        ]) {
          expect(['string', 'undefined']).toContain(typeof found)
        }
      }),
    )
  })

  it('has no secret that is empty, short or not its own kind', () => {
    for (const bad of ['', 'short', ' leading-space-0123456789', 'with\nline-break-0123456789', 'x'.repeat(600)]) {
      expect(scheme.checkSecret(bad)).toMatch(/\w/)
    }
  })
})

it('takes no token but the whole one', () => {
  for (const [name, header, wrap] of [
    ['gitlab', 'x-gitlab-token', (token: string) => token],
    ['bearer', 'authorization', (token: string) => `Bearer ${token}`],
  ] as const) {
    const scheme = SCHEMES.get(name)
    const secret = 'token-0123456789'
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.constantFrom('', secret.slice(1), `${secret} `, secret.toUpperCase(), `${secret},${secret}`),
        ),
        (token) => {
          fc.pre(token !== secret)
          const request = { headers: { [header]: wrap(token) }, raw: Buffer.from(''), now: NOW }
          expect(scheme?.verify(request, [secret], DEFAULT_SETTINGS)).toBeDefined()
        },
      ),
    )
  }
})

describe('decoding', () => {
  it('is exact: what Node would pass over is refused', () => {
    const bytes = Buffer.alloc(32, 7)
    for (const [text, encoding] of [
      [`${bytes.toString('hex')}zz`, 'hex'],
      [`${bytes.toString('hex')}0`, 'hex'],
      [` ${bytes.toString('hex')}`, 'hex'],
      [bytes.toString('base64url'), 'base64'],
      [`${bytes.toString('base64')}=`, 'base64'],
      [`${bytes.toString('base64')}\n`, 'base64'],
      ['', 'hex'],
      ['', 'base64'],
    ] as const) {
      expect(decode(text, encoding)).toBeUndefined()
    }
    expect(decode(bytes.toString('hex').toUpperCase(), 'hex')).toEqual(bytes)
    expect(decode(bytes.toString('base64'), 'base64')).toEqual(bytes)
  })

  it('compares digests of any length without throwing', () => {
    expect(isSameDigest(undefined, Buffer.alloc(32))).toBe(false)
    expect(isSameDigest(Buffer.alloc(0), Buffer.alloc(32))).toBe(false)
    expect(isSameDigest(Buffer.alloc(32), Buffer.alloc(32))).toBe(true)
  })

  it('reads a time as whole seconds only', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const time = parseTimestamp(text)
        expect(
          time === undefined || (Number.isSafeInteger(time) && String(time) === text.replace(/^0+(?=\d)/, '')),
        ).toBe(true)
      }),
    )
  })
})
