/** From `plugin:NAME@MARKETPLACE` to a server that can be started, and every way a folder can be wrong. */
import { mkdir, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEntry } from '@backchannel/protocol'
import { describe, expect, test } from 'vitest'
import { createFolder, rejection, writeFiles } from '../testing/folder.ts'
import { createCatalog } from './catalog.ts'

const ROOT = ['$', '{CLAUDE_PLUGIN_ROOT}'].join('')
const RUNTIME = ['$', '{BACKCHANNEL_RUNTIME:-node}'].join('')
const SERVER = { command: RUNTIME, args: [`${ROOT}/server.js`] }

const MARKETPLACE = {
  name: 'backchannel',
  owner: { name: 'Backchannel' },
  plugins: [
    { name: 'fakechat', source: './plugins/fakechat', description: 'A chat page' },
    { name: 'webhook', source: './plugins/webhook' },
  ],
}
const FILES = {
  '.claude-plugin/marketplace.json': MARKETPLACE,
  'plugins/fakechat/.claude-plugin/plugin.json': { name: 'fakechat', version: '0.1.0' },
  'plugins/fakechat/.mcp.json': { mcpServers: { fakechat: SERVER } },
  'plugins/webhook/.mcp.json': { webhook: SERVER },
}

async function find(entry: string, files: Readonly<Record<string, unknown>> = {}, env = {}) {
  const root = await createFolder({ ...FILES, ...files })
  return { root, found: findIn(root, entry, env) }
}

async function findIn(root: string, text: string, env: Readonly<Record<string, string>> = {}) {
  const entry = parseEntry(text)
  if (entry.kind === 'server') throw new Error('Only plugins are in a catalog')
  return await createCatalog({ builtin: root, env, cwd: '/project' }).find(entry)
}

describe('finds', () => {
  test('a plugin with a manifest, its variables filled in', async () => {
    const { root, found } = await find('plugin:fakechat@backchannel')
    expect(await found).toEqual({
      server: {
        name: 'fakechat',
        command: 'node',
        args: [`${root}/plugins/fakechat/server.js`],
        env: {},
        file: `${root}/plugins/fakechat/.mcp.json`,
      },
      pluginName: 'fakechat',
      serverName: 'fakechat',
      version: '0.1.0',
      root: `${root}/plugins/fakechat`,
      variables: { CLAUDE_PLUGIN_ROOT: `${root}/plugins/fakechat`, CLAUDE_PROJECT_DIR: '/project' },
      marketplace: { name: 'backchannel', source: { kind: 'builtin' } },
    })
  })

  test('a plugin without a manifest, its servers written bare, for an instance', async () => {
    const { root, found } = await find('plugin:webhook@backchannel#ci', {}, { BACKCHANNEL_RUNTIME: '/opt/bun' })
    expect(await found).toMatchObject({
      server: { command: '/opt/bun', args: [`${root}/plugins/webhook/server.js`] },
      version: undefined,
    })
  })

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['the one named like the plugin', { '.mcp.json': { a: SERVER, webhook: SERVER } }, 'webhook'],
    ['the only one', { '.mcp.json': { hooks: SERVER } }, 'hooks'],
    [
      'the one that the manifest names',
      { '.mcp.json': { webhook: SERVER, b: SERVER }, '.claude-plugin/plugin.json': { channels: [{ server: 'b' }] } },
      'b',
    ],
    ['one inside the manifest', { '.mcp.json': {}, '.claude-plugin/plugin.json': { mcpServers: { c: SERVER } } }, 'c'],
    [
      'one in a file that the manifest names',
      { '.mcp.json': {}, '.claude-plugin/plugin.json': { mcpServers: ['./d.json'] }, 'd.json': { d: SERVER } },
      'd',
    ],
    ['the sound one beside a broken one', { '.mcp.json': { webhook: SERVER, broken: {} } }, 'webhook'],
  ])('of several servers %s', async (_, files, name) => {
    const placed = Object.fromEntries(Object.entries(files).map(([file, value]) => [`plugins/webhook/${file}`, value]))
    const { found } = await find('plugin:webhook@backchannel', placed)
    expect((await found).serverName).toBe(name)
  })

  test('one whose source counts from metadata.pluginRoot', async () => {
    const short = {
      ...MARKETPLACE,
      metadata: { pluginRoot: './plugins/' },
      plugins: [{ name: 'webhook', source: 'webhook' }],
    }
    const { root, found } = await find('plugin:webhook@backchannel', { '.claude-plugin/marketplace.json': short })
    expect((await found).root).toBe(`${root}/plugins/webhook`)
  })

  test('a plugin although another entry of the list is broken', async () => {
    const plugins = [{ name: '../evil', source: './x' }, 'text', ...MARKETPLACE.plugins]
    const { found } = await find('plugin:webhook@backchannel', {
      '.claude-plugin/marketplace.json': { ...MARKETPLACE, plugins },
    })
    expect((await found).pluginName).toBe('webhook')
  })

  test('a plugin through a link that stays inside', async () => {
    const root = await createFolder(FILES)
    await rename(join(root, 'plugins/webhook'), join(root, 'plugins/real'))
    await symlink(join(root, 'plugins/real'), join(root, 'plugins/webhook'))
    expect((await findIn(root, 'plugin:webhook@backchannel')).root).toBe(`${root}/plugins/real`)
  })
})

