/** What becomes of each message of a server: taken, or dropped with a reason that is told, counted and sent back. */
import { METHODS, type Receipt } from '@backchannel/protocol'
import { describe, expect, test, vi } from 'vitest'
import type { SessionEvent } from '../ui/events.ts'
import { createDropReport } from './drop-report.ts'
import { createEventIntake } from './event-intake.ts'
import { createQueue } from './queue.ts'

const LIMITS = { eventBytes: 100, eventsPerSecond: 1, burst: 1_000, eventsPerChannel: 1_000 }

function setUp(given: Partial<typeof LIMITS> = {}) {
  const limits = { ...LIMITS, ...given }
  const emitted: SessionEvent[] = []
  const receipts: Receipt[] = []
  const emit = (event: SessionEvent) => void emitted.push(event)
  const drops = createDropReport((source, reason, count) => emit({ type: 'event.dropped', source, reason, count }))
  const queue = createQueue(limits)
  const intake = createEventIntake('chat', { emit, drops, queue, limits })
  return {
    intake,
    queue,
    receipts,
    receipt: (receipt: Receipt) => void receipts.push(receipt),
    send: (params: unknown) => intake.take(METHODS.event, params),
    received: () => emitted.flatMap((event) => (event.type === 'event.received' ? [event.content] : [])),
    notices: () => emitted.flatMap((event) => (event.type === 'notice' ? [event.message] : [])),
    /** Counted by reason, everything told. */
    dropped() {
      drops.close()
      const counts: Record<string, number> = {}
      for (const event of emitted) {
        if (event.type === 'event.dropped') counts[event.reason] = (counts[event.reason] ?? 0) + event.count
      }
      return counts
    },
  }
}

describe('admission', () => {
  test('what comes before it is kept, in order, and follows it', () => {
    const { intake, send, received, dropped } = setUp()
    send({ content: 'one' })
    send({ content: 'two' })
    expect(received()).toEqual([])
    intake.connected({ registered: true, receipt: undefined })
    send({ content: 'three' })
    expect(received()).toEqual(['one', 'two', 'three'])
    expect(dropped()).toEqual({})
  })

  test('without it every event is dropped and counted', () => {
    const { intake, send, received, dropped } = setUp()
    send({ content: 'early' })
    intake.connected({ registered: false, receipt: undefined })
    send({ content: 'late' })
    expect(received()).toEqual([])
    expect(dropped()).toEqual({ 'not-registered': 2 })
  })

  test('what waits for it is bounded, in number and in bytes', () => {
    const many = setUp()
    for (let at = 0; at < 1_500; at += 1) many.send({ content: 'x' })
    many.intake.connected({ registered: true, receipt: undefined })
    expect(many.received()).toHaveLength(1_000)
    expect(many.dropped()).toEqual({ overflow: 500 })

    const large = setUp({ eventBytes: 8 * 1024 * 1024 })
    for (let at = 0; at < 5; at += 1) large.send({ content: 'x'.repeat(4 * 1024 * 1024) })
    large.intake.connected({ registered: true, receipt: undefined })
    expect(large.received()).toHaveLength(4)
    expect(large.dropped()).toEqual({ overflow: 1 })
  })

  test('what a process sent that ended before it is counted', () => {
    const { intake, send, received, dropped } = setUp()
    send({ content: 'from one that never completed its handshake' })
    intake.disconnected()
    intake.connected({ registered: true, receipt: undefined })
    expect(received()).toEqual([])
    expect(dropped()).toEqual({ 'not-registered': 1 })
  })

  test('a new process starts over: its early events wait for its own admission', () => {
    const { intake, send, received } = setUp()
    intake.connected({ registered: true, receipt: undefined })
    intake.disconnected()
    send({ content: 'from the next process' })
    expect(received()).toEqual([])
    intake.connected({ registered: true, receipt: undefined })
    expect(received()).toEqual(['from the next process'])
  })
})

