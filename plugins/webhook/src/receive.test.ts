/** Shows every answer that a source gives, over real sockets: taken, known, left out, refused, limited, folded. */
import { readdir, readFile } from 'node:fs/promises'
import { BackchannelError } from '@backchannel/channel'
import { afterEach, describe, expect, it } from 'vitest'
import { fillSample } from './commands/samples.ts'
import { type Fixture, type FixtureOptions, startFixture } from './sources.fixture.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const SIGNED = ['github', 'gitlab', 'slack', 'stripe', 'standard', 'hmac', 'bearer']
const ALL = [...SIGNED.map((scheme) => ({ name: scheme, scheme, secrets: [SECRET] })), { name: 'none', scheme: 'none' }]

const fixtures: Fixture[] = []
const start = async (sources: object[] = ALL, options: FixtureOptions & { default?: boolean } = {}) => {
  const { default: takesOthers, ...rest } = options
  const value = { sources, ...(takesOthers === undefined ? {} : { default: takesOthers }) }
  const fixture = await startFixture(value, rest)
  fixtures.push(fixture)
  return fixture
}
afterEach(async () => {
  for (const fixture of fixtures.splice(0)) await fixture.close()
})
const read = async (answer: Response) => ({ status: answer.status, ...((await answer.json()) as object) })

describe.each(ALL.map(({ name }) => name))('%s', (name) => {
  it('takes a sample once, and knows it when it comes again', async () => {
    const { send, events } = await start()
    expect(await read(await send(name, { id: 'd1' }))).toEqual({ status: 202, ok: true, event_id: 'id-1' })
    expect(await read(await send(name, { id: 'd1' }))).toEqual({
      status: 202,
      ok: true,
      event_id: 'id-1',
      duplicate: true,
    })
    expect(await read(await send(name, { id: 'd2' }))).toEqual({ status: 202, ok: true, event_id: 'id-2' })
    expect(events).toHaveLength(2)
    expect(events[0]).toMatchObject({
      meta: { path: `/${name}`, method: 'POST', name, verified: name === 'none' ? 'no' : name },
      deliveryId: expect.stringMatching(new RegExp(`^${name}:`)),
    })
    expect(JSON.stringify(events)).not.toContain(SECRET)
  })

  it.runIf(name !== 'none')('refuses what is not signed, or by another', async () => {
    const { send, url, events, lines } = await start()
    const unsigned = await fetch(url(`/${name}`), { method: 'POST', body: '{}' })
    expect(await read(unsigned)).toEqual({
      status: 401,
      ok: false,
      error: 'signature-invalid',
      message: expect.stringMatching(/ missing/),
      hint: expect.stringContaining(`"${name}"`),
    })
    expect(unsigned.headers.get('www-authenticate')).toMatch(/^(Bearer|Signature)$/)
    expect((await send(name, { secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' })).status).toBe(401)
    expect(events).toEqual([])
    expect(lines.join()).not.toContain(SECRET)
  })

  it('takes any of several secrets', async () => {
    if (name === 'none') return
    const old = 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    const { send } = await start([{ name, scheme: name, secrets: [SECRET, old] }])
    for (const secret of [SECRET, old]) expect((await send(name, { secret })).status).toBe(202)
  })

  it.runIf(['slack', 'stripe', 'standard', 'gitlab'].includes(name))(
    'takes nothing that was signed long ago',
    async () => {
      const { send } = await start()
      expect(await read(await send(name, { now: Date.now() - 400_000 }))).toMatchObject({
        status: 401,
        message: expect.stringContaining('seconds ago'),
      })
      expect((await send(name, { now: Date.now() + 200_000 })).status).toBe(202)
    },
  )
})

describe('a signed source', () => {
  it('is reached through tunnels, proxies and other hosts', async () => {
    const { send, events } = await start()
    const through = {
      host: 'hooks.example.com',
      'x-forwarded-for': '203.0.113.7',
      forwarded: 'for=203.0.113.7',
      via: '1.1 proxy',
    }
    expect((await send('github', { headers: through })).status).toBe(202)
    expect((await send('github', { headers: { origin: 'https://example.com' } })).status).toBe(202)
    expect(events).toHaveLength(2)
  })

  it('passes no query string on, since nobody signs it', async () => {
    const { events, url, source } = await start()
    const { scheme, settings } = source('github')
    const body = Buffer.from('{"a":1}')
    const headers = scheme.sign({ body, id: 'x', now: 0 }, SECRET, settings)
    await fetch(url('/github?inject=<x>'), { method: 'POST', body, headers })
    await fetch(url('/none?a=1'), { method: 'POST', body: 'x', headers: { host: 'localhost' } })
    expect(events.map(({ meta }) => meta?.['path'])).toEqual(['/github', '/none?a=1'])
  })

  it('answers other methods and bodies with what it takes', async () => {
    const { send, url } = await start()
    expect((await fetch(url('/github'))).status).toBe(405)
    expect((await fetch(url('/github'), { method: 'PUT', body: 'x' })).headers.get('allow')).toBe('POST')
    expect(await read(await send('github', { headers: { 'content-type': 'image/png' } }))).toMatchObject({
      status: 415,
      message: 'The body is image/png, but GitHub sends application/json or application/x-www-form-urlencoded.',
    })
    expect(await read(await send('stripe', { body: '{broken' }))).toMatchObject({
      status: 400,
      error: 'request-invalid',
    })
    expect(await read(await send('github', { body: new Uint8Array([0x7b, 0xff, 0x7d]) }))).toMatchObject({
      status: 415,
    })
    expect(await read(await send('github', { body: '' }))).toMatchObject({ status: 400 })
    expect(await read(await send('github', { body: 'x'.repeat(1_048_577) }))).toMatchObject({
      status: 413,
      error: 'event-too-large',
    })
    expect((await send('github', { headers: { 'content-encoding': 'gzip' } })).status).toBe(415)
    expect((await send('stripe', { body: `{"id":"x","a":${'['.repeat(100_000)}` })).status).toBe(400)
    expect((await send('github', { body: `"${'x'.repeat(1_048_574)}"` })).status).toBe(202)
  })

  it('has its secret looked at on the bytes, not on what they mean', async () => {
    const { send, source, url } = await start()
    const { scheme, settings } = source('github')
    const signed = scheme.sign({ body: Buffer.from('{"a":1}'), id: 'x', now: 0 }, SECRET, settings)
    expect((await fetch(url('/github'), { method: 'POST', body: '{"a": 1}', headers: signed })).status).toBe(401)
    expect((await send('github', { body: Buffer.from('{"a":"\\u00e4","b":"ä"}') })).status).toBe(202)
  })

  it('without a usable secret refuses everything', async () => {
    const { url, events } = await start([{ name: 'a', scheme: 'bearer', secrets: ['env:WEBHOOK_MISSING'] }])
    const answer = await fetch(url('/a'), { method: 'POST', body: 'x', headers: { authorization: 'Bearer undefined' } })
    expect(await read(answer)).toMatchObject({
      status: 403,
      error: 'request-refused',
      message: 'The source "a" has no secret it could use now.',
    })
    expect(events).toEqual([])
  })
})

describe('Slack', () => {
  it('gets its challenge back, and only signed', async () => {
    const { send, url, events } = await start()
    const body = '{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}'
    const answer = await send('slack', { body })
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'text/plain; charset=utf-8',
      '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
    ])
    expect((await fetch(url('/slack'), { method: 'POST', body })).status).toBe(401)
    expect(events).toEqual([])
  })

  it('sends commands as forms', async () => {
    const { send, events } = await start([
      { name: 'slack', scheme: 'slack', secrets: [SECRET], template: '{{ body.user_name }}: {{ body.text }}' },
    ])
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await send('slack', { body: 'command=%2Fask&user_name=ada&text=why%3F', headers })).status).toBe(202)
    expect(events).toEqual([{ content: 'ada: why?', meta: expect.objectContaining({ event: '/ask' }) }])
  })
})

