/** What is dropped is told at once the first time, then counted once a second, and never left out of the count. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createDropReport, type DropReport } from './drop-report.ts'

let told: string[]
let report: DropReport

beforeEach(() => {
  vi.useFakeTimers()
  told = []
  report = createDropReport((source, reason, count) => told.push(`${source} ${reason} ${count}`))
})

afterEach(() => {
  report.close()
  vi.useRealTimers()
})

function add(times: number, source = 'a'): void {
  for (let at = 0; at < times; at += 1) report.add(source, 'overflow')
}

describe('counting', () => {
  test('the first at once, the following once a second', () => {
    add(1)
    expect(told).toEqual(['a overflow 1'])
    add(41)
    expect(told).toHaveLength(1)
    vi.advanceTimersByTime(1_000)
    expect(told).toEqual(['a overflow 1', 'a overflow 41'])
    add(2)
    vi.advanceTimersByTime(1_000)
    expect(told).toEqual(['a overflow 1', 'a overflow 41', 'a overflow 2'])
  })

  test('sources and reasons each on their own', () => {
    report.add('a', 'overflow')
    report.add('b', 'overflow')
    report.add('a', 'invalid')
    expect(told).toEqual(['a overflow 1', 'b overflow 1', 'a invalid 1'])
    report.add('b', 'overflow')
    report.close()
    expect(told.slice(3)).toEqual(['b overflow 1'])
  })

  test('closing tells what is left, and what comes after it is told as well', () => {
    add(5)
    report.close()
    expect(told).toEqual(['a overflow 1', 'a overflow 4'])
    report.close()
    add(1)
    expect(told).toEqual(['a overflow 1', 'a overflow 4', 'a overflow 1'])
  })
})

describe('at rest', () => {
  test('after a quiet second the timer is gone, and the next drop is told at once', () => {
    add(1)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(1_000)
    expect(vi.getTimerCount()).toBe(0)
    add(1)
    expect(told).toEqual(['a overflow 1', 'a overflow 1'])
  })

  test('a closed report starts no timer', () => {
    report.close()
    add(3)
    expect(vi.getTimerCount()).toBe(0)
  })
})
