/** The bucket, with a clock of the test's own. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLimiter } from './limiter.ts'

function takeAll(limiter: { take(): boolean }, most = 1_000): number {
  let taken = 0
  while (taken < most && limiter.take()) taken += 1
  return taken
}

test('a burst at once, then the rate, and never more than the burst saved up', () => {
  let now = 0
  const limiter = createLimiter({ perSecond: 10, burst: 5 }, () => now)
  expect(takeAll(limiter)).toBe(5)
  now += 100
  expect(takeAll(limiter)).toBe(1)
  now += 250
  expect(takeAll(limiter)).toBe(2)
  now += 50
  expect(takeAll(limiter)).toBe(1)
  now += 3_600_000
  expect(takeAll(limiter)).toBe(5)
})

test('over any time it lets through the burst and the rate, not one more', () => {
  const waits = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 50 })
  fc.assert(
    fc.property(waits, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), (list, perSecond, burst) => {
      let now = 0
      const limiter = createLimiter({ perSecond, burst }, () => now)
      let taken = takeAll(limiter)
      for (const wait of list) {
        now += wait
        taken += takeAll(limiter)
      }
      expect(taken).toBeLessThanOrEqual(burst + (now / 1000) * perSecond + 1e-6)
    }),
  )
})
