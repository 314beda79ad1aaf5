/** Shows that each scheme takes what its sender publishes as right, agrees with the sender's own library, and no more. */
import { sign as signGitHub, verify as verifyGitHub } from '@octokit/webhooks-methods'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { SCHEMES } from './index.ts'
import { DEFAULT_SETTINGS, type Received, type Scheme, type SchemeSettings } from './scheme.ts'

const schemeOf = (name: string): Scheme => SCHEMES.get(name) as Scheme
const received = (headers: Record<string, string>, body: string, seconds = 0): Received => ({
  headers,
  raw: Buffer.from(body),
  now: seconds * 1000,
})

interface Vector {
  readonly scheme: string
  readonly secret: string
  /** What the sender signs with, where that is not the secret itself. */
  readonly privateKey?: string
  readonly headers: Record<string, string>
  readonly body: string
  /** Seconds since 1970. */
  readonly time: number
  readonly settings?: SchemeSettings
}
const generic = (hmac: Partial<SchemeSettings['hmac']>): SchemeSettings => ({
  ...DEFAULT_SETTINGS,
  hmac: { ...DEFAULT_SETTINGS.hmac, ...hmac },
})

/** GitHub, Slack and Standard Webhooks: out of their documentation; the others computed with openssl. */
const VECTORS: Readonly<Record<string, Vector>> = {
  github: {
    scheme: 'github',
    secret: "It's a Secret to Everybody",
    headers: { 'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17' },
    body: 'Hello, World!',
    time: 0,
  },
  slack: {
    scheme: 'slack',
    secret: '8f742231b10e8888abcd99yyyzzz85a5',
    headers: {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    },
    body: 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    time: 1_531_420_618,
  },
  standard: {
    scheme: 'standard',
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
    time: 1_614_265_330,
  },
  'standard with a key pair': {
    scheme: 'standard',
    privateKey: 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
    secret: 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=',
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature':
        'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
    },
    body: '{"test": 2432232314}',
    time: 1_614_265_330,
  },
  'gitlab with a signing token': {
    scheme: 'gitlab',
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
    time: 1_614_265_330,
  },
  stripe: {
    scheme: 'stripe',
    secret: 'whsec_test_c2FtcGxlX3N0cmlwZV9zZWNyZXQ',
    headers: {
      'stripe-signature':
        't=1700000000,v1=8acc42a372202f5110b604b99815dd09b7a9b03c870a6afefe2fe9b96cca8ef3,v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39',
    },
    body: '{"id":"evt_1","type":"charge.failed"}',
    time: 1_700_000_000,
  },
  'hmac, sha1': {
    scheme: 'hmac',
    secret: 'correct horse battery',
    headers: { 'x-signature': '0db79b86826079b9eec9b8f10c35509b19fa0241' },
    body: 'disk full',
    time: 0,
    settings: generic({ algorithm: 'sha1' }),
  },
  'hmac, sha256 in base64 with a prefix': {
    scheme: 'hmac',
    secret: 'correct horse battery',
    headers: { 'x-proof': 'hmac bGZI+sEtMXwB1dTLKsb0E1lF4FLgOhfi0E+a6bV7zds=' },
    body: 'disk full',
    time: 0,
    settings: generic({ header: 'x-proof', encoding: 'base64', prefix: 'hmac ' }),
  },
  'hmac, sha384': {
    scheme: 'hmac',
    secret: 'correct horse battery',
    headers: {
      'x-signature': 'f83a95c7c4697eba13e28393dfea982b17045077640be025db3cf4ce43415d253606c1c9dbe3ee2017dc3fba272c2248',
    },
    body: 'disk full',
    time: 0,
    settings: generic({ algorithm: 'sha384' }),
  },
  'hmac, sha512': {
    scheme: 'hmac',
    secret: 'correct horse battery',
    headers: {
      'x-signature':
        '06453910dc6dd1a4861518451fceaca4b811d743ab786b130430a80164be708afa68157622b2ae7381c16c5c5d30c2a1bee14970e28c547fb18a22f2f1d39737',
    },
    body: 'disk full',
    time: 0,
    settings: generic({ algorithm: 'sha512' }),
  },
  'gitlab with a token': {
    scheme: 'gitlab',
    secret: 'glwt-0123456789',
    headers: { 'x-gitlab-token': 'glwt-0123456789' },
    body: '{}',
    time: 0,
  },
  bearer: {
    scheme: 'bearer',
    secret: 'tok-0123456789',
    headers: { authorization: 'Bearer tok-0123456789' },
    body: '{}',
    time: 0,
  },
}

