/** Plugins from their marketplace to this machine: every form of source, versions side by side, on and off, and away. */
import { readdir, readFile, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { rejection, writeFiles } from '../../testing/folder.ts'
import { commitFiles, createPluginHome, marketplaceFiles, type PluginHome } from '../../testing/plugins.ts'
import { createCatalog } from '../catalog.ts'

const version = (number: string) => ({ '.claude-plugin/plugin.json': { name: 'chat', version: number } })

async function createHome(files: Readonly<Record<string, unknown>> = {}): Promise<PluginHome> {
  const home = await createPluginHome({ ...marketplaceFiles('acme', 'acme'), ...files })
  await home.done('marketplace add ../acme')
  return home
}

/** As a session finds it; that marks its folder as used by this process. */
async function find({ root, paths }: PluginHome, name = 'chat', marketplace = 'acme') {
  const catalog = createCatalog({ builtin: join(root, 'built-in'), installed: paths.plugins, env: {}, cwd: root })
  return await catalog.find({ kind: 'plugin', name, marketplace })
}

/** Rewrites the marketplace so that it lists one plugin that is kept elsewhere. */
async function listElsewhere({ root }: PluginHome, source: object, entry: object = {}): Promise<void> {
  const plugins = [{ name: 'chat', source, ...entry }]
  const manifest = { name: 'acme', owner: { name: 'Someone' }, plugins }
  await writeFiles(root, { 'acme/.claude-plugin/marketplace.json': manifest })
}

test('install says what came from where, and what comes next', async () => {
  const home = await createHome()
  expect(await home.done('install chat')).toBe(
    `chat@acme 1.0.0 was installed: 3 files, 138 bytes from ${home.root}/acme.\n` +
      'Its tools work; its messages are let in once you allow it: plugin allow chat@acme\n' +
      'Start it as a channel: backchannel --channels plugin:chat@acme',
  )
  expect(await home.done('install chat')).toBe('chat@acme 1.0.0 is installed already, and has not changed.')
  expect((await find(home)).server.args).toEqual([`${(await find(home)).root}/server.js`])
  expect((await find(home)).marketplace).toEqual({
    name: 'acme',
    source: { kind: 'folder', path: `${home.root}/acme` },
  })
})

describe('sources', () => {
  test('a repository, at a branch or commit', async () => {
    const home = await createHome()
    const plugin = { '.mcp.json': { chat: { command: 'node' } } }
    const { url, commit } = await commitFiles(join(home.root, 'chat'), plugin)
    await listElsewhere(home, { source: 'url', url, ref: 'main' })
    expect(await home.done('install chat')).toContain(`chat@acme ${commit.slice(0, 12)} was installed`)
    await listElsewhere(home, { source: 'url', url, sha: commit })
    expect(await home.done('install chat')).toContain('has not changed')
    await listElsewhere(home, { source: 'url', url, sha: 'f'.repeat(40) })
    expect((await home.run('install chat')).text).toContain('could not be fetched')
  })

  test('a folder of a repository, which cannot be left', async () => {
    const home = await createHome()
    const repository = join(home.root, 'all')
    await commitFiles(repository, { 'tools/chat/.mcp.json': { chat: { command: 'node' } } })
    await symlink('/etc', join(repository, 'out'))
    const { url } = await commitFiles(repository, {})
    await listElsewhere(home, { source: 'git-subdir', url, path: 'tools/chat' })
    expect(await home.done('install chat')).toContain('1 file')
    await listElsewhere(home, { source: 'git-subdir', url, path: 'out' })
    expect((await home.run('install chat')).text).toContain('leads out of')
    await listElsewhere(home, { source: 'git-subdir', url, path: 'none' })
    expect((await home.run('install chat')).text).toContain('the repository has no folder none')
  })

  test.each([
    [{ source: 'npm', package: 'x' }, 'plugins[0].source: plugins of the form "npm" are not supported here.'],
    [{ source: 'url', url: 'ext::sh -c x' }, 'is no git URL'],
    [{ source: 'url', url: 'git://h/x' }, 'uses "git:"'],
    [{ source: 'url', url: 'https://h/x', ref: '--upload-pack=x' }, 'is not the name of a branch or tag'],
    [{ source: 'github', repo: '--x/y' }, 'source.repo must be owner/repository'],
  ])('%j is refused', async (source, words) => {
    const home = await createHome()
    await listElsewhere(home, source)
    const { ok, text } = await home.run('install chat')
    expect([ok, text]).toEqual([false, expect.stringContaining(words)])
  })

  test('an entry of the list stands for the manifest of a plugin that has none', async () => {
    const home = await createHome({ 'acme/bare/server.js': '' })
    const mcpServers = { chat: { command: 'node', args: [['$', '{user_config.room}'].join('')] } }
    const userConfig = { room: { type: 'string', title: 'Room', description: 'Which', default: 'general' } }
    const manifest = {
      name: 'acme',
      owner: { name: 'Someone' },
      plugins: [{ name: 'chat', source: './bare', version: '3.0.0', strict: false, mcpServers, userConfig }],
    }
    await writeFiles(home.root, { 'acme/.claude-plugin/marketplace.json': manifest })
    expect(await home.done('install chat')).toContain('chat@acme 3.0.0 was installed')
    expect((await find(home)).server).toMatchObject({ command: 'node', args: ['general'] })
  })
})

describe('a plugin that cannot be used leaves the old one as it was', () => {
  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['a broken manifest', { '.claude-plugin/plugin.json': '{' }, 'plugin.json is not valid JSON: line 1'],
    ['a manifest with a wrong field', { '.claude-plugin/plugin.json': { channels: {} } }, 'channels must be a list'],
    [
      'servers outside',
      { '.claude-plugin/plugin.json': { mcpServers: '../../x.json' } },
      '"../../x.json" leads out of',
    ],
  ])('%s', async (_, files, words) => {
    const home = await createHome()
    await home.done('install chat')
    await writeFiles(home.root, marketplaceFiles('acme', 'acme', { chat: files }))
    const { ok, text } = await home.run('install chat')
    expect([ok, text]).toEqual([false, expect.stringContaining(words)])
    expect((await find(home)).version).toBe('1.0.0')
    expect(await readdir(home.ports.folders.staging)).toEqual([])
  })

  test('a link out of it', async () => {
    const home = await createHome()
    await home.done('install chat')
    await symlink('/etc/passwd', join(home.root, 'acme/chat/secrets'))
    expect((await home.run('install chat')).text).toContain('is a link that leads out of the plugin, to "/etc/passwd"')
    expect((await find(home)).version).toBe('1.0.0')
  })
})

