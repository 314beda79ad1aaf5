/** How the wait between two starts of a server grows, and when it starts over. */
import { expect, test } from 'vitest'
import { createBackOff } from './back-off.ts'

test('it doubles from half a second to half a minute and stays there', () => {
  const backOff = createBackOff()
  const waits = Array.from({ length: 9 }, () => backOff.next(100))
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
})

test('it stays there however often a server fails', () => {
  const backOff = createBackOff()
  for (let at = 0; at < 5_000; at += 1) backOff.next(0)
  expect(backOff.next(0)).toBe(30_000)
})

test('a stable life starts it over', () => {
  const backOff = createBackOff()
  for (let at = 0; at < 5; at += 1) backOff.next(9_999)
  expect(backOff.next(10_000)).toBe(500)
  expect(backOff.next(0)).toBe(1_000)
})

test('waiting ends with the signal', async () => {
  await expect(createBackOff().wait(60_000, AbortSignal.timeout(1))).rejects.toThrow()
})
