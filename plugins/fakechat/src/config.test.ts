/** Settings: defaults, what is taken, and errors that name the variable. */
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { describeSettings, readConfig } from './config.ts'

const HOME = resolve('/home/ada')
const home = { HOME, USERPROFILE: HOME }

test('without any variable it is like the official fakechat', () => {
  expect(readConfig(home)).toEqual({
    port: 8787,
    directory: join(HOME, '.claude', 'channels', 'fakechat'),
    keepDays: 30,
  })
})

test('every variable counts, an empty one does not', () => {
  const state = resolve('/state')
  expect(readConfig({ FAKECHAT_PORT: '0', FAKECHAT_STATE_DIR: state, FAKECHAT_KEEP_DAYS: '0' })).toEqual({
    port: 0,
    directory: state,
    keepDays: 0,
  })
  expect(readConfig({ ...home, FAKECHAT_PORT: '', FAKECHAT_STATE_DIR: '', FAKECHAT_KEEP_DAYS: '' })).toEqual(
    readConfig(home),
  )
})

test.each([
  ['FAKECHAT_PORT', 'eighty', 'port-invalid'],
  ['FAKECHAT_PORT', '65536', 'port-invalid'],
  ['FAKECHAT_PORT', '-1', 'port-invalid'],
  ['FAKECHAT_KEEP_DAYS', 'ten', 'settings-invalid'],
  ['FAKECHAT_KEEP_DAYS', '-1', 'settings-invalid'],
])('%s=%s is an error that names it', (variable, value, code) => {
  expect(() => readConfig({ ...home, [variable]: value })).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(`${variable} is "${value}"`) }),
  )
})

test('are shown to the operator, or why they can not be', () => {
  expect(describeSettings({ ...home, FAKECHAT_PORT: '9000', FAKECHAT_KEEP_DAYS: '0' })).toEqual([
    'port: 9000, so the page is http://localhost:9000 (FAKECHAT_PORT)',
    'files: kept for ever (FAKECHAT_KEEP_DAYS)',
  ])
  expect(() => describeSettings({ FAKECHAT_PORT: 'x' })).toThrow(/FAKECHAT_PORT/)
})
