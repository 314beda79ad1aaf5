/** Ids sort as they were made, whatever the clock does. */
import { expect, it } from 'vitest'
import { createOrderedId } from './ordered-id.ts'

it('has the form of a UUID of version 7', () => {
  expect(createOrderedId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

it('sorts as made: within one millisecond, over its counter, and when the clock jumps by ten years either way', () => {
  const now = Date.now()
  const years = 10 * 365 * 86_400_000
  const clock = [...Array.from({ length: 10_000 }, () => now), now - years, now + years, now, now + 1]
  const ids = clock.map((at) => createOrderedId(at))
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
})
