/** Shows that a port setting is read strictly. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePort } from './port.ts'

describe('parsePort', () => {
  it.each([undefined, '', '  '])('takes the fallback for %j', (value) => {
    expect(parsePort(value, 8788, 'WEBHOOK_PORT')).toBe(8788)
  })

  it('takes every port, 0 too', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 65_535 }), (port) => parsePort(String(port), 1, 'X') === port))
    expect(parsePort(' 80 ', 1, 'X')).toBe(80)
  })

  it.each(['65536', '-1', '80.5', '0x50', '1e3', 'http', '８０', '9'.repeat(500)])('refuses %j', (value) => {
    expect(() => parsePort(value, 8788, 'WEBHOOK_PORT')).toThrow(
      expect.objectContaining({ code: 'port-invalid', message: expect.stringMatching(/^WEBHOOK_PORT is "/) }),
    )
  })
})
