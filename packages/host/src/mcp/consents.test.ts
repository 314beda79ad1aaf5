/** Consent is exact, private and durable, and a file that cannot be trusted consents to nobody. */
import { chmod, mkdir, readFile, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFolder, rejection, writeFiles } from '../testing/folder.ts'
import type { ServerSpec } from './config.ts'
import { createConsents, hashCommand } from './consents.ts'

const webhook: ServerSpec = { name: 'webhook', command: 'node', args: ['a.js'], env: { A: '1', B: '2' }, file: '/f' }
const other: ServerSpec = { ...webhook, name: 'other' }

async function setUp(files: Readonly<Record<string, unknown>> = {}) {
  const root = await createFolder(files)
  const [project, file] = [join(root, 'project'), join(root, 'home/consents.json')]
  await mkdir(project, { recursive: true })
  return { root, project, file, consents: createConsents(file, () => new Date('2026-08-01T00:00:00Z')) }
}

test('nobody is consented at first, and reading writes nothing', async () => {
  const { project, file, consents } = await setUp()
  expect(await consents.hasConsent(project, webhook)).toBe(false)
  expect(await consents.problem()).toBeUndefined()
  expect(await consents.revoke(project)).toBe(0)
  await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' })
})

describe('a consent holds', () => {
  test('for that server of that project, also for the next session', async () => {
    const { root, project, file, consents } = await setUp()
    await consents.grant(project, webhook)
    const next = createConsents(file)
    expect(await next.hasConsent(project, webhook)).toBe(true)
    expect(await next.hasConsent(project, other)).toBe(false)
    expect(await next.hasConsent(root, webhook)).toBe(false)
    expect(await next.list()).toEqual([
      { project, server: 'webhook', command: hashCommand(webhook), grantedAt: '2026-08-01T00:00:00.000Z' },
    ])
  })

  test('by the real path of the project', async () => {
    const { root, project, consents } = await setUp()
    await symlink(project, join(root, 'link'))
    await consents.grant(join(root, 'link'), webhook)
    expect(await consents.hasConsent(project, webhook)).toBe(true)
  })

  test.each<[string, Partial<ServerSpec>]>([
    ['another command', { command: 'bun' }],
    ['another argument', { args: ['a.js', ''] }],
    ['arguments joined otherwise', { args: ['a', '.js'] }],
    ['another value', { env: { A: '1', B: '3' } }],
    ['another variable', { env: { A: '1', B: '2', C: '' } }],
    ['another folder', { cwd: '.' }],
  ])('not for %s', async (_, change) => {
    const { project, consents } = await setUp()
    await consents.grant(project, webhook)
    expect(await consents.hasConsent(project, { ...webhook, ...change })).toBe(false)
  })

  test('whatever the order of variables and the file that names it', async () => {
    const { project, consents } = await setUp()
    await consents.grant(project, webhook)
    expect(await consents.hasConsent(project, { ...webhook, env: { B: '2', A: '1' }, file: '/g' })).toBe(true)
  })
})

test('all of a file: those it lists now, not those it lists later', async () => {
  const { project, consents } = await setUp()
  await consents.grant(project, [webhook, other])
  expect(await consents.hasConsent(project, other)).toBe(true)
  expect(await consents.hasConsent(project, { ...webhook, name: 'later' })).toBe(false)
})

test('grants at the same time are all kept, and none twice', async () => {
  const { project, consents } = await setUp()
  const servers = Array.from({ length: 20 }, (_, index) => ({ ...webhook, name: `s${index}` }))
  await Promise.all([...servers, ...servers].map((server) => consents.grant(project, server)))
  expect(await consents.list()).toHaveLength(20)
})

test('revoke takes back one server or all of a project', async () => {
  const { root, project, consents } = await setUp()
  await consents.grant(project, [webhook, other])
  await consents.grant(root, webhook)
  expect(await consents.revoke(project, 'webhook')).toBe(1)
  expect(await consents.hasConsent(project, webhook)).toBe(false)
  expect(await consents.hasConsent(project, other)).toBe(true)
  expect(await consents.revoke(project)).toBe(1)
  expect(await consents.hasConsent(root, webhook)).toBe(true)
})

test.skipIf(process.platform === 'win32')('the file is 0600 in a folder of 0700', async () => {
  const { project, file, root, consents } = await setUp()
  await consents.grant(project, webhook)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await stat(join(root, 'home'))).mode & 0o777).toBe(0o700)
})

test('unknown keys and entries survive a save', async () => {
  const { project, file, consents } = await setUp({
    'home/consents.json': { note: 'mine', version: 2, consents: [{ kind: 'future' }] },
  })
  await consents.grant(project, webhook)
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    note: 'mine',
    version: 2,
    consents: [{ kind: 'future' }, { server: 'webhook' }],
  })
  expect(await consents.list()).toHaveLength(1)
})

describe('a file that cannot be trusted consents to nobody, says so, and is not overwritten', () => {
  test.each([
    ['{"consents": [', 'line 1, column 15'],
    ['[]', 'the file must hold an object'],
    ['{"consents": {}}', 'consents must be a list of consents, got an object.'],
    ['', 'expected a value, got the end of the file'],
  ])('%j', async (content, words) => {
    const { project, file, consents } = await setUp({ 'home/consents.json': content })
    expect(await consents.hasConsent(project, webhook)).toBe(false)
    expect(await consents.list()).toEqual([])
    expect(await consents.problem()).toContain(words)
    expect(await consents.problem()).toContain(file)
    expect(await rejection(consents.grant(project, webhook))).toMatchObject({ code: 'settings-invalid' })
    expect(await rejection(consents.revoke(project))).toMatchObject({ code: 'settings-invalid' })
    expect(await readFile(file, 'utf8')).toBe(content)
  })

  test.skipIf(process.platform === 'win32')('one that other users can write', async () => {
    const { project, file, consents } = await setUp()
    await consents.grant(project, webhook)
    await chmod(file, 0o666)
    expect(await consents.hasConsent(project, webhook)).toBe(false)
    expect(await consents.problem()).toContain(`chmod 600 ${file}`)
    await chmod(file, 0o600)
    expect(await consents.hasConsent(project, webhook)).toBe(true)
  })

  test('and it heals: after a failed change the next one works', async () => {
    const { root, project, consents } = await setUp({ 'home/consents.json': 'broken' })
    await rejection(consents.grant(project, webhook))
    await writeFiles(root, { 'home/consents.json': {} })
    await consents.grant(project, webhook)
    expect(await consents.hasConsent(project, webhook)).toBe(true)
  })
})

test('a folder that cannot be made', async () => {
  const { project, root } = await setUp({ blocked: 'a file' })
  const consents = createConsents(join(root, 'blocked/home/consents.json'))
  expect(await consents.hasConsent(project, webhook)).toBe(false)
  expect(await rejection(consents.grant(project, webhook))).toMatchObject({ code: 'settings-invalid' })
})