describe('reasons', () => {
  test.each([
    [{ content: 42 }, '"content": expected a string, got a value of type number'],
    [{ content: null }, '"content": expected a string, got null'],
    [{ meta: {} }, '"content": expected a string, got nothing'],
    [{ content: 'x', meta: [] }, '"meta": expected an object of strings, got an array'],
    [{ content: 'x', meta: { user: 1 } }, '"meta.user": expected a string, got a value of type number'],
    [[], 'expected params with "content", got an array'],
    [undefined, 'expected params with "content", got nothing'],
  ])('invalid: %j names the field', (params, problem) => {
    const { intake, send, notices, dropped } = setUp()
    intake.connected({ registered: true, receipt: undefined })
    send(params)
    expect(notices()).toEqual([`chat: an event was dropped: ${problem}`])
    expect(dropped()).toEqual({ invalid: 1 })
  })

  test('the same problem is told once, a flood of different ones five times, and all are counted', () => {
    const { intake, send, notices, dropped } = setUp()
    intake.connected({ registered: true, receipt: undefined })
    for (let at = 0; at < 3; at += 1) send({ content: 1 })
    expect(notices()).toHaveLength(1)
    for (let at = 0; at < 100; at += 1) send({ content: 'x', meta: { [`key${at}`]: 1 } })
    expect(notices()).toHaveLength(6)
    expect(notices().at(-1)).toBe('chat: further problems of its events are counted, and no longer told one by one')
    expect(dropped()).toEqual({ invalid: 103 })
  })

  test('too large: content, meta and id count together, in bytes', () => {
    const { intake, send, received, dropped } = setUp()
    intake.connected({ registered: true, receipt: undefined })
    send({ content: 'x'.repeat(100) })
    send({ content: 'x'.repeat(101) })
    send({ content: 'ä'.repeat(51) })
    send({ content: 'x'.repeat(90), meta: { key: 'ääää' } })
    send({ content: '', event_id: 'x'.repeat(101) })
    expect(received()).toEqual(['x'.repeat(100)])
    expect(dropped()).toEqual({ 'too-large': 4 })
  })

  test('rate limited: after the burst', () => {
    const { intake, send, received, dropped } = setUp({ burst: 5, eventsPerSecond: 1 })
    intake.connected({ registered: true, receipt: undefined })
    for (let at = 0; at < 20; at += 1) send({ content: `${at}` })
    expect(received()).toEqual(['0', '1', '2', '3', '4'])
    expect(dropped()).toEqual({ 'rate-limited': 15 })
  })

  test('overflow: when too many wait', () => {
    const { intake, send, queue, received, dropped } = setUp({ eventsPerChannel: 3 })
    intake.connected({ registered: true, receipt: undefined })
    for (let at = 0; at < 5; at += 1) send({ content: `${at}` })
    queue.take()
    send({ content: 'room again' })
    expect(received()).toEqual(['0', '1', '2', 'room again'])
    expect(dropped()).toEqual({ overflow: 2 })
  })

  test('a line over the limit counts as too large and is explained', () => {
    const { intake, notices, dropped } = setUp()
    intake.connected({ registered: true, receipt: undefined })
    intake.tooLong()
    expect(notices()).toEqual(['chat: a line of stdout was longer than a session takes, and it was passed over'])
    expect(dropped()).toEqual({ 'too-large': 1 })
  })
})

describe('receipts', () => {
  test('each event of a channel with receipts learns what became of it, and is under no rate limit', () => {
    const { intake, send, receipt, receipts } = setUp({ burst: 1, eventsPerChannel: 2 })
    send({ content: 'early', event_id: 'e1' })
    intake.connected({ registered: true, receipt })
    send({ content: 'fits', event_id: 'e2' })
    send({ content: 'one too many', event_id: 'e3' })
    send({ content: 7, event_id: 'e4' })
    send({ content: 'x'.repeat(200), event_id: 'e5' })
    expect(receipts).toEqual([
      { eventId: 'e1', state: 'queued' },
      { eventId: 'e2', state: 'queued' },
      { eventId: 'e3', state: 'dropped', reason: 'overflow' },
      { eventId: 'e4', state: 'dropped', reason: 'invalid' },
      { eventId: 'e5', state: 'dropped', reason: 'too-large' },
    ])
  })

  test('an event without an id gets one of the session, and no receipt', () => {
    const { intake, send, receipt, receipts, queue } = setUp()
    intake.connected({ registered: true, receipt })
    send({ content: 'no id' })
    expect(receipts).toEqual([])
    const turn = queue.take()
    expect(turn?.kind === 'events' && turn.events[0]?.eventId).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('a channel that is not registered learns that its events were dropped', () => {
    const { intake, send, receipt, receipts } = setUp()
    intake.connected({ registered: false, receipt })
    send({ content: 'x', event_id: 'e1' })
    expect(receipts).toEqual([{ eventId: 'e1', state: 'dropped', reason: 'not-registered' }])
  })
})

describe('content', () => {
  test('keys of prototypes are keys like any other, those that are no attribute are gone, chat_id is the chat', () => {
    const { intake, send, queue } = setUp()
    intake.connected({ registered: true, receipt: undefined })
    send(
      JSON.parse(
        '{"content":"x","meta":{"__proto__":"p","constructor":"c","source":"forged","a-b":"1","chat_id":"7"}}',
      ),
    )
    const turn = queue.take()
    const [event] = turn?.kind === 'events' ? turn.events : []
    expect(Object.entries(event?.meta ?? {})).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['chat_id', '7'],
    ])
    expect([event?.source, event?.chat]).toEqual(['chat', '7'])
    expect(({} as Record<string, unknown>)['p']).toBeUndefined()
  })

  test('other methods of the contract open nothing and drop nothing', () => {
    const { intake, dropped, notices } = setUp()
    intake.connected({ registered: true, receipt: undefined })
    for (const method of [METHODS.permissionVerdict, METHODS.permissionRequest]) intake.take(method, { content: 'x' })
    expect([dropped(), notices()]).toEqual([{}, []])
  })
})

