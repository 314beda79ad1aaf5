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
    plugins: '/home/ada/.backchannel/plugins',
    managed: {
      file: '/etc/backchannel/managed-settings.json',
      folder: '/etc/backchannel/managed-settings.d',
    },
    claudeManaged: [{ file: '/etc/claude-code/managed-settings.json', folder: '/etc/claude-code/managed-settings.d' }],
  })
  expect(paths.projectSettings('/src/app')).toBe('/src/app/.backchannel/settings.json')
})

test('macOS and Windows', () => {
  const mac = hostPaths({}, 'darwin', '/Users/ada')
  expect(mac.managed.file).toBe('/Library/Application Support/Backchannel/managed-settings.json')
  expect(mac.claudeManaged.map(({ folder }) => folder)).toEqual([
    '/Library/Application Support/ClaudeCode/managed-settings.d',
  ])
  const windows = hostPaths({}, 'win32', 'C:\\Users\\ada')
  expect(windows.managed.folder).toBe('C:\\Program Files\\Backchannel\\managed-settings.d')
  expect(windows.claudeManaged).toEqual([
    {
      file: 'C:\\Program Files\\ClaudeCode\\managed-settings.json',
      folder: 'C:\\Program Files\\ClaudeCode\\managed-settings.d',
    },
    // Where users may create folders, a file can only take away.
    {
      file: 'C:\\ProgramData\\ClaudeCode\\managed-settings.json',
      folder: 'C:\\ProgramData\\ClaudeCode\\managed-settings.d',
      tightensOnly: true,
    },
  ])
  expect(windows.settings).toBe('C:\\Users\\ada\\.backchannel\\settings.json')
  expect(windows.projectSettings('C:\\app')).toBe('C:\\app\\.backchannel\\settings.json')
})

test('BACKCHANNEL_HOME moves what is the operator’s and nothing of the organisation', () => {
  const paths = hostPaths({ BACKCHANNEL_HOME: '/srv/bot' }, 'linux', '/home/ada')
  expect(paths.consents).toBe('/srv/bot/consents.json')
  expect(paths.managed.file).toBe('/etc/backchannel/managed-settings.json')
  expect(hostPaths({ BACKCHANNEL_HOME: '' }, 'linux', '/home/ada').home).toBe('/home/ada/.backchannel')
})