describe('rules', () => {
  const github = { name: 'github', scheme: 'github', secrets: [SECRET] }

  it('leave out, shape and describe', async () => {
    const { send, events } = await start([
      {
        ...github,
        filter: {
          and: [
            { path: 'headers.x-github-event', in: ['push', 'workflow_run'] },
            { path: 'body.ref', matches: '^refs/heads/' },
          ],
        },
        template: '{{ body.pusher.name }} pushed {{ body.commits.size }} to {{ body.ref | remove: "refs/heads/" }}',
        meta: {
          repo: 'body.repository.full_name',
          branch: '{{ body.ref | remove: "refs/heads/" }}',
          missing: 'body.nope',
        },
      },
    ])
    expect(await read(await send('github'))).toEqual({ status: 202, ok: true, event_id: 'id-1' })
    expect(await read(await send('github', { headers: { 'x-github-event': 'ping' } }))).toEqual({
      status: 202,
      ok: true,
      filtered: true,
    })
    expect(await read(await send('github', { body: '{"ref":"refs/tags/v1"}' }))).toEqual({
      status: 202,
      ok: true,
      filtered: true,
    })
    expect(events).toEqual([
      {
        content: 'ada pushed 1 to main',
        meta: {
          path: '/github',
          method: 'POST',
          name: 'github',
          verified: 'github',
          event: 'push',
          repo: 'ada/shop',
          branch: 'main',
        },
        deliveryId: expect.any(String),
      },
    ])
    expect(Object.keys(events[0]?.meta ?? {})).toEqual([
      'path',
      'method',
      'name',
      'verified',
      'event',
      'repo',
      'branch',
    ])
  })

  it('take a template that renders nothing for a filter', async () => {
    const { send, events } = await start([{ ...github, template: '{% if body.ref == "x" %}x{% endif %} ' }])
    expect(await read(await send('github'))).toEqual({ status: 202, ok: true, filtered: true })
    expect(events).toEqual([])
  })

  it('that fail acknowledge nothing, and say so', async () => {
    const { send, events, lines } = await start([{ ...github, template: '{% for i in (1..100000000) %}{% endfor %}' }])
    expect(await read(await send('github'))).toMatchObject({
      status: 500,
      ok: false,
      error: 'template-failed',
      message: expect.stringContaining('limit exceeded'),
    })
    expect(events).toEqual([])
    expect(lines).toEqual([expect.stringContaining('template')])
  })

  it('limit the proven deliveries, not the others', async () => {
    let time = 1_800_000_000_000
    const { send, url } = await start([{ ...github, limit: { per_minute: 2 } }], { now: () => time })
    for (let count = 0; count < 5; count += 1) {
      expect((await fetch(url('/github'), { method: 'POST', body: 'x' })).status).toBe(401)
    }
    expect([(await send('github')).status, (await send('github')).status]).toEqual([202, 202])
    const limited = await send('github')
    expect(limited.headers.get('retry-after')).toBe('30')
    expect(await read(limited)).toEqual({
      status: 429,
      ok: false,
      error: 'rate-limited',
      message: 'The source "github" takes 2 deliveries a minute, and more have come.',
      hint: 'Try again in 30 seconds.',
    })
    time += 30_000
    expect((await send('github')).status).toBe(202)
  })

  it('fold bursts by key, and answer when the event is stored', async () => {
    const { send, events } = await start([{ ...github, coalesce: { key: '{{ body.key }}', window_ms: 300, max: 3 } }])
    const many = await Promise.all(
      ['a', 'a', 'b', 'a', ''].map((key, index) => send('github', { body: JSON.stringify({ key, index }) })),
    )
    const answers = await Promise.all(many.map(read))
    expect(answers.filter((answer) => 'folded' in answer)).toHaveLength(3)
    expect(answers.every(({ status }) => status === 202)).toBe(true)
    expect(events.map(({ meta }) => meta?.['folded']).sort()).toEqual(['3', undefined, undefined])
  })

  /** The server asks for the time once a delivery has come whole, right before it is folded. */
  const startCounting = async (source: object) => {
    let arrived = 0
    const now = () => {
      arrived += 1
      return Date.now()
    }
    return { fixture: await start([source], { now }), arrived: () => arrived }
  }

  it('what is being folded is stored when the session ends', async () => {
    const { fixture, arrived } = await startCounting({ ...github, coalesce: { key: 'all', window_ms: 8000 } })
    const waiting = ['d1', 'd2'].map((id) => fixture.send('github', { id, now: Date.now() }))
    await expect.poll(arrived).toBe(2)
    await fixture.close()
    expect(await Promise.all(waiting.map(async (answer) => read(await answer)))).toEqual(
      Array.from({ length: 2 }, () => ({ status: 202, ok: true, event_id: 'id-1', folded: 2 })),
    )
  })

  it('a new file closes the folds of the old one', async () => {
    const { fixture, arrived } = await startCounting({ ...github, coalesce: { key: 'all', window_ms: 8000 } })
    const waiting = fixture.send('github', { id: 'd1', now: Date.now() })
    await expect.poll(arrived).toBe(1)
    fixture.use({ sources: [github] })
    expect((await fixture.send('github', { id: 'd2', now: Date.now() })).status).toBe(202)
    expect((await waiting).status).toBe(202)
    expect(fixture.events).toHaveLength(2)
  })
})

