/** A typing error is answered with what was meant, and nothing far off is suggested. */
import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

test('the nearest name, or none', () => {
  expect(nearest('chanels', ['agent', 'channels'])).toBe('channels')
  expect(nearest('Limits', ['limits'])).toBe('limits')
  expect(nearest('fakchat', ['webhook', 'fakechat'])).toBe('fakechat')
  expect(nearest('zzz', ['agent', 'channels'])).toBeUndefined()
  expect(nearest('', ['a'])).toBeUndefined()
  expect(nearest('x'.repeat(100_000), ['x'.repeat(64)])).toBeUndefined()
})
