/** Installs that are killed, that meet each other, and that find no space: what was there before is never half replaced. */
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTinyDisk, tinyDiskProblem } from '@backchannel/testkit'
import { expect, test } from 'vitest'
import { writeFiles } from '../../testing/folder.ts'
import { createPluginHome, GIT_ENVIRONMENT, marketplaceFiles, type PluginHome } from '../../testing/plugins.ts'
import { pluginFolders } from '../store/layout.ts'

const DRIVER = join(import.meta.dirname, 'install.driver.ts')

async function drive({ root, ports }: PluginHome, line: string, env: Readonly<Record<string, string>> = {}) {
  const args = [DRIVER, join(root, 'home'), ports.builtin, ports.cwd, ...line.split(' ')]
  const child = spawn(process.execPath, args, {
    env: { ...GIT_ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('close', (...ended) => resolve(ended)),
  )
  return { status, signal, output }
}

/** A plugin of several files that all say which version they are of. */
const version = (number: string) => ({
  '.claude-plugin/plugin.json': { name: 'chat', version: number },
  'server.js': `// ${number}`,
  'below/more.txt': number,
})

async function createHome() {
  const home = await createPluginHome(marketplaceFiles('acme', 'acme', { chat: version('1.0.0') }))
  await home.done('marketplace add ../acme')
  return home
}

const publish = async ({ root }: PluginHome, number: string) =>
  await writeFiles(root, marketplaceFiles('acme', 'acme', { chat: version(number) }))

/** The version that is installed, after a look at every file of it. */
async function installed({ ports, run }: PluginHome): Promise<string> {
  const { folders } = ports
  const { data } = await run('list --json')
  const [plugin] = (data as { plugins: { version: string; folder: string }[] }).plugins
  if (plugin === undefined) return 'none'
  const texts = await Promise.all(
    ['server.js', 'below/more.txt'].map((name) => readFile(join(plugin.folder, name), 'utf8')),
  )
  expect(texts).toEqual([`// ${plugin.version}`, plugin.version])
  expect(plugin.folder.startsWith(folders.installed)).toBe(true)
  return plugin.version
}

/** Nothing but records, and the folders they name. */
async function expectTidy({ root }: PluginHome): Promise<void> {
  const folders = pluginFolders(join(root, 'home/plugins'))
  expect(await readdir(folders.staging).catch(() => [])).toEqual([])
  expect(await readdir(join(folders.installed, 'acme/chat')).catch(() => [])).toHaveLength(1)
  const names = await readdir(folders.root)
  expect(
    names.filter((name) => !/^(installed|marketplaces|options)(\.json)?$|^(staging|in-use|lock)$/.test(name)),
  ).toEqual([])
}

/** `KILL_STRIDE=1` takes every call there is, which takes half a minute; a few of them are enough every day. */
const STRIDE = Number(process.env['KILL_STRIDE'] ?? 8)
const MOST_CALLS = 300

test('killed at a call to the file system: the old version or the new one, whole, and the next command tidies up', async () => {
  const home = await createHome()
  await home.done('install chat')
  const seen = new Set<string>()
  let old = '1.0.0'
  for (let point = 1; point < MOST_CALLS; point += STRIDE) {
    const number = `1.1.${point}`
    await publish(home, number)
    const { signal, output } = await drive(home, 'install chat', { KILL_AT: String(point) })
    const now = await installed(home)
    expect([old, number], output).toContain(now)
    seen.add(`${signal ?? 'not killed'}: ${now === number ? 'new' : 'old'}`)
    old = now
    if (signal === null) break
  }
  expect([...seen].sort()).toEqual(['SIGKILL: new', 'SIGKILL: old', 'not killed: new'])
  await home.done('install chat')
  await expectTidy(home)
}, 120_000)

test('two at once: both succeed, and one version is left', async () => {
  const home = await createHome()
  await home.done('install chat')
  await publish(home, '2.0.0')
  const results = await Promise.all([1, 2, 3].map(() => drive(home, 'install chat')))
  expect(results.map(({ status, output }) => [status, output.includes('2.0.0')])).toEqual(Array(3).fill([0, true]))
  expect(await installed(home)).toBe('2.0.0')
  await expectTidy(home)
})

const noDisk = await tinyDiskProblem()
test.skipIf(noDisk !== undefined)(
  'a full disk: the old version stands, and with space again the new one comes',
  async () => {
    await using disk = await createTinyDisk(512)
    const home = await createHome()
    const ports = { ...home.ports, folders: pluginFolders(join(disk.path, 'plugins')) }
    const { runPlugin } = await import('../command/run.ts')
    const run = (line: string) => runPlugin(line.split(' '), ports, 'backchannel plugin')
    const there: PluginHome = { ...home, ports, run }
    await run('marketplace add ../acme')
    expect(await run('install chat')).toMatchObject({ ok: true })
    await publish(home, '2.0.0')
    await writeFiles(home.root, { 'acme/chat/large.bin': Buffer.alloc(200_000) })
    disk.fill()
    const failed = await run('install chat')
    expect(failed).toMatchObject({ ok: false, text: expect.stringContaining('The disk is full') })
    expect(await installed(there)).toBe('1.0.0')
    disk.empty()
    expect(await run('install chat')).toMatchObject({ ok: true })
    expect(await installed(there)).toBe('2.0.0')
    expect(await readdir(ports.folders.staging)).toEqual([])
  },
)

test('a record that is not understood is told, and never overwritten', async () => {
  const home = await createHome()
  await home.done('install chat')
  const file = join(home.root, 'home/plugins/installed.json')
  await writeFiles(home.root, { 'home/plugins/installed.json': '{"plugins": {"chat@acme": {}}}' })
  const { ok, text } = await home.run('install chat')
  expect([ok, text]).toEqual([false, expect.stringContaining('installed.json: plugins."chat@acme".source')])
  expect(await readFile(file, 'utf8')).toBe('{"plugins": {"chat@acme": {}}}')
})