describe('what can’t be stored', () => {
  it.each([
    ['journal-unavailable', 503, '5'],
    ['journal-full', 503, '5'],
    ['closed', 503, '5'],
    ['event-too-large', 413, null],
  ] as const)('is not acknowledged: %s', async (code, status, retry) => {
    const { send } = await start(ALL, { emit: () => Promise.reject(new BackchannelError(code, 'No.')) })
    const answer = await send('github')
    expect(answer.headers.get('retry-after')).toBe(retry)
    expect(await read(answer)).toMatchObject({ status, ok: false, error: code })
  })
})

describe('the samples', async () => {
  const folder = new URL('../samples/', import.meta.url)
  const names = (await readdir(folder)).sort()

  it.each(names)('%s is taken as its sender sends it', async (name) => {
    const scheme = /^(github|gitlab|slack|stripe|standard)-/.exec(name)?.[1] ?? 'hmac'
    const { body, headers } = fillSample(JSON.parse(await readFile(new URL(name, folder), 'utf8')), `sample-${name}`)
    const { send, events } = await start()
    const answer = await send(scheme, { body, headers, id: 'd1' })
    if (name.includes('verification')) expect(await answer.text()).toMatch(/^\w{50,}$/)
    else expect([answer.status, events[0]?.content]).toEqual([202, body.toString()])
    if (scheme !== 'hmac' && events[0]) expect(events[0].meta?.['event']).toMatch(/\w/)
  })
})
