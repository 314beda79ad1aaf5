/** The ledger remembers the last word on an event, and forgets the oldest first. */
import { expect, test } from 'vitest'
import { createEventLedger } from './event-ledger.ts'

test('the last receipt of an event counts', () => {
  const ledger = createEventLedger()
  expect(ledger.find('e1')).toBeUndefined()
  ledger.note({ eventId: 'e1', state: 'queued' })
  ledger.note({ eventId: 'e1', state: 'completed' })
  expect(ledger.find('e1')).toEqual({ eventId: 'e1', state: 'completed' })
})

test('the one that was not heard of for longest is forgotten first', () => {
  const ledger = createEventLedger(2)
  for (const eventId of ['e1', 'e2', 'e1', 'e3']) ledger.note({ eventId, state: 'queued' })
  expect(['e1', 'e2', 'e3'].map((id) => ledger.find(id) !== undefined)).toEqual([true, false, true])
})

test('ids that are no ids cost nothing', () => {
  const ledger = createEventLedger()
  ledger.note({ eventId: 'x'.repeat(257), state: 'queued' })
  ledger.note({ eventId: '__proto__', state: 'queued' })
  expect(ledger.find('x'.repeat(257))).toBeUndefined()
  expect(ledger.find('__proto__')).toEqual({ eventId: '__proto__', state: 'queued' })
  expect(ledger.find('constructor')).toBeUndefined()
})
