/** The queue against a model that is a plain list: order per chat, one chat a turn, arrival between chats, bounds. */
import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createQueue, type Queue, type QueuedEvent } from './queue.ts'

let ids = 0
function event(source: string, chat = '', content = 'text'): QueuedEvent {
  ids += 1
  return { source, chat, content, meta: {}, eventId: `e${ids}` }
}

function offerAll(queue: Queue, events: readonly QueuedEvent[]): void {
  for (const item of events) expect(queue.offer(item, item.content.length)).toEqual({ accepted: true })
}

describe('turns', () => {
  test('what waits from one chat is one turn, other chats and prompts are turns of their own, in order of arrival', () => {
    const queue = createQueue({ eventsPerChannel: 10 })
    const [a1, b1, a2, other] = [event('chat', 'a'), event('chat', 'b'), event('chat', 'a'), event('web', 'a')]
    offerAll(queue, [a1, b1])
    queue.prompt('first prompt')
    offerAll(queue, [a2, other])
    queue.prompt('second prompt')
    expect(queue.take()).toEqual({ kind: 'events', events: [a1, a2] })
    expect(queue.take()).toEqual({ kind: 'events', events: [b1] })
    expect(queue.take()).toEqual({ kind: 'prompt', text: 'first prompt' })
    expect(queue.take()).toEqual({ kind: 'events', events: [other] })
    expect(queue.take()).toEqual({ kind: 'prompt', text: 'second prompt' })
    expect(queue.take()).toBeUndefined()
    expect(queue.empty).toBe(true)
  })

  test('everything of one source can be taken out, and its room is free again', () => {
    const queue = createQueue({ eventsPerChannel: 2 })
    const [a1, other, b1] = [event('chat', 'a'), event('web'), event('chat', 'b')]
    offerAll(queue, [a1, other, b1])
    queue.prompt('a prompt')
    expect(queue.forget('chat')).toEqual([a1, b1])
    expect([queue.forget('chat'), queue.waiting('chat'), queue.waiting()]).toEqual([[], 0, 1])
    expect([queue.take(), queue.take(), queue.take()]).toEqual([
      { kind: 'events', events: [other] },
      { kind: 'prompt', text: 'a prompt' },
      undefined,
    ])
    offerAll(queue, [event('chat', 'a'), event('chat', 'b')])
  })

  test('a chat that was taken goes to the end of the line', () => {
    const queue = createQueue({ eventsPerChannel: 10 })
    const [a1, b1, a2] = [event('chat', 'a'), event('chat', 'b'), event('chat', 'a')]
    offerAll(queue, [a1, b1])
    queue.take()
    offerAll(queue, [a2])
    expect(queue.take()).toEqual({ kind: 'events', events: [b1] })
    expect(queue.take()).toEqual({ kind: 'events', events: [a2] })
  })

  test('no source and chat name can be mistaken for another pair, or for a prompt', () => {
    const queue = createQueue({ eventsPerChannel: 10 })
    queue.prompt('prompt')
    offerAll(queue, [event('a","b', 'c'), event('a', 'b","c'), event('prompt 1', '')])
    const sizes = [1, 2, 3, 4].map(() => {
      const turn = queue.take()
      return turn?.kind === 'events' ? turn.events.length : turn?.text
    })
    expect(sizes).toEqual(['prompt', 1, 1, 1])
  })
})

describe('bounds', () => {
  test('by number, for each source of its own', () => {
    const queue = createQueue({ eventsPerChannel: 2 })
    offerAll(queue, [event('a', '1'), event('a', '2'), event('b')])
    expect(queue.offer(event('a', '3'), 4)).toEqual({ accepted: false, reason: 'overflow' })
    expect([queue.waiting('a'), queue.waiting('b'), queue.waiting('c'), queue.waiting()]).toEqual([2, 1, 0, 3])
    queue.take()
    expect(queue.offer(event('a', '3'), 4)).toEqual({ accepted: true })
  })

  test('by bytes', () => {
    const queue = createQueue({ eventsPerChannel: 100, bytesPerChannel: 10 })
    expect(queue.offer(event('a'), 6)).toEqual({ accepted: true })
    expect(queue.offer(event('a'), 5)).toEqual({ accepted: false, reason: 'overflow' })
    expect(queue.offer(event('a'), 4)).toEqual({ accepted: true })
    expect(queue.offer(event('b'), 10)).toEqual({ accepted: true })
    queue.take()
    expect(queue.offer(event('a'), 10)).toEqual({ accepted: true })
  })

  test('clearing gives back every event and all the room', () => {
    const queue = createQueue({ eventsPerChannel: 2, bytesPerChannel: 8 })
    const events = [event('a', '1'), event('a', '2')]
    offerAll(queue, events)
    queue.prompt('forgotten')
    expect(queue.clear()).toEqual(events)
    expect([queue.empty, queue.waiting()]).toEqual([true, 0])
    offerAll(queue, events)
  })
})

