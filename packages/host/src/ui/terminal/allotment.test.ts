/** The rows of the live region: never more than there may be, the prompt always among them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allotRows, LIVE_ROWS, windowStart } from './allotment.ts'

const wanted = fc.record({
  draft: fc.integer({ min: 1, max: 50 }),
  completions: fc.integer({ min: 0, max: 20 }),
  spinner: fc.boolean(),
  waiting: fc.boolean(),
})

test('never takes more than eight rows, nor the whole screen', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), wanted, (rows, wants) => {
      const { gap, waiting, spinner, border, draft, completions, footer } = allotRows(rows, wants)
      const sum =
        Number(gap) + Number(waiting) + Number(spinner) + 2 * Number(border) + draft + completions + Number(footer)
      expect(sum).toBeLessThanOrEqual(Math.max(1, Math.min(LIVE_ROWS, rows - 1)))
      expect(draft).toBeGreaterThanOrEqual(1)
      expect(draft).toBeLessThanOrEqual(wants.draft)
    }),
  )
})

test('everything has its place on a usual screen', () => {
  expect(allotRows(24, { draft: 1, completions: 0, spinner: true, waiting: true })).toEqual({
    gap: true,
    waiting: true,
    spinner: true,
    border: true,
    draft: 1,
    completions: 0,
    footer: true,
  })
})

test('the window holds the row that matters', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 10 }), fc.nat(), (count, shown, place) => {
      const at = place % count
      const first = windowStart(count, shown, at)
      expect(first).toBeGreaterThanOrEqual(0)
      expect(at).toBeGreaterThanOrEqual(first)
      expect(at).toBeLessThan(first + shown)
    }),
  )
})