describe('plugin-not-found', () => {
  test('suggests the nearest name and lists what there is', async () => {
    const { found } = await find('plugin:fakchat@backchannel')
    expect(await rejection(found)).toMatchObject({
      code: 'plugin-not-found',
      message: 'The marketplace "backchannel" has no plugin "fakchat".',
      hint: 'Did you mean plugin:fakechat@backchannel? Available: plugin:fakechat@backchannel, plugin:webhook@backchannel.',
    })
  })

  test('says that only the built-in marketplace is known', async () => {
    const { found } = await find('plugin:telegram@claude-plugins-official')
    expect(await rejection(found)).toMatchObject({
      code: 'plugin-not-found',
      message: 'No marketplace "claude-plugins-official" is known here, only the built-in "backchannel".',
      hint: 'Available: plugin:fakechat@backchannel, plugin:webhook@backchannel. To have others, add their marketplace: backchannel plugin marketplace add SOURCE.',
    })
    const same = await find('plugin:fakechat@claude-plugins-official')
    expect(await rejection(same.found)).toMatchObject({ hint: 'Write plugin:fakechat@backchannel.' })
  })
})

describe('plugin-invalid', () => {
  const PLUGIN = 'plugins/webhook'

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['no server', { [`${PLUGIN}/.mcp.json`]: {} }, 'The plugin "webhook" in ROOT/plugins/webhook has no MCP server.'],
    [
      'several and none named like it',
      { [`${PLUGIN}/.mcp.json`]: { a: SERVER, b: SERVER } },
      'The plugin "webhook" has several servers ("a", "b"), and none has its name.',
    ],
    [
      'a channel that is no server',
      { [`${PLUGIN}/.claude-plugin/plugin.json`]: { channels: [{ server: 'x' }] } },
      'ROOT/plugins/webhook/.claude-plugin/plugin.json: channels[0].server must be a server of the plugin ("webhook"), got "x".',
    ],
    [
      'a broken server',
      { [`${PLUGIN}/.mcp.json`]: { webhook: { command: 7 } } },
      'ROOT/plugins/webhook/.mcp.json: webhook.command must be the name or path of a program, got 7. Correct webhook.command and start again.',
    ],
    [
      'a manifest of the wrong type',
      { [`${PLUGIN}/.claude-plugin/plugin.json`]: { version: 1 } },
      'ROOT/plugins/webhook/.claude-plugin/plugin.json: version must be a string, got 1.',
    ],
    [
      'malformed JSON',
      { [`${PLUGIN}/.mcp.json`]: '{' },
      'ROOT/plugins/webhook/.mcp.json is not valid JSON: line 1, column 2: expected a key or "}", got the end of the file.',
    ],
    [
      'a variable that is not set',
      { [`${PLUGIN}/.mcp.json`]: { webhook: { command: ['$', '{NOT_SET}'].join('') } } },
      'ROOT/plugins/webhook/.mcp.json: webhook: command uses $',
    ],
    [
      'servers in a file outside',
      {
        [`${PLUGIN}/.claude-plugin/plugin.json`]: { mcpServers: '../other.json' },
        'plugins/other.json': { x: SERVER },
      },
      'ROOT/plugins/webhook: "../other.json" leads out of ROOT/plugins/webhook.',
    ],
    [
      'servers in a file that is missing',
      { [`${PLUGIN}/.claude-plugin/plugin.json`]: { mcpServers: './none.json' } },
      'ROOT/plugins/webhook/.claude-plugin/plugin.json: mcpServers must be the path of a file inside the plugin, got "./none.json", which does not exist.',
    ],
  ])('%s', async (_, files, message) => {
    const { root, found } = await find('plugin:webhook@backchannel', files)
    const error = await rejection(found)
    expect(error).toMatchObject({ code: 'plugin-invalid' })
    expect(String((error as Error).message).replaceAll(root, 'ROOT')).toContain(message)
  })

  test.each<[string, string]>([
    ['./../outside', 'leads out of'],
    ['./plugins/../../outside', 'leads out of'],
    ['/etc', 'plugins[0].source must be a path that starts with "./", got the string "/etc".'],
    ['plugins/webhook', 'plugins[0].source must be a path that starts with "./"'],
    ['./plugins/none', 'plugins/none does not exist.'],
    ['./plugins/none\0', 'leads out of'],
  ])('the source %j', async (source, words) => {
    const { found } = await find('plugin:webhook@backchannel', {
      '.claude-plugin/marketplace.json': { ...MARKETPLACE, plugins: [{ name: 'webhook', source }] },
    })
    const error = await rejection(found)
    expect(error).toMatchObject({ code: 'plugin-invalid' })
    expect(String(error)).toContain(words)
  })

  test('a source elsewhere', async () => {
    const plugins = [{ name: 'webhook', source: { source: 'github', repo: 'a/b' } }]
    const { found } = await find('plugin:webhook@backchannel', {
      '.claude-plugin/marketplace.json': { ...MARKETPLACE, plugins },
    })
    expect(await rejection(found)).toMatchObject({
      code: 'plugin-invalid',
      message: expect.stringContaining('plugins[0].source names a place outside the marketplace.'),
    })
  })

  test('a link out: of the marketplace, or from a file of the plugin', async () => {
    const outside = await createFolder({ '.mcp.json': { webhook: SERVER } })
    const root = await createFolder({ '.claude-plugin/marketplace.json': MARKETPLACE })
    await mkdir(join(root, 'plugins/fakechat'), { recursive: true })
    await symlink(outside, join(root, 'plugins/webhook'))
    await symlink(join(outside, '.mcp.json'), join(root, 'plugins/fakechat/.mcp.json'))
    for (const name of ['webhook', 'fakechat'])
      expect(String(await rejection(findIn(root, `plugin:${name}@backchannel`)))).toContain('leads out of')
  })

  test('a marketplace that is missing, is none, or has another name', async () => {
    const empty = await createFolder()
    const entry = 'plugin:webhook@backchannel'
    expect(await rejection(findIn(join(empty, 'none'), entry))).toMatchObject({
      message: `The built-in marketplace cannot be used. The marketplace ${empty}/none cannot be read (ENOENT).`,
      hint: expect.stringContaining('npm run build'),
    })
    expect(String(await rejection(findIn(empty, entry)))).toContain('is not a marketplace')
    await writeFiles(empty, { '.claude-plugin/marketplace.json': { ...MARKETPLACE, name: 'copy' } })
    expect(String(await rejection(findIn(empty, entry)))).toContain('name must be "backchannel"')
    await writeFiles(empty, { '.claude-plugin/marketplace.json': { name: 'backchannel', plugins: [] } })
    expect(String(await rejection(findIn(empty, entry)))).toContain('owner must be an object, got nothing')
  })
})

test('lists what is there, and where a marketplace comes from', async () => {
  const catalog = createCatalog({ builtin: await createFolder(FILES), env: {} })
  expect((await catalog.list()).map(({ name, marketplace }) => `${name}@${marketplace}`)).toEqual([
    'fakechat@backchannel',
    'webhook@backchannel',
  ])
  const entry = { kind: 'plugin', name: 'webhook', marketplace: 'backchannel' } as const
  expect(catalog.source(entry)).toBeUndefined()
  await catalog.find(entry)
  expect(catalog.source(entry)).toEqual({ kind: 'builtin' })
  expect(catalog.source({ ...entry, marketplace: 'claude-plugins-official' })).toBeUndefined()
})
