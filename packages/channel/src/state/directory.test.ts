/** Which directory each environment leads to, and what an unwritable one says. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureDirectory } from './directory.ts'
import { stateDirectory } from './location.ts'

const HOME = resolve('/home/ada')
const home = { HOME, USERPROFILE: HOME }
const below = (...names: string[]) => join(HOME, ...names)
const none = () => false

describe('stateDirectory', () => {
  test.each([
    ['no variable', 'telegram', {}, none, below('.claude', 'channels', 'telegram')],
    ['its own variable', 'telegram', { TELEGRAM_STATE_DIR: resolve('/s') }, none, resolve('/s')],
    ['its own variable, relative', 'telegram', { TELEGRAM_STATE_DIR: 's' }, none, resolve('s')],
    ['its own variable, empty', 'telegram', { TELEGRAM_STATE_DIR: '' }, none, below('.claude', 'channels', 'telegram')],
    ['an instance', 'telegram-work', { TELEGRAM_WORK_STATE_DIR: resolve('/w') }, none, resolve('/w')],
    ['CLAUDE_CONFIG_DIR', 'telegram', { CLAUDE_CONFIG_DIR: resolve('/c') }, none, resolve('/c/channels/telegram')],
    ['it empty', 'telegram', { CLAUDE_CONFIG_DIR: '' }, none, below('.claude', 'channels', 'telegram')],
  ])('%s', (_, name, env, exists, expected) => {
    expect(stateDirectory(name, { ...home, ...env }, exists)).toBe(expected)
  })

  const official = below('.claude', 'channels', 'fakechat')
  const configured = resolve('/c/channels/fakechat')
  const env = { ...home, CLAUDE_CONFIG_DIR: resolve('/c') }

  test.each([
    ['neither exists', [], configured],
    ['only the official one exists', [official], official],
    ['both exist', [official, configured], configured],
  ])('fakechat with CLAUDE_CONFIG_DIR: %s', (_, existing: string[], expected) => {
    expect(stateDirectory('fakechat', env, (path) => existing.includes(path))).toBe(expected)
  })

  test('telegram honours CLAUDE_CONFIG_DIR even where the other exists, as the official one does', () => {
    expect(stateDirectory('telegram', env, (path) => path.startsWith(HOME))).toBe(resolve('/c/channels/telegram'))
  })
})

describe('ensureDirectory', () => {
  let root: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'backchannel-state-'))
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  test('creates it with its parents, for the owner alone, and can be repeated', async () => {
    const path = join(root, 'channels', 'fakechat')
    await ensureDirectory(path)
    await ensureDirectory(path)
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o700)
  })

  test('a file in the way is named, with the system error and the way out', async () => {
    const file = join(root, 'file')
    await writeFile(file, '')
    for (const path of [file, join(file, 'inbox')]) {
      const error = await ensureDirectory(path).catch((thrown: unknown) => thrown)
      expect(BackchannelError.is(error) && error.code).toBe('state-unwritable')
      expect(error).toMatchObject({
        message: expect.stringMatching(/E(EXIST|NOTDIR)/),
        hint: expect.stringContaining('_STATE_DIR'),
      })
      expect((error as Error).message).toContain(path)
    }
  })
})
