/** Ids of permission requests (contract 5): five typeable letters, never one that is open, not to be guessed. */
import { describe, expect, it } from 'vitest'
import { createRequestId, REQUEST_ID_PATTERN } from './request-id.ts'

describe('a request id', () => {
  it('has the pattern of the contract', () => {
    expect(String(REQUEST_ID_PATTERN)).toBe('/^[a-km-z]{5}$/')
    for (const id of ['abcde', 'zzzzz', 'kmkmk']) expect(REQUEST_ID_PATTERN.test(id)).toBe(true)
    for (const id of ['abcd', 'abcdef', 'abcdl', 'ABCDE', 'abcd1', 'abcde\n', ' abcde', 'abcdé', '']) {
      expect(REQUEST_ID_PATTERN.test(id)).toBe(false)
    }
  })

  it('is drawn in that pattern, and uses every letter in every place about equally often', () => {
    const draws = 20_000
    const counts = Array.from({ length: 5 }, () => new Map<string, number>())
    for (let draw = 0; draw < draws; draw += 1) {
      const id = createRequestId(new Set())
      expect(id).toMatch(/^[a-km-z]{5}$/)
      ;[...id].forEach((letter, place) => {
        const count = counts[place]
        count?.set(letter, (count.get(letter) ?? 0) + 1)
      })
    }
    for (const count of counts) {
      expect([...count.keys()].sort().join('')).toBe('abcdefghijkmnopqrstuvwxyz')
      // 800 expected each; six standard deviations are 166.
      for (const seen of count.values()) expect(Math.abs(seen - draws / 25)).toBeLessThan(170)
    }
  })

  it('takes its letters from the injected source, in order', () => {
    const asked: number[] = []
    const values = [0, 10, 11, 24, 1]
    const id = createRequestId(new Set(), (below) => {
      asked.push(below)
      return values.shift() ?? 0
    })
    expect(id).toBe('akmzb')
    expect(asked).toEqual([25, 25, 25, 25, 25])
  })

  it('draws again while the id is open', () => {
    const values = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2]
    const open = new Set(['aaaaa', 'aaaab'])
    expect(createRequestId(open, () => values.shift() ?? 0)).toBe('ccccc')
    expect(values).toEqual([])
  })

  it('is unique among thousands that are open', () => {
    const open = new Set<string>()
    for (let count = 0; count < 5000; count += 1) {
      const id = createRequestId(open)
      expect(open.has(id)).toBe(false)
      open.add(id)
    }
    expect(open.size).toBe(5000)
  })

  it('is refused where more are open than can be', () => {
    const open = { has: () => false, size: 1_000_001 }
    expect(() => createRequestId(open)).toThrow('1000001 permission requests are open')
  })
})
