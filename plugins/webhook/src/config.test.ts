/** Shows what the environment may say. */
import { expect, it } from 'vitest'
import { parseConfig } from './config.ts'

it('is a port and an address, both optional', () => {
  expect(parseConfig({})).toEqual({ port: 8788 })
  expect(parseConfig({ WEBHOOK_PORT: '', WEBHOOK_HOST: ' ' })).toEqual({ port: 8788 })
  expect(parseConfig({ WEBHOOK_PORT: '0', WEBHOOK_HOST: '0.0.0.0' })).toEqual({ port: 0, host: '0.0.0.0' })
  expect(parseConfig({ WEBHOOK_HOST: '::' })).toEqual({ port: 8788, host: '::' })
})

it('is refused where it is wrong', () => {
  expect(() => parseConfig({ WEBHOOK_PORT: 'x' })).toThrow(expect.objectContaining({ code: 'port-invalid' }))
  expect(() => parseConfig({ WEBHOOK_HOST: 'http://x' })).toThrow(expect.objectContaining({ code: 'settings-invalid' }))
})

it('listens for nobody else in the copy that the doctor starts', () => {
  expect(parseConfig({ WEBHOOK_HOST: '0.0.0.0', BACKCHANNEL_PROBE: '1' })).toEqual({ port: 8788 })
})
