/** Trust is for one folder by its real path, lies beside the consents, and a file that cannot be read trusts nothing. */
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFolder, rejection } from '../testing/folder.ts'
import { createConsents } from './consents.ts'
import { createTrustedFolders } from './trusted-folders.ts'

async function setUp() {
  const root = await createFolder()
  const [project, file] = [join(root, 'project'), join(root, 'home/consents.json')]
  await mkdir(join(project, 'below'), { recursive: true })
  const now = () => new Date('2026-08-01T00:00:00Z')
  return { root, project, file, folders: createTrustedFolders(file, now), consents: createConsents(file, now) }
}

test('a folder is trusted by its real path; not what lies below or above it; and that is taken back once', async () => {
  const { root, project, folders } = await setUp()
  expect(await folders.isTrusted(project)).toBe(false)
  await symlink(project, join(root, 'link'))
  await folders.trust(join(root, 'link'))
  await folders.trust(project)
  expect(await folders.list()).toEqual([{ project, grantedAt: '2026-08-01T00:00:00.000Z' }])
  for (const [folder, expected] of [
    [project, true],
    [join(root, 'link'), true],
    [join(project, 'below'), false],
    [root, false],
  ] as const)
    expect(await folders.isTrusted(folder)).toBe(expected)
  expect([await folders.revoke(project), await folders.revoke(project)]).toEqual([true, false])
  expect(await folders.isTrusted(project)).toBe(false)
})

test('both lists live in one file, changed at once, with what else is in it', async () => {
  const { root, project, file, folders, consents } = await setUp()
  await mkdir(join(root, 'home'))
  await writeFile(file, '{"later":1}', { mode: 0o600 })
  const server = { name: 'one', command: 'one', args: [], env: {}, file: '' }
  await Promise.all([folders.trust(project), consents.grant(project, server), folders.trust(root)])
  const stored = JSON.parse(await readFile(file, 'utf8'))
  expect(stored).toMatchObject({ later: 1, consents: [{ project, server: 'one' }] })
  // Which of the two was first is not promised: each asks the disk for its real path before it takes its turn.
  expect(stored.trusted.map((folder: { project: string }) => folder.project).sort()).toEqual([root, project])
  expect(await consents.revoke(project)).toBe(1)
  expect(await folders.list()).toHaveLength(2)
})

test('a file that others can write, or that is no JSON, trusts nothing and is not overwritten', async () => {
  const { project, file, folders } = await setUp()
  await folders.trust(project)
  if (process.platform !== 'win32') {
    await chmod(file, 0o622)
    expect(await folders.isTrusted(project)).toBe(false)
    expect(await rejection(folders.trust(project))).toMatchObject({ code: 'settings-invalid' })
    await chmod(file, 0o600)
  }
  await writeFile(file, '{"trusted":[{"project":5},')
  expect(await folders.isTrusted(project)).toBe(false)
  expect(await rejection(folders.revoke(project))).toMatchObject({ code: 'settings-invalid' })
  expect(await readFile(file, 'utf8')).toBe('{"trusted":[{"project":5},')
})