describe('versions', () => {
  test('an installed one does not change with its marketplace', async () => {
    const home = await createHome()
    await home.done('install chat')
    const { root } = await find(home)
    await writeFiles(
      home.root,
      marketplaceFiles('acme', 'acme', { chat: { ...version('2.0.0'), 'server.js': '// evil' } }),
    )
    expect([(await find(home)).root, await readFile(join(root, 'server.js'), 'utf8')]).toEqual([root, '// nothing'])
    await writeFiles(home.root, {
      'acme/.claude-plugin/marketplace.json': { name: 'acme', owner: { name: 'x' }, plugins: [] },
    })
    expect((await find(home)).root).toBe(root)
    expect((await home.run('install chat')).text).toContain('No plugin "chat" is in a marketplace that was added here.')
  })

  test('lie side by side while a process uses the old one, and no longer', async () => {
    const home = await createHome()
    await home.done('install chat')
    const { root } = await find(home)
    await writeFiles(home.root, marketplaceFiles('acme', 'acme', { chat: version('2.0.0') }))
    expect(await home.done('update')).toContain('chat@acme 2.0.0 was updated from 1.0.0')
    expect(await readFile(join(root, 'server.js'), 'utf8')).toBe('// nothing')
    const folder = join(home.ports.folders.installed, 'acme/chat')
    expect((await readdir(folder)).map((name) => name.split('~')[0])).toEqual(['1.0.0', '2.0.0'])
    // As if the process that used it had ended.
    const uses = home.ports.folders.inUse
    await writeFiles(uses, { '999999999': await readFile(join(uses, String(process.pid)), 'utf8') })
    await writeFiles(uses, { [String(process.pid)]: '' })
    await home.done('enable chat')
    expect((await readdir(folder)).map((name) => name.split('~')[0])).toEqual(['2.0.0'])
    expect(await readdir(uses)).toEqual([String(process.pid)])
  })

  test('of the same number with other content are two', async () => {
    const home = await createHome()
    await home.done('install chat')
    const before = (await find(home)).root
    await writeFiles(home.root, { 'acme/chat/server.js': '// other' })
    expect(await home.done('install chat')).toContain('was updated from 1.0.0')
    expect((await find(home)).root).not.toBe(before)
  })
})

test('off and on again, and away with all that belongs to it', async () => {
  const home = await createHome()
  await home.done('install chat')
  const { variables } = await find(home)
  expect((await stat(variables['CLAUDE_PLUGIN_DATA']!)).isDirectory()).toBe(true)
  expect(await home.done('disable chat')).toContain('chat@acme is switched off')
  expect(await home.done('disable chat')).toContain('was switched off already')
  expect(await rejection(find(home))).toMatchObject({ code: 'plugin-disabled' })
  expect(await home.done('list')).toMatch(/chat@acme +1\.0\.0 +off/)
  await home.done('enable chat@acme')
  await find(home)
  expect(await home.done('uninstall chat')).toContain('chat@acme 1.0.0 was uninstalled')
  await expect(stat(variables['CLAUDE_PLUGIN_DATA']!)).rejects.toThrow('ENOENT')
  expect(await rejection(find(home))).toMatchObject({
    code: 'plugin-not-found',
    hint: 'Install it: backchannel plugin install chat@acme, or /plugin install chat@acme in a session.',
  })
})

test('names: the nearest one, the marketplace where there are two, and none of our own', async () => {
  const home = await createHome(marketplaceFiles('other', 'other'))
  await home.done('marketplace add ../other')
  const text = async (line: string) => (await home.run(line)).text
  expect(await text('install chat')).toBe('Several plugins are called "chat". Write chat@acme or chat@other.')
  expect(await text('install chta@acme')).toContain('Did you mean chat@acme?')
  expect(await text('install chat@acne')).toContain('No marketplace "acne" was added here. Did you mean acme?')
  expect(await text('install webhook@backchannel')).toContain('come with the command; none is installed or removed')
  expect(await text('install ../x')).toContain('"../x" is not the name of a plugin.')
  expect(await home.done('install plugin:chat@acme')).toContain('chat@acme 1.0.0 was installed')
})

test('what others wrote cannot drive the terminal or forge a line', async () => {
  const evil = '1\u001b[2J\n\u202e  forged@acme  9'
  const home = await createHome()
  await writeFiles(home.root, marketplaceFiles('acme', 'acme', { chat: version(evil) }))
  await listElsewhere(home, './chat' as never, { description: evil, version: evil })
  const texts = [
    await home.done('list --available'),
    await home.done('install chat'),
    await home.done('list'),
    await home.done('info chat'),
  ]
  for (const text of texts) expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]|^ *forged/m)
})
