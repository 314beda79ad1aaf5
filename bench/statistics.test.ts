/** Numbers whose answers are known: a wrong quantile would make every table of the bench wrong. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { median, quantile, ratios, spread } from './statistics.ts'

describe('a quantile', () => {
  it.each([
    [[5], 0.5, 5],
    [[1, 2], 0.5, 1.5],
    [[3, 1, 2], 0.5, 2],
    [[10, 9, 8, 2], 0.5, 8.5],
    [[1, 2, 3, 4, 5], 0, 1],
    [[1, 2, 3, 4, 5], 1, 5],
    [[1, 2, 3, 4, 5], 0.25, 2],
    [[0, 100], 0.99, 99],
    [[1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], 0.75, Number.POSITIVE_INFINITY],
  ])('of %j at %d is %d', (values, q, expected) => {
    expect(quantile(values, q)).toBe(expected)
  })

  it('leaves what it is given in its order', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })

  it('refuses what has no answer', () => {
    expect(() => quantile([], 0.5)).toThrow('no values')
    expect(() => quantile([1], 1.5)).toThrow('1.5')
    expect(() => quantile([1], Number.NaN)).toThrow('NaN')
  })

  it('lies between the least and the most, and never falls as q grows', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 })
    const share = fc.double({ noNaN: true, min: 0, max: 1 })
    fc.assert(
      fc.property(values, share, share, (list, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)]
        const { least, most } = spread(list)
        expect(quantile(list, low)).toBeGreaterThanOrEqual(least)
        expect(quantile(list, high)).toBeLessThanOrEqual(most)
        // Neighbours that differ in their last bit may be interpolated to one that does.
        expect(quantile(list, low)).toBeLessThanOrEqual(quantile(list, high) + 1e-6)
      }),
    )
  })
})

describe('ratios', () => {
  it('are taken within a round', () => {
    // The second round ran on a machine three times slower; the ratio is the same.
    expect(ratios([1, 3, 2], [2, 6, 4])).toEqual({ median: 0.5, least: 0.5, most: 0.5 })
    expect(ratios([1, 4, 9], [1, 2, 3])).toEqual({ median: 2, least: 1, most: 3 })
  })

  it('leave out rounds that have but one side', () => {
    expect(ratios([1, undefined, 3], [2, 5, undefined])).toEqual({ median: 0.5, least: 0.5, most: 0.5 })
    expect(ratios([5], [Number.POSITIVE_INFINITY])).toBeUndefined()
    expect(ratios([Number.POSITIVE_INFINITY], [5])).toBeUndefined()
    expect(ratios([1], [0])).toBeUndefined()
    expect(ratios([], [])).toBeUndefined()
  })
})
