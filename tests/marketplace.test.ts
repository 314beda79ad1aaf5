/** What an install copies: each plugin's folder alone starts, and holds all that it needs. */
import { execFile } from 'node:child_process'
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import {
  backchannelCapabilities,
  createTempDirectory,
  freePort,
  runtimeCommand,
  startFakeHost,
  type TempDirectory,
} from '@backchannel/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findOldNode } from './support/old-node.ts'
import { listFiles, ROOT, readText } from './support/repository.ts'

const MARKETPLACE = join(ROOT, 'dist/marketplace')
const VERSION: string = JSON.parse(readText('package.json')).version
const plugins = [...new Set(listFiles('plugins').flatMap((path) => /^plugins\/([^/]+)\//.exec(path)?.[1] ?? []))]
const oldNode = findOldNode()

/** What a channel on a chat platform is started with, and a port where nobody is in the platform's place. */
const CHATS: Readonly<Record<string, (port: number) => Record<string, string>>> = {
  discord: (port) => ({
    DISCORD_BOT_TOKEN: `${Buffer.from('100000000000000001').toString('base64url')}.abcdef.${'a'.repeat(38)}`,
    DISCORD_API_ROOT: `http://127.0.0.1:${port}/api`,
  }),
  imessage: () => ({ IMESSAGE_TEST_PROGRAMS: '/nowhere', IMESSAGE_DB_PATH: '/nowhere/chat.db' }),
  telegram: (port) => ({
    TELEGRAM_BOT_TOKEN: `1000001:${'a'.repeat(35)}`,
    TELEGRAM_API_ROOT: `http://127.0.0.1:${port}`,
  }),
}

/** A copy of one plugin's folder, as an install makes it, with nothing of ours above it. */
let alone: TempDirectory
const copyOf = (plugin: string) => join(alone.path, plugin, VERSION)
beforeAll(async () => {
  alone = await createTempDirectory('alone-')
  for (const plugin of plugins) await cp(join(MARKETPLACE, 'plugins', plugin), copyOf(plugin), { recursive: true })
})
afterAll(() => alone.remove())

const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()

describe('the marketplace', () => {
  it('is the catalogue, the plugins and their licence, and no leftover of a build', async () => {
    expect((await readdir(MARKETPLACE)).sort()).toEqual(['.claude-plugin', 'LICENSE', 'README.md', 'plugins'])
    expect((await readdir(join(MARKETPLACE, 'plugins'))).sort()).toEqual([...plugins].sort())
    expect((await filesOf(MARKETPLACE)).filter((path) => /building|\.tmp|~$/.test(path))).toEqual([])
  })

  it('lists each plugin, at the one version', async () => {
    const {
      name,
      metadata,
      plugins: listed,
    } = JSON.parse(await readFile(join(MARKETPLACE, '.claude-plugin/marketplace.json'), 'utf8'))
    expect(name).toBe('backchannel')
    expect(metadata.version).toBe(VERSION)
    expect(listed.map((entry: { name: string }) => entry.name).sort()).toEqual([...plugins].sort())
    for (const entry of listed) expect(entry).toMatchObject({ source: `./plugins/${entry.name}`, version: VERSION })
  })

  it('has a page that names each plugin', async () => {
    const page = await readFile(join(MARKETPLACE, 'README.md'), 'utf8')
    for (const plugin of plugins) expect(page).toContain(`plugins/${plugin}/README.md`)
  })
})

describe.each(plugins)('%s', (plugin) => {
  it('is whole, and all of it is what it says', async () => {
    const files = await filesOf(copyOf(plugin))
    expect(files).toEqual(
      expect.arrayContaining([
        '.claude-plugin/plugin.json',
        '.mcp.json',
        'LICENSE',
        'README.md',
        'THIRD-PARTY-LICENSES.txt',
        'hooks/guard.cjs',
        'hooks/hooks.json',
        'hooks/operator.cjs',
        'server.cjs',
        'start.cjs',
      ]),
    )
    expect(files.filter((path) => /^skills\/[a-z-]+\/SKILL\.md$/.test(path)).length).toBeGreaterThan(0)
    const manifest = JSON.parse(await readFile(join(copyOf(plugin), '.claude-plugin/plugin.json'), 'utf8'))
    expect(manifest).toMatchObject({ name: plugin, version: VERSION })
    const { stdout } = await run(process.execPath, plugin, ['help'])
    expect(stdout).toMatch(new RegExp(`^${plugin} ${VERSION.replaceAll('.', '\\.')}\\.`))
  })

  it('has the licence of everything in it', async () => {
    const notices = await readFile(join(copyOf(plugin), 'THIRD-PARTY-LICENSES.txt'), 'utf8')
    const listed = [...notices.matchAll(/^ {2}(\S+) (\d\S*) \((.+)\)$/gm)].map(([, name = '']) => name)
    const { dependencies = {} } = JSON.parse(readText(`plugins/${plugin}/package.json`))
    const others = Object.keys(dependencies).filter((name) => !name.startsWith('@backchannel/'))
    expect(listed).toEqual(expect.arrayContaining([...others, 'valibot']))
    for (const name of listed)
      expect(notices).toMatch(new RegExp(`^-{80}\\n${name.replace(/[/.]/g, '\\$&')} [\\s\\S]+?Copyright`, 'm'))
  })

  it.each(['node', 'bun'] as const)('starts alone, without a node_modules anywhere above, on %s', async (runtime) => {
    const port = await freePort()
    const env = CHATS[plugin]?.(port) ?? { [`${plugin.toUpperCase()}_PORT`]: String(port) }
    const host = await startFakeHost({
      command: runtimeCommand(runtime),
      args: [join(copyOf(plugin), 'start.cjs')],
      env,
      capabilities: backchannelCapabilities(['receipts']),
      register: true,
    })
    try {
      // A chat channel has got as far as its platform, which is not there.
      if (CHATS[plugin])
        return void (await host.waitForStderr(
          /can't be reached: (ECONNREFUSED|ConnectionRefused|there is no Messages database)/,
        ))
      await host.waitForStderr(new RegExp(`http://localhost:${port}`))
      expect(
        (await fetch(`http://127.0.0.1:${port}/`, { headers: { host: `localhost:${port}` } })).status,
      ).toBeLessThan(500)
    } finally {
      await host.close()
    }
  })

  it('says what is needed where the Node claims to be old', async () => {
    const pretend = join(alone.path, 'pretend.cjs')
    await writeFile(
      pretend,
      "Object.defineProperty(process, 'versions', { value: Object.assign({}, process.versions, { node: '18.20.1' }) })\n",
    )
    await expect(run(process.execPath, plugin, [], ['--require', pretend])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        new RegExp(
          `^${plugin}: needs Node 22\\.18 or newer, or Bun 1\\.4 or newer; this is Node 18\\.20\\.1 \\(.*\\)\\.`,
        ),
      ),
    })
  })

  it.skipIf(oldNode === undefined)('says the same on the old Node of this machine', async () => {
    await expect(run(oldNode ?? '', plugin, [])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/needs Node 22\.18 or newer.*BACKCHANNEL_RUNTIME/),
    })
  })
})

function run(runtime: string, plugin: string, args: readonly string[], before: readonly string[] = []) {
  return promisify(execFile)(runtime, [...before, join(copyOf(plugin), 'start.cjs'), ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: alone.path },
  })
}
