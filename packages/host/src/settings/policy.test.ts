/** Managed settings fail closed: whatever is there and not clearly "on" blocks. */
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFolder } from '../testing/folder.ts'
import { effectivePolicy, readManagedFile, readManagedSettings, tightenPolicy } from './policy.ts'

async function deploy(files: Readonly<Record<string, unknown>>) {
  const root = await createFolder(files)
  return { root, managed: { file: join(root, 'managed-settings.json'), folder: join(root, 'managed-settings.d') } }
}

const read = async (files: Readonly<Record<string, unknown>>) => readManagedSettings(await deploy(files))
const FAKECHAT = { marketplace: 'backchannel', plugin: 'fakechat' }
const WEBHOOK = { marketplace: 'backchannel', plugin: 'webhook' }

test('no managed files: allowed, and said so', async () => {
  const managed = await read({})
  expect(managed).toEqual({ files: [] })
  expect(effectivePolicy(managed)).toEqual({
    channelsAllowed: true,
    because: 'no organisation deploys managed settings here',
  })
})

describe('channelsEnabled', () => {
  test.each([
    [{ 'managed-settings.json': {} }, false],
    [{ 'managed-settings.json': { channelsEnabled: true } }, true],
    [{ 'managed-settings.json': { channelsEnabled: false } }, false],
    [{ 'managed-settings.d/a.json': { channelsEnabled: true } }, true],
    [{ 'managed-settings.json': {}, 'managed-settings.d/a.json': { channelsEnabled: true } }, true],
    [{ 'managed-settings.json': { channelsEnabled: true }, 'managed-settings.d/a.json': {} }, true],
    [
      { 'managed-settings.json': { channelsEnabled: true }, 'managed-settings.d/a.json': { channelsEnabled: false } },
      false,
    ],
    [
      { 'managed-settings.json': { channelsEnabled: false }, 'managed-settings.d/a.json': { channelsEnabled: true } },
      false,
    ],
    [{ 'managed-settings.json': { permissions: {}, unknown: 1, channelsEnabled: true } }, true],
  ])('%j', async (files, allowed) => {
    expect(effectivePolicy(await read(files)).channelsAllowed).toBe(allowed)
  })

  test('only *.json of the folder counts, in the order of names', async () => {
    const { root, managed } = await deploy({
      'managed-settings.d/20.json': { channelsEnabled: true, plan: 'team' },
      'managed-settings.d/10.json': { plan: 'console' },
      'managed-settings.d/README.md': 'text',
      'managed-settings.d/.hidden.json': { channelsEnabled: false },
      'managed-settings.d/old.json.bak': { channelsEnabled: false },
    })
    expect(await readManagedSettings({ managed })).toEqual({
      channelsEnabled: true,
      plan: 'team',
      files: [join(root, 'managed-settings.d/10.json'), join(root, 'managed-settings.d/20.json')],
    })
  })
})

describe('allowedChannelPlugins', () => {
  test('lists intersect', async () => {
    const managed = await read({
      'managed-settings.json': { channelsEnabled: true, allowedChannelPlugins: [FAKECHAT, WEBHOOK] },
      'managed-settings.d/a.json': { allowedChannelPlugins: [WEBHOOK, { marketplace: 'x', plugin: 'fakechat' }] },
    })
    expect(effectivePolicy(managed)).toMatchObject({ channelsAllowed: true, allowedChannelPlugins: [WEBHOOK] })
  })

  test('an empty list stays an empty list', async () => {
    const managed = await read({ 'managed-settings.json': { channelsEnabled: true, allowedChannelPlugins: [] } })
    expect(effectivePolicy(managed).allowedChannelPlugins).toEqual([])
  })

  test('unset stays unset', async () => {
    expect(effectivePolicy(await read({ 'managed-settings.json': { channelsEnabled: true } }))).not.toHaveProperty(
      'allowedChannelPlugins',
    )
  })
})

describe('a managed file that cannot be understood blocks and says where and why', () => {
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
  ])('%j', async (content, words) => {
    const { root, managed } = await deploy({
      'managed-settings.json': { channelsEnabled: true },
      'managed-settings.d/broken.json': content,
    })
    const settings = await readManagedSettings({ managed })
    expect(settings.channelsEnabled).toBe(false)
    expect(settings.problem).toContain(join(root, 'managed-settings.d/broken.json'))
    expect(settings.problem).toContain(words)
    expect(effectivePolicy(settings)).toEqual({
      channelsAllowed: false,
      because: `the managed settings cannot be used: ${settings.problem}`,
    })
  })

  test('a link that leads nowhere, and a folder in a file’s place', async () => {
    const { root, managed } = await deploy({})
    await symlink(join(root, 'nowhere.json'), managed.file)
    expect(effectivePolicy(await readManagedSettings({ managed })).because).toContain('does not exist')

    const other = await deploy({ 'managed-settings.d': 'a file' })
    await mkdir(other.managed.file)
    const settings = await readManagedSettings(other)
    expect(settings.problem).toContain('is a folder, not a file')
    expect(settings.problem).toContain('ENOTDIR')
  })
})

describe('--managed-settings can only tighten', () => {
  const off = { channelsAllowed: false, because: 'off' }
  const on = { channelsAllowed: true, because: 'on' }

  test('a missing file blocks', async () => {
    const file = join(await createFolder(), 'none.json')
    expect(effectivePolicy(await readManagedFile(file))).toEqual({
      channelsAllowed: false,
      because: `the managed settings cannot be used: ${file} does not exist.`,
    })
  })

  test('off on either side is off', () => {
    expect(tightenPolicy(off, on)).toEqual(off)
    expect(tightenPolicy(on, off)).toEqual(off)
    expect(tightenPolicy(on, on)).toEqual(on)
  })

  test('lists intersect, and a list replaces none', () => {
    const both = { ...on, allowedChannelPlugins: [FAKECHAT, WEBHOOK] }
    const one = { ...on, allowedChannelPlugins: [WEBHOOK] }
    expect(tightenPolicy(both, one).allowedChannelPlugins).toEqual([WEBHOOK])
    expect(tightenPolicy(one, both).allowedChannelPlugins).toEqual([WEBHOOK])
    expect(tightenPolicy(on, one).allowedChannelPlugins).toEqual([WEBHOOK])
    expect(tightenPolicy(one, on).allowedChannelPlugins).toEqual([WEBHOOK])
    expect(tightenPolicy({ ...on, allowedChannelPlugins: [] }, one).allowedChannelPlugins).toEqual([])
  })
})