test('garbage is told once a process, with its start made harmless', () => {
  const { intake, notices } = setUp()
  intake.garbage('Listening\u001b[31m on 8788')
  intake.garbage('more')
  expect(notices()).toEqual([
    'chat: stdout carried something that is no JSON-RPC message, and it was passed over: "Listening\\u{1b}[31m on 8788". Further lines like it are passed over without a word.',
  ])
  intake.disconnected()
  intake.garbage('again')
  expect(notices()).toHaveLength(2)
})

test('a hundred thousand events at once: received and dropped together are what was sent, told in a few lines', () => {
  vi.useFakeTimers()
  const { intake, send, queue, received, dropped } = setUp({
    burst: 2_000,
    eventsPerSecond: 200,
    eventsPerChannel: 500,
  })
  intake.connected({ registered: true, receipt: undefined })
  for (let at = 0; at < 100_000; at += 1) send({ content: `event ${at}` })
  vi.useRealTimers()
  const counts = dropped()
  expect(received()).toHaveLength(500)
  expect(queue.waiting('chat')).toBe(500)
  expect(received().length + (counts['rate-limited'] ?? 0) + (counts['overflow'] ?? 0)).toBe(100_000)
})

describe('an event that is offered again', () => {
  test('by a channel that was started again is answered with what is known, and queued once', () => {
    const { intake, send, received, receipts, receipt, queue } = setUp()
    const tell = (value: Receipt) => {
      intake.note(value)
      receipt(value)
    }
    intake.connected({ registered: true, receipt: tell })
    send({ content: 'one', event_id: 'e1' })
    send({ content: 'two', event_id: 'e2' })
    tell({ eventId: 'e1', state: 'completed' })
    intake.disconnected()
    intake.connected({ registered: true, receipt: tell })
    send({ content: 'one', event_id: 'e1', meta: { redelivered: 'true' } })
    send({ content: 'two', event_id: 'e2', meta: { redelivered: 'true' } })
    expect(received()).toEqual(['one', 'two'])
    expect(queue.waiting('chat')).toBe(2)
    expect(receipts.slice(-2)).toEqual([
      { eventId: 'e1', state: 'completed' },
      { eventId: 'e2', state: 'queued' },
    ])
  })

  test('after it was dropped is a new chance', () => {
    const { intake, send, received, receipt } = setUp()
    const tell = (value: Receipt) => {
      intake.note(value)
      receipt(value)
    }
    intake.connected({ registered: true, receipt: tell })
    send({ content: 'x'.repeat(200), event_id: 'e1' })
    send({ content: 'short', event_id: 'e1' })
    expect(received()).toEqual(['short'])
  })

  test('by a peer without receipts is another event: an id means nothing there', () => {
    const { intake, send, received } = setUp()
    intake.connected({ registered: true, receipt: undefined })
    for (const content of ['one', 'two']) {
      send({ content, event_id: 'always the same' })
      intake.note({ eventId: 'always the same', state: 'completed' })
    }
    expect(received()).toEqual(['one', 'two'])
  })

  test('with an id too long to remember is taken again', () => {
    const { intake, send, received, receipt } = setUp({ eventBytes: 10_000 })
    intake.connected({ registered: true, receipt })
    const eventId = 'x'.repeat(1_000)
    for (let at = 0; at < 2; at += 1) {
      send({ content: 'long', event_id: eventId })
      intake.note({ eventId, state: 'completed' })
    }
    expect(received()).toEqual(['long', 'long'])
  })
})
