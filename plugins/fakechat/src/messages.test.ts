/** The messages in memory stay bounded, whatever is said. */
import { expect, test } from 'vitest'
import { createMessages } from './messages.ts'
import type { Message } from './wire.ts'

const message = (id: string, text = ''): Message => ({ id, from: 'assistant', text, ts: 0 })

test('the oldest go when there are too many', () => {
  const messages = createMessages({ count: 2 })
  for (const id of ['a', 'b', 'c']) messages.add(message(id))
  expect(messages.newest(100).messages.map(({ id }) => id)).toEqual(['b', 'c'])
  expect(messages.find('a')).toBeUndefined()
  expect(messages.change('a', { text: 'x' })).toBe(false)
})

test('the oldest go when there is too much text, also by edits, but the newest stays', () => {
  const messages = createMessages({ units: 10 })
  messages.add(message('a', '12345'))
  messages.add(message('b', '12345'))
  expect(messages.newest(100).messages).toHaveLength(2)
  expect(messages.change('b', { text: '123456' })).toBe(true)
  expect(messages.newest(100).messages.map(({ id }) => id)).toEqual(['b'])
  messages.add(message('c', '12345678901234567890'))
  expect(messages.newest(100).messages.map(({ id }) => id)).toEqual(['c'])
  messages.add(message('d', '1'))
  expect(messages.newest(100).messages.map(({ id }) => id)).toEqual(['d'])
})

test('ids that are names of object members are ids', () => {
  const messages = createMessages()
  expect(messages.find('toString')).toBeUndefined()
  messages.add(message('__proto__', 'x'))
  expect(messages.find('__proto__')?.text).toBe('x')
})

test('a new state leaves the reason of the one before behind', () => {
  const messages = createMessages()
  messages.add({ id: 'u1', from: 'user', text: 'x', ts: 0, state: 'failed', reason: 'session-ended' })
  messages.change('u1', { text: 'y' })
  expect(messages.find('u1')?.reason).toBe('session-ended')
  messages.change('u1', { state: 'completed' })
  expect(messages.find('u1')).toEqual({ id: 'u1', from: 'user', text: 'y', ts: 0, state: 'completed' })
})
