/** Where things are, literally: these paths are documented. */
import { expect, test } from 'vitest'
import { hostPaths } from './paths.ts'

test('Linux', () => {
  const paths = hostPaths({}, 'linux', '/home/ada')
  expect(paths).toMatchObject({
    home: '/home/ada/.backchannel',
    settings: '/home/ada/.backchannel/settings.json',
    consents: '/home/ada/.backchannel/consents.json',
    logs: '/home/ada/.backchannel/logs',
    managed: {
      file: '/etc/backchannel/managed-settings.json',
      folder: '/etc/backchannel/managed-settings.d',
    },
  })
  expect(paths.projectSettings('/src/app')).toBe('/src/app/.backchannel/settings.json')
})

test('macOS and Windows', () => {
  expect(hostPaths({}, 'darwin', '/Users/ada').managed.file).toBe(
    '/Library/Application Support/Backchannel/managed-settings.json',
  )
  const windows = hostPaths({}, 'win32', 'C:\\Users\\ada')
  expect(windows.managed.folder).toBe('C:\\ProgramData\\Backchannel\\managed-settings.d')
  expect(windows.settings).toBe('C:\\Users\\ada\\.backchannel\\settings.json')
  expect(windows.projectSettings('C:\\app')).toBe('C:\\app\\.backchannel\\settings.json')
})

test('BACKCHANNEL_HOME moves what is the operator’s and nothing of the organisation', () => {
  const paths = hostPaths({ BACKCHANNEL_HOME: '/srv/bot' }, 'linux', '/home/ada')
  expect(paths.consents).toBe('/srv/bot/consents.json')
  expect(paths.managed.file).toBe('/etc/backchannel/managed-settings.json')
  expect(hostPaths({ BACKCHANNEL_HOME: '' }, 'linux', '/home/ada').home).toBe('/home/ada/.backchannel')
})