describe.each(Object.entries(VECTORS))('%s', (_, vector) => {
  const { scheme: name, secret, privateKey, headers, body, time, settings } = vector
  const scheme = schemeOf(name)
  const check = (request: Received, secrets = [secret]) => scheme.verify(request, secrets, settings ?? DEFAULT_SETTINGS)
  const signsBody = !('x-gitlab-token' in headers) && !('authorization' in headers)

  it('is taken as published, with any of several secrets', () => {
    expect(check(received(headers, body, time))).toBeUndefined()
    const other = scheme.generateSecret()
    expect(check(received(headers, body, time), [other, secret])).toBeUndefined()
    expect(check(received(headers, body, time), [secret, other])).toBeUndefined()
  })

  it('is refused with another secret, and with none', () => {
    expect(check(received(headers, body, time), [scheme.generateSecret()])).toMatch(/^[A-Z].*\.$/)
    expect(check(received(headers, body, time), [])).toMatch(/^[A-Z].*\.$/)
  })

  it('is refused when a byte of the body, or of a header, is another', () => {
    if (signsBody) {
      expect(check(received(headers, `${body} `, time))).toBeDefined()
      expect(check(received(headers, body.slice(1), time))).toBeDefined()
    }
    for (const [header, value] of Object.entries(headers)) {
      for (const changed of ['', value.slice(0, -1), `${value}0`, value.replace(/[0-9a-zA-Z](?=.{3}$)/, '_')]) {
        const { [header]: _removed, ...rest } = headers
        // Stripe's header ends in a signature of the older kind, which says nothing.
        if (header === 'stripe-signature' && changed.includes('8ef3,v0=')) continue
        expect(check(received({ ...rest, [header]: changed }, body, time))).toBeDefined()
        expect(check(received(rest, body, time))).toBeDefined()
      }
    }
  })

  it('never shows a secret in what it says', () => {
    for (const request of [received({}, body, time), received(headers, 'other', time), received(headers, body, 1)]) {
      expect(check(request, ['another-secret-0123456789']) ?? '').not.toContain('another-secret')
    }
  })

  it('takes what it signs itself', () => {
    const now = 1_800_000_000_000
    const sample = { body: Buffer.from('{"a":1}'), id: 'id-1', now }
    const generated = scheme.generateSecret()
    for (const [one, signing] of [
      [secret, privateKey ?? secret],
      [generated, generated],
    ] as const) {
      const signed = scheme.sign(sample, signing, settings ?? DEFAULT_SETTINGS)
      expect(scheme.checkSecret(one)).toBeUndefined()
      expect(check({ headers: signed, raw: sample.body, now }, [one])).toBeUndefined()
    }
  })
})

describe('the time window', () => {
  const timed = Object.entries(VECTORS).filter(([, { headers }]) => JSON.stringify(headers).match(/timestamp|t=1/))

  it.each(timed)('%s: 300 seconds in either direction, or as set', (_, { scheme, secret, headers, body, time }) => {
    const at = (seconds: number, toleranceSeconds = 300) =>
      schemeOf(scheme).verify(received(headers, body, time + seconds), [secret], {
        ...DEFAULT_SETTINGS,
        toleranceSeconds,
      })
    expect([at(300), at(-300), at(3600, 3600)]).toEqual([undefined, undefined, undefined])
    expect(at(301)).toBe('It was signed 301 seconds ago, and 300 seconds is the most.')
    expect(at(-301)).toBe('It was signed 301 seconds in the future, and 300 seconds is the most.')
  })

  it('is told only to whoever signed', () => {
    const { headers, body, time } = VECTORS['slack'] as Vector
    const problem = schemeOf('slack').verify(received(headers, body, time + 9999), ['another-secret'], DEFAULT_SETTINGS)
    expect(problem).toContain('signature')
  })
})

describe('the senders’ own libraries', () => {
  it('sign what we take, and take what we sign: GitHub', async () => {
    const scheme = schemeOf('github')
    for (const body of ['{"a":"ä€"}', '', 'x'.repeat(100_000)]) {
      const secret = scheme.generateSecret()
      const theirs = { 'x-hub-signature-256': await signGitHub(secret, body).catch(() => '') }
      if (body !== '') expect(scheme.verify(received(theirs, body), [secret], DEFAULT_SETTINGS)).toBeUndefined()
      const ours = scheme.sign({ body: Buffer.from(body), id: 'x', now: 0 }, secret, DEFAULT_SETTINGS)
      if (body !== '') expect(await verifyGitHub(secret, body, ours['x-hub-signature-256'] ?? '')).toBe(true)
    }
  })

  it('sign what we take, and take what we sign: Standard Webhooks', () => {
    const scheme = schemeOf('standard')
    for (const body of ['{"a":"ä€"}', '{}', JSON.stringify('x'.repeat(100_000))]) {
      const secret = scheme.generateSecret()
      const oracle = new Webhook(secret)
      const now = Date.now()
      const theirs = {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(Math.floor(now / 1000)),
        'webhook-signature': oracle.sign('msg_1', new Date(now), body),
      }
      expect(
        scheme.verify({ headers: theirs, raw: Buffer.from(body), now }, [secret], DEFAULT_SETTINGS),
      ).toBeUndefined()
      const ours = scheme.sign({ body: Buffer.from(body), id: 'msg_2', now }, secret, DEFAULT_SETTINGS)
      expect(oracle.verify(body, ours)).toEqual(JSON.parse(body))
      expect(() => oracle.verify(`${body} `, ours)).toThrow()
    }
  })

  it('agree about several signatures while a key is changed', () => {
    const [older, newer] = [schemeOf('standard').generateSecret(), schemeOf('standard').generateSecret()]
    const now = Date.now()
    const signatures = [older, newer].map((secret) => new Webhook(secret).sign('msg_1', new Date(now), '{}'))
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(now / 1000)),
      'webhook-signature': `v1a,aaaa ${signatures.join(' ')}`,
    }
    for (const secret of [older, newer]) {
      expect(new Webhook(secret).verify('{}', headers)).toEqual({})
      expect(
        schemeOf('standard').verify({ headers, raw: Buffer.from('{}'), now }, [secret], DEFAULT_SETTINGS),
      ).toBeUndefined()
    }
  })
})
