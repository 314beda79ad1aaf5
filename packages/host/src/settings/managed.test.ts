/** Each managed file is read for itself: what it says, or what is wrong with it and where. */
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFolder } from '../testing/folder.ts'
import { deploy } from '../testing/policy.ts'
import { type ManagedFile, readManagedFiles, readManagedFlag } from './managed.ts'

/** Those that are there, under their paths below the deployment. */
async function read(files: Readonly<Record<string, unknown>>) {
  const { root, paths } = await deploy(files)
  const there = (await readManagedFiles(paths)).filter(({ state }) => state !== 'absent')
  return there.map((file): ManagedFile => ({ ...file, file: file.file.slice(root.length + 1) }))
}

test('every place is named, also where nothing is', async () => {
  const { paths } = await deploy({})
  const files = await readManagedFiles(paths)
  expect(files.map(({ state }) => state)).toEqual(Array(6).fill('absent'))
  expect(files.map(({ file }) => file)).toEqual(
    [paths.managed, ...paths.claudeManaged].flatMap(({ file, folder }) => [file, folder]),
  )
})

test('only *.json of the folder counts, in the order of names', async () => {
  const files = await read({
    'managed-settings.d/20.json': { channelsEnabled: true, plan: 'team' },
    'managed-settings.d/10.json': { plan: 'console' },
    'managed-settings.d/README.md': 'text',
    'managed-settings.d/.hidden.json': { channelsEnabled: false },
    'managed-settings.d/old.json.bak': { channelsEnabled: false },
  })
  expect(files).toEqual([
    { file: 'managed-settings.d/10.json', owner: 'backchannel', state: 'read', plan: 'console' },
    { file: 'managed-settings.d/20.json', owner: 'backchannel', state: 'read', channelsEnabled: true, plan: 'team' },
  ])
})

describe('of Claude Code’s own files', () => {
  const TELEGRAM = { marketplace: 'claude-plugins-official', plugin: 'telegram' }

  test('two keys count, whatever else there is', async () => {
    const said = { channelsEnabled: true, allowedChannelPlugins: [TELEGRAM], plan: 5, permissions: { deny: ['X'] } }
    expect(await read({ 'claude/managed-settings.json': said, 'claude/managed-settings.d/a.json': {} })).toEqual([
      {
        file: 'claude/managed-settings.json',
        owner: 'claude-code',
        state: 'read',
        channelsEnabled: true,
        allowedChannelPlugins: [TELEGRAM],
      },
      { file: 'claude/managed-settings.d/a.json', owner: 'claude-code', state: 'read' },
    ])
  })

  test('an item of a form not known here allows nothing, and the others count', async () => {
    const list = [{ ...TELEGRAM, version: '1' }, 'discord', { plugin: 'x' }, null, { marketplace: 1, plugin: 'y' }]
    expect(await read({ 'claude/managed-settings.json': { allowedChannelPlugins: list } })).toMatchObject([
      { allowedChannelPlugins: [TELEGRAM], passedOver: 4 },
    ])
  })

  test('what is no list, and a switch that is none, are broken', async () => {
    const wrong = { 'claude/managed-settings.json': { allowedChannelPlugins: 'all' } }
    expect(await read(wrong)).toMatchObject([{ state: 'broken', problem: expect.stringContaining('must be a list') }])
    expect(await read({ 'claude/managed-settings.json': { channelsEnabled: 'yes' } })).toMatchObject([
      { state: 'broken', problem: expect.stringContaining('channelsEnabled must be true or false') },
    ])
  })

  test('where any user can write, a file can only take away', async () => {
    const on = { channelsEnabled: true, allowedChannelPlugins: [] }
    expect(await read({ 'old/managed-settings.json': on })).toEqual([
      { file: 'old/managed-settings.json', owner: 'claude-code', state: 'read', allowedChannelPlugins: [] },
    ])
    expect(await read({ 'old/managed-settings.json': { channelsEnabled: false } })).toMatchObject([
      { channelsEnabled: false },
    ])
  })
})

describe('a file that cannot be understood says where and why', () => {
  test.each([
    ['{"channelsEnabled": true,}', 'line 1, column 26'],
    [{ channelsEnabled: 'true' }, 'channelsEnabled must be true or false, got the string "true".'],
    [{ channelsEnabled: true, allowedChannelPlugins: {} }, 'allowedChannelPlugins must be a list, got an object.'],
    [
      { channelsEnabled: true, allowedChannelPlugins: ['fakechat'] },
      'allowedChannelPlugins[0] must be an object with "marketplace" and "plugin", got the string "fakechat".',
    ],
    [
      { channelsEnabled: true, allowedChannelPlugins: [{ plugin: 'x' }] },
      'allowedChannelPlugins[0].marketplace must be a string, got nothing.',
    ],
    [{ channelsEnabled: true, plan: 'free' }, 'plan must be one of'],
    ['[]', 'the file must hold an object'],
    ['', 'line 1, column 1'],
  ])('%j', async (content, words) => {
    const [, broken] = await read({
      'managed-settings.json': { channelsEnabled: true },
      'managed-settings.d/broken.json': content,
    })
    expect(broken).toMatchObject({ file: 'managed-settings.d/broken.json', state: 'broken' })
    expect(broken).not.toHaveProperty('channelsEnabled')
    expect(broken?.problem).toContain('managed-settings.d/broken.json')
    expect(broken?.problem).toContain(words)
  })

  test('a link that leads nowhere, and a folder in a file’s place', async () => {
    const { root, paths } = await deploy({ 'managed-settings.d': 'a file' })
    await symlink(join(root, 'nowhere.json'), paths.managed.file)
    const [file, folder] = await readManagedFiles(paths)
    expect(file?.problem).toContain('does not exist')
    expect(folder?.problem).toContain('ENOTDIR')

    const other = await deploy({})
    await mkdir(other.paths.managed.file)
    expect((await readManagedFiles(other.paths))[0]?.problem).toContain('is a folder, not a file')
  })
})

test('the file of --managed-settings must be there', async () => {
  const file = join(await createFolder(), 'none.json')
  expect(await readManagedFlag(file)).toEqual({
    file,
    owner: 'flag',
    state: 'broken',
    problem: `${file} does not exist.`,
  })
})
