/** A build that fails or is killed leaves what was there, and nothing beside it. */
import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { renderNotices } from '../scripts/build/notices.ts'
import { replaceFolder, sweepAside } from '../scripts/build/replace-folder.ts'
import { planSlashCommands } from '../scripts/build/slash-commands.ts'
import { ROOT } from './support/repository.ts'

const ASIDE = join(ROOT, 'dist/.building')
const parent = join(ROOT, 'dist/.building-test')
const folder = join(parent, 'plugin')
beforeEach(() => mkdir(parent, { recursive: true }))
afterEach(() => rm(parent, { recursive: true, force: true }))

const mine = async () => (await readdir(ASIDE)).filter((name) => name.startsWith(`${process.pid}-`))

it('switches a folder in whole, the old one first and then a new one', async () => {
  for (const text of ['one', 'two']) {
    await replaceFolder(folder, (target) => writeFile(join(target, text), text))
    expect(await readdir(folder)).toEqual([text])
  }
  expect(await readdir(parent)).toEqual(['plugin'])
  expect(await mine()).toEqual([])
})

it('leaves the old one where the new one fails', async () => {
  await replaceFolder(folder, (target) => writeFile(join(target, 'good'), ''))
  const broken = async (target: string) => {
    await writeFile(join(target, 'half'), '')
    throw new Error('no space left')
  }
  await expect(replaceFolder(folder, broken)).rejects.toThrow('no space left')
  expect(await readdir(folder)).toEqual(['good'])
  expect(await mine()).toEqual([])
})

it('sweeps away what a killed build has left, and nothing of one that runs', async () => {
  const { pid: dead } = spawnSync(process.execPath, ['--version'])
  const [left, running] = [join(ASIDE, `${dead}-fakechat`), join(ASIDE, `${process.pid}-webhook`)]
  for (const path of [left, running]) await mkdir(path, { recursive: true })
  await sweepAside()
  expect(await readdir(ASIDE)).toContain(`${process.pid}-webhook`)
  expect(await readdir(ASIDE)).not.toContain(`${dead}-fakechat`)
  await rm(running, { recursive: true })
})

it('refuses a package whose licence nobody looked at, and makes no file where all code is ours', async () => {
  const strange = join(parent, 'node_modules/strange')
  await mkdir(strange, { recursive: true })
  await writeFile(
    join(strange, 'package.json'),
    JSON.stringify({ name: 'strange', version: '1.0.0', license: 'SSPL-1.0' }),
  )
  await expect(renderNotices([join(strange, 'index.js')])).rejects.toThrow('strange 1.0.0 is under "SSPL-1.0"')
  await writeFile(join(strange, 'package.json'), JSON.stringify({ name: 'strange', version: '1.0.0', license: 'ISC' }))
  await expect(renderNotices([join(strange, 'index.js')])).rejects.toThrow('strange comes without the text')
  expect(await renderNotices([join(ROOT, 'packages/protocol/src/index.ts')])).toBeUndefined()
  const scoped = join(ROOT, 'node_modules/@cfworker/json-schema/dist/esm/index.js')
  expect(await renderNotices([scoped])).toMatch(/^ {2}@cfworker\/json-schema \S+ \(MIT\)$/m)
})

it('makes slash commands of what the program has', () => {
  const access = { name: 'access', usage: 'status | pair CODE', summary: 'who' }
  const configure = { name: 'configure', usage: 'status | token', summary: 'what' }
  const names = (...commands: (typeof access)[]) => planSlashCommands('x', commands, []).map(({ name }) => name)
  expect(names()).toEqual([])
  expect(names(access, { name: 'doctor', usage: '', summary: '' })).toEqual(['access'])
  expect(names(configure, access)).toEqual(['access', 'configure'])
  const [shown] = planSlashCommands('x', [configure], [])
  expect(shown).toMatchObject({ here: ['status'], fallback: ['status'], hint: 'status' })
  const [bare] = planSlashCommands('x', [{ ...configure, usage: 'token | help' }], [])
  expect(bare).toMatchObject({ here: ['help'], fallback: [], hint: 'help' })
  const own = { name: 'sources', description: 'd', hint: 'h', program: [], here: ['list'], fallback: ['list'] }
  expect(() => planSlashCommands('x', [access], [own])).toThrow('x:sources passes on list, which the program has not.')
})

it('has the version of the repository in everything', async () => {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const sources = ['plugins/marketplace.json', 'plugins/fakechat/plugin/.claude-plugin/plugin.json']
  for (const path of sources) expect(await readFile(join(ROOT, path), 'utf8')).not.toContain('"version"')
  const built = await readFile(join(ROOT, 'dist/marketplace/.claude-plugin/marketplace.json'), 'utf8')
  const { plugins } = JSON.parse(built) as { plugins: readonly object[] }
  // The marketplace's own, and that of each plugin.
  expect(built.match(/"version": "(.+)"/g)).toEqual(Array(1 + plugins.length).fill(`"version": "${version}"`))
})
