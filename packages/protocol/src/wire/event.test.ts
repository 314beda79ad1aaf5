/** `notifications/claude/channel` (contract 3): loose on read, strict on write, safe with any key. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChannelEvent, parseEvent, renderEvent } from './event.ts'

describe('reading an event', () => {
  it('takes content alone', () => {
    expect(parseEvent({ content: 'hello' })).toEqual({ ok: true, value: { content: 'hello', meta: {} } })
    expect(parseEvent({ content: '' })).toEqual({ ok: true, value: { content: '', meta: {} } })
    expect(parseEvent({ content: 'x', meta: null })).toEqual({ ok: true, value: { content: 'x', meta: {} } })
  })

  it('takes meta in its order, and the event id of the extension', () => {
    const read = parseEvent({ content: 'x', meta: { z: '1', a: '2', 'not-an-attribute': '3' }, event_id: 'e1' })
    expect(read).toEqual({
      ok: true,
      value: { content: 'x', meta: { z: '1', a: '2', 'not-an-attribute': '3' }, eventId: 'e1' },
    })
    expect(read.ok && Object.keys(read.value.meta)).toEqual(['z', 'a', 'not-an-attribute'])
  })

  it('lets unknown keys pass, and an event id that is none', () => {
    expect(parseEvent({ content: 'x', more: 1, _meta: { progressToken: 1 } })).toEqual({
      ok: true,
      value: { content: 'x', meta: {} },
    })
    for (const eventId of [null, 7, {}, [], true]) {
      expect(parseEvent({ content: 'x', event_id: eventId })).toEqual({ ok: true, value: { content: 'x', meta: {} } })
    }
  })

  it.each<[unknown, string]>([
    [undefined, 'expected params with "content", got nothing'],
    [null, 'expected params with "content", got null'],
    ['hello', 'expected params with "content", got a value of type string'],
    [[{ content: 'x' }], 'expected params with "content", got an array'],
    [{}, '"content": expected a string, got nothing'],
    [{ content: null }, '"content": expected a string, got null'],
    [{ content: 7 }, '"content": expected a string, got a value of type number'],
    [{ content: ['x'] }, '"content": expected a string, got an array'],
    [{ content: 'x', meta: 'y' }, '"meta": expected an object of strings, got a value of type string'],
    [{ content: 'x', meta: [] }, '"meta": expected an object of strings, got an array'],
    [{ content: 'x', meta: { user: 7 } }, '"meta.user": expected a string, got a value of type number'],
    [{ content: 'x', meta: { user: null } }, '"meta.user": expected a string, got null'],
    [
      { content: 'x', meta: { a: 'b', user: { name: 'x' } } },
      '"meta.user": expected a string, got a value of type object',
    ],
    [
      { content: 'x', meta: { 'not-an-attribute': 7 } },
      '"meta.not-an-attribute": expected a string, got a value of type number',
    ],
  ])('%j: %s', (params, problem) => {
    expect(parseEvent(params)).toEqual({ ok: false, problem })
  })

  it('a problem is bounded and moves no cursor, whatever the key', () => {
    for (const key of ['k'.repeat(100_000), '\u001b[2J\n\u202e', '👩‍🚀'.repeat(100), `${'x'.repeat(39)}👩`]) {
      const read = parseEvent({ content: 'x', meta: { [key]: 7 } })
      if (read.ok) throw new Error('it was taken')
      expect(read.problem.length).toBeLessThan(700)
      expect(read.problem).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
    }
  })

  it('the keys of object prototypes are keys like any other', () => {
    const params = JSON.parse('{"content":"x","meta":{"__proto__":"a","constructor":"b","toString":"c"}}')
    const read = parseEvent(params)
    if (!read.ok) throw new Error(read.problem)
    expect(Object.entries(read.value.meta)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['toString', 'c'],
    ])
    expect(Object.getPrototypeOf(read.value.meta)).toBeNull()
    expect(({} as Record<string, unknown>)['a']).toBeUndefined()
    expect(JSON.stringify(renderEvent(read.value))).toBe(
      '{"content":"x","meta":{"__proto__":"a","constructor":"b","toString":"c"}}',
    )
    const polluting = JSON.parse('{"content":"x","meta":{"__proto__":{"polluted":"yes"}}}')
    expect(parseEvent(polluting)).toMatchObject({ ok: false })
    expect(JSON.parse('{"__proto__":{"content":"x"}}')).toSatisfy((value) => !parseEvent(value).ok)
  })
})

describe('writing an event', () => {
  it.each<[Parameters<typeof renderEvent>[0], string]>([
    [{ content: 'hello' }, '{"content":"hello"}'],
    [{ content: 'x', meta: {} }, '{"content":"x","meta":{}}'],
    [{ content: 'x', meta: { z: '1', a: '2' } }, '{"content":"x","meta":{"z":"1","a":"2"}}'],
    [{ content: 'x', meta: { chat_id: '7' }, eventId: 'e1' }, '{"content":"x","meta":{"chat_id":"7"},"event_id":"e1"}'],
  ])('%j', (event, json) => {
    expect(JSON.stringify(renderEvent(event))).toBe(json)
  })

  it('leaves out what the contract does not know', () => {
    const event = { content: 'x', source: 'telegram', extra: true }
    expect(JSON.stringify(renderEvent(event))).toBe('{"content":"x"}')
  })

  it('copies meta', () => {
    const meta = { a: '1' }
    const params = renderEvent({ content: 'x', meta })
    meta.a = '2'
    expect(params.meta).toEqual({ a: '1' })
  })
})

it('what is written is read back, over JSON', () => {
  const text = fc.string({ unit: 'binary' })
  const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'source', 'chat_id', 'hasOwnProperty'))
  const meta = fc
    .array(fc.tuple(key, text), { maxLength: 6 })
    .map((pairs): Record<string, string> => Object.assign(Object.create(null), Object.fromEntries(pairs)))
  const event: fc.Arbitrary<ChannelEvent> = fc.oneof(
    fc.record({ content: text, meta }),
    fc.record({ content: text, meta, eventId: text }),
  )
  fc.assert(
    fc.property(event, (one) => {
      const read = parseEvent(JSON.parse(JSON.stringify(renderEvent(one))))
      if (!read.ok) throw new Error(read.problem)
      expect(Object.entries(read.value.meta).sort()).toEqual(Object.entries(one.meta).sort())
      expect({ ...read.value, meta: 0 }).toEqual({ ...one, meta: 0 })
    }),
    { seed: 20_261_122, numRuns: 1000 },
  )
})
