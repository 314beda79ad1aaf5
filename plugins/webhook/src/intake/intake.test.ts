/** Shows the parts of the intake by themselves: bodies, folds, the rate, and the ids the journal knows deliveries by. */
import type { Emitted, OutgoingEvent } from '@backchannel/channel'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SCHEMES } from '../schemes/index.ts'
import { DEFAULT_SETTINGS, type Scheme } from '../schemes/scheme.ts'
import { createDelivery, createView, mediaType } from './delivery.ts'
import { toDeliveryId } from './delivery-id.ts'
import { createFolds } from './folds.ts'
import { createRateLimit } from './rate-limit.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
const bodyOf = (text: string | Buffer, headers: Record<string, string> = JSON_TYPE) =>
  createDelivery(headers, Buffer.from(text), 0).body()

describe('a body', () => {
  it('is JSON where it says so or looks so, the fields of a form, or text', () => {
    expect(bodyOf('{"a":1}')).toEqual({ a: 1 })
    expect(bodyOf('"x"', { 'content-type': 'Application/Cloudevents+JSON; charset=utf-8' })).toBe('x')
    expect(bodyOf(' [1]', {})).toEqual([1])
    expect(bodyOf('[not json', {})).toBe('[not json')
    expect(bodyOf('plain', {})).toBe('plain')
    expect(bodyOf('['.repeat(1000), {})).toBe('['.repeat(1000))
    expect(bodyOf('a=1&b=%26&a=2', FORM_TYPE)).toEqual({ a: '2', b: '&' })
    expect(bodyOf(`payload=${encodeURIComponent('{"a":"ä"}')}`, FORM_TYPE)).toEqual({ a: 'ä' })
    expect(bodyOf('\u{feff}{"a":1}')).toEqual({ a: 1 })
  })

  it('is given as it came, but for the JSON that a form wraps', () => {
    const form = createDelivery(FORM_TYPE, Buffer.from(`payload=${encodeURIComponent('{"a": 1}')}&x=1`), 0)
    expect(form.content()).toBe('{"a": 1}')
    expect(createDelivery(FORM_TYPE, Buffer.from('a=1&b=2'), 0).content()).toBe('a=1&b=2')
    expect(createDelivery(JSON_TYPE, Buffer.from('{"a": 1 }'), 0).content()).toBe('{"a": 1 }')
  })

  it.each([
    ['{"a":', JSON_TYPE, 400, 'not valid JSON'],
    ['', JSON_TYPE, 400, 'not valid JSON'],
    ['payload={', FORM_TYPE, 400, 'not valid JSON'],
    [Buffer.from([0x7b, 0xc3, 0x28, 0x7d]), JSON_TYPE, 415, 'not UTF-8'],
    [Buffer.from([0xed, 0xa0, 0x80]), JSON_TYPE, 415, 'not UTF-8'],
    ['['.repeat(1_000_000), JSON_TYPE, 400, 'deeper than 200'],
    [`${'{"a":'.repeat(300)}1${'}'.repeat(300)}`, JSON_TYPE, 400, 'deeper than 200'],
    [Array.from({ length: 1001 }, (_, index) => `k${index}=1`).join('&'), FORM_TYPE, 400, 'more than 1000 fields'],
  ])('is refused: %#', (text, headers, status, message) => {
    const delivery = createDelivery(headers as Record<string, string>, Buffer.from(text), 0)
    expect(() => delivery.body()).toThrow(
      expect.objectContaining({ status, message: expect.stringContaining(message) }),
    )
  })

  it('is not too deep for brackets in its texts', () => {
    const value = { a: '[{"\\'.repeat(500) }
    expect(bodyOf(JSON.stringify(value))).toEqual(value)
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 20 }), (json) => {
        expect(bodyOf(JSON.stringify(json))).toEqual(JSON.parse(JSON.stringify(json)))
      }),
    )
  })

  it('has no power over prototypes', () => {
    bodyOf('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')
    bodyOf('__proto__=1&constructor=2&__proto__[polluted]=1', FORM_TYPE)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(Object.keys(bodyOf('__proto__=1&toString=2', FORM_TYPE) as object)).toEqual(['__proto__', 'toString'])
  })

  it('never fails in a way of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(JSON_TYPE, FORM_TYPE, {}), (bytes, headers) => {
        try {
          createDelivery(headers as Record<string, string>, Buffer.from(bytes), 0).body()
        } catch (thrown) {
          expect([400, 415]).toContain((thrown as { status: number }).status)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('what rules see', () => {
  it('has no header that holds or proves a secret', () => {
    const given = {
      ...JSON_TYPE,
      'x-github-event': 'push',
      authorization: 'Bearer x',
      cookie: 'a=b',
      'x-gitlab-token': 'x',
      'x-hub-signature-256': 'x',
      'webhook-signature': 'x',
      'x-signature': 'x',
    }
    const seen = (name: string) => {
      const delivery = createDelivery(given, Buffer.from('{}'), 0)
      return Object.keys(createView(delivery, SCHEMES.get(name) as Scheme, DEFAULT_SETTINGS).headers)
    }
    expect(seen('github')).toEqual(['content-type', 'x-github-event', 'webhook-signature', 'x-signature'])
    expect(seen('standard')).not.toContain('webhook-signature')
    expect(seen('hmac')).not.toContain('x-signature')
    for (const name of SCHEMES.keys()) expect(seen(name).join()).not.toMatch(/authorization|cookie|gitlab-token/)
  })

  it('is parsed when it is asked for, once', () => {
    const delivery = createDelivery(JSON_TYPE, Buffer.from('{broken'), 0)
    const view = createView(delivery, SCHEMES.get('github') as Scheme, DEFAULT_SETTINGS)
    expect(view.headers['content-type']).toBe('application/json')
    expect(() => view.body).toThrow('not valid JSON')
    const whole = createDelivery(JSON_TYPE, Buffer.from('{"a":{}}'), 0)
    expect(whole.body()).toBe(whole.body())
    expect(mediaType(createDelivery({}, Buffer.from(''), 0))).toBe('')
  })
})

describe('a delivery id', () => {
  it('is of its source, and bounded', () => {
    expect(toDeliveryId('a', 'x')).toBe('a:x')
    expect(toDeliveryId('a', undefined)).toBeUndefined()
    expect(toDeliveryId('a', '')).toBeUndefined()
    expect(toDeliveryId('a', 'x'.repeat(10_000))).toMatch(/^a:sha256 [\w-]{43}$/)
    expect(toDeliveryId('a', 'with space')).not.toBe(toDeliveryId('a', 'with\tspace'))
  })
})

describe('the rate', () => {
  it('lets a minute’s worth come at once, then refills evenly', () => {
    let time = 0
    const limit = createRateLimit(60, () => time)
    const taken = (count: number) =>
      Array.from({ length: count }, () => limit.take()).filter((one) => one === undefined).length
    expect(taken(100)).toBe(60)
    expect(limit.take()).toEqual({ retryAfter: 1 })
    time += 10_000
    expect(taken(100)).toBe(10)
    time -= 3_600_000
    expect(taken(100)).toBe(0)
    time += 3_600_000 * 10
    expect(taken(100)).toBe(60)
  })

  it('says how long to wait', () => {
    const limit = createRateLimit(1, () => 0)
    expect(limit.take()).toBeUndefined()
    expect(limit.take()).toEqual({ retryAfter: 60 })
  })
})

describe('folds', () => {
  let events: OutgoingEvent[]
  const emit = async (event: OutgoingEvent): Promise<Emitted> => ({
    eventId: `e${events.push(event)}`,
    duplicate: false,
  })
  const event = (content: string, deliveryId?: string): OutgoingEvent => ({
    content,
    meta: { path: '/x' },
    ...(deliveryId === undefined ? {} : { deliveryId }),
  })
  beforeEach(() => {
    events = []
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('tell a burst once, the newest of it, and answer everybody then', async () => {
    const folds = createFolds({ windowMs: 1000, max: 100, emit })
    const answers = [
      folds.add('a', event('1', 'd1')),
      folds.add('a', event('2', 'd2')),
      folds.add('b', event('other')),
      folds.add('a', event('3', 'd3')),
    ]
    await vi.advanceTimersByTimeAsync(999)
    expect(events).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(events).toEqual([
      { content: '3', meta: { path: '/x', folded: '3' }, deliveryId: expect.stringMatching(/^folded [\w-]{43}$/) },
      { content: 'other', meta: { path: '/x' } },
    ])
    expect(await Promise.all(answers)).toEqual([
      { eventId: 'e1', duplicate: false, folded: 3 },
      { eventId: 'e1', duplicate: false, folded: 3 },
      { eventId: 'e2', duplicate: false, folded: 1 },
      { eventId: 'e1', duplicate: false, folded: 3 },
    ])
  })

  it('are told at once when they are full, and begin anew', async () => {
    const folds = createFolds({ windowMs: 1000, max: 2, emit })
    for (const content of ['1', '2', '3']) void folds.add('a', event(content))
    await vi.advanceTimersByTimeAsync(0)
    expect(events.map(({ content, meta }) => [content, meta?.['folded']])).toEqual([['2', '2']])
    await vi.advanceTimersByTimeAsync(1000)
    expect(events.map(({ content, meta }) => [content, meta?.['folded']])).toEqual([
      ['2', '2'],
      ['3', undefined],
    ])
  })

  it('know a delivery that is sent again, while they wait and later', async () => {
    const folds = createFolds({ windowMs: 1000, max: 100, emit })
    const first = folds.add('a', event('1', 'd1'))
    const again = folds.add('a', event('1', 'd1'))
    await vi.advanceTimersByTimeAsync(1000)
    expect(await first).toEqual({ eventId: 'e1', duplicate: false, folded: 1 })
    expect(await again).toEqual({ eventId: 'e1', duplicate: true, folded: 1 })
    expect(await folds.add('a', event('1', 'd1'))).toEqual({ eventId: 'e1', duplicate: true, folded: 1 })
    expect(events).toEqual([event('1', 'd1')])
  })

  it('lose no new delivery to an older one of the same burst', async () => {
    const stored = new Map([['d-old', 'e-old']])
    const journal = async (one: OutgoingEvent): Promise<Emitted> => {
      const known = one.deliveryId === undefined ? undefined : stored.get(one.deliveryId)
      return known === undefined ? emit(one) : { eventId: known, duplicate: true }
    }
    const folds = createFolds({ windowMs: 10, max: 100, emit: journal })
    const answers = [folds.add('a', event('new', 'd-new')), folds.add('a', event('old', 'd-old'))]
    await vi.advanceTimersByTimeAsync(10)
    expect(await Promise.all(answers)).toMatchObject([{ duplicate: false }, { duplicate: false }])
    expect(events).toHaveLength(1)
  })

  it('acknowledge nobody when the event was not stored, and remember nothing', async () => {
    const fails = vi.fn(() => Promise.reject(new Error('disk full')))
    const folds = createFolds({ windowMs: 10, max: 100, emit: fails })
    const answers = [folds.add('a', event('1', 'd1')), folds.add('a', event('2', 'd2'))].map((one) => one.catch(String))
    await vi.advanceTimersByTimeAsync(10)
    expect(await Promise.all(answers)).toEqual(['Error: disk full', 'Error: disk full'])
    const later = folds.add('a', event('1', 'd1')).catch(String)
    await vi.advanceTimersByTimeAsync(10)
    expect(await later).toBe('Error: disk full')
    expect(fails).toHaveBeenCalledTimes(2)
  })

  it('are told when they are closed, and leave no timer', async () => {
    const folds = createFolds({ windowMs: 1000, max: 100, emit })
    const answer = folds.add('a', event('1'))
    folds.close()
    folds.close()
    expect(await answer).toMatchObject({ eventId: 'e1' })
    expect(await folds.add('a', event('2'))).toMatchObject({ eventId: 'e2', folded: 1 })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('are bounded: past a thousand keys nothing is folded', async () => {
    const folds = createFolds({ windowMs: 1000, max: 100, emit })
    for (let key = 0; key < 1000; key += 1) void folds.add(String(key), event('x'))
    expect(await folds.add('one more', event('y'))).toMatchObject({ folded: 1 })
    expect(events).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1000)
    expect(events).toHaveLength(1001)
  })
})