describe('waiting', () => {
  test('ends with an event, a prompt or the signal, and leaves no listener behind', async () => {
    const queue = createQueue({ eventsPerChannel: 2 })
    const ending = new AbortController()
    for (const wake of [() => queue.prompt('now'), () => queue.offer(event('a'), 1), () => ending.abort()]) {
      const ready = queue.ready(ending.signal)
      expect(getEventListeners(ending.signal, 'abort')).toHaveLength(1)
      wake()
      await ready
      expect(getEventListeners(ending.signal, 'abort')).toHaveLength(0)
      queue.clear()
    }
  })

  test('does not begin where something waits already, or the signal has aborted', async () => {
    const queue = createQueue({ eventsPerChannel: 2 })
    await queue.ready(AbortSignal.abort())
    queue.prompt('there')
    await queue.ready(new AbortController().signal)
  })
})

type Step =
  | { readonly kind: 'offer'; readonly source: string; readonly chat: string; readonly bytes: number }
  | { readonly kind: 'prompt' | 'take' | 'clear' }

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('offer' as const),
        source: fc.constantFrom('a', 'b', 'c'),
        chat: fc.constantFrom('', '1', '2'),
        bytes: fc.integer({ min: 1, max: 5 }),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'prompt' as const }) },
    { weight: 3, arbitrary: fc.constant({ kind: 'take' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
  ),
  { maxLength: 60 },
)

const LIMITS = { eventsPerChannel: 5, bytesPerChannel: 12 }

/** Everything that waits, in order of arrival. */
type Model = ({ event: QueuedEvent; bytes: number } | { prompt: string })[]

function takeFromModel(model: Model) {
  const [oldest] = model
  if (oldest === undefined) return undefined
  if ('prompt' in oldest) {
    model.shift()
    return { kind: 'prompt', text: oldest.prompt }
  }
  const { source, chat } = oldest.event
  const belongs = (item: Model[number]) => 'event' in item && item.event.source === source && item.event.chat === chat
  const events = model.filter(belongs).map((item) => ('event' in item ? item.event : undefined))
  model.splice(0, model.length, ...model.filter((item) => !belongs(item)))
  return { kind: 'events', events }
}

function run(step: Step, queue: Queue, model: Model): void {
  switch (step.kind) {
    case 'offer': {
      const item = event(step.source, step.chat)
      const own = model.flatMap((waiting) =>
        'event' in waiting && waiting.event.source === step.source ? [waiting] : [],
      )
      const fits =
        own.length < LIMITS.eventsPerChannel &&
        own.reduce((sum, { bytes }) => sum + bytes, step.bytes) <= LIMITS.bytesPerChannel
      const expected = fits ? { accepted: true } : { accepted: false, reason: 'overflow' }
      expect(queue.offer(item, step.bytes)).toEqual(expected)
      if (fits) model.push({ event: item, bytes: step.bytes })
      break
    }
    case 'prompt': {
      const text = `prompt of step ${model.length}`
      queue.prompt(text)
      model.push({ prompt: text })
      break
    }
    case 'take':
      expect(queue.take()).toEqual(takeFromModel(model))
      break
    case 'clear':
      expect(new Set(queue.clear())).toEqual(new Set(model.flatMap((item) => ('event' in item ? [item.event] : []))))
      model.length = 0
  }
  expect(queue.empty).toBe(model.length === 0)
  expect(queue.waiting()).toBe(model.filter((item) => 'event' in item).length)
}

test('it behaves as the model does, whatever happens', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const queue = createQueue(LIMITS)
      const model: Model = []
      for (const step of list) run(step, queue, model)
    }),
    { numRuns: 500 },
  )
})

test('many chats cost no more than their number', () => {
  const queue = createQueue({ eventsPerChannel: 20_000 })
  const startedAt = performance.now()
  for (let chat = 0; chat < 20_000; chat += 1) queue.offer(event('a', String(chat)), 1)
  let turns = 0
  while (queue.take()) turns += 1
  expect(turns).toBe(20_000)
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})
