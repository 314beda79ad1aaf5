/** The verbs as they are typed: help, usage, answers to plugins, the user's own allowlist, and checks for authors. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEntry } from '@backchannel/protocol'
import { describe, expect, test } from 'vitest'
import { readSettings } from '../../settings/read.ts'
import { rejection, writeFiles } from '../../testing/folder.ts'
import { createPluginHome, marketplaceFiles, type PluginHome } from '../../testing/plugins.ts'
import { createCatalog } from '../catalog.ts'
import { VERBS } from './run.ts'

const USER_CONFIG = {
  bot_token: { type: 'string', title: 'Bot token', description: 'From the platform', required: true, sensitive: true },
  room: { type: 'string', title: 'Room', description: 'Where to listen', default: 'general' },
  nickname: { type: 'string', title: 'Nickname', description: 'Who speaks' },
}
const TOKEN = ['$', '{user_config.bot_token}'].join('')
const ROOM = ['$', '{user_config.room}'].join('')
const NICKNAME = ['$', '{user_config.nickname}'].join('')

async function createHome(given: Parameters<typeof createPluginHome>[1] = {}): Promise<PluginHome> {
  const plugin = {
    '.claude-plugin/plugin.json': { name: 'chat', version: '1.0.0', userConfig: USER_CONFIG },
    '.mcp.json': { chat: { command: 'node', args: ['--room', ROOM], env: { TOKEN, CHAT_NICK: NICKNAME } } },
    'skills/write/SKILL.md': '---\ndescription: How to write\n---\n',
    'commands/hello.md': 'Say hello',
  }
  const home = await createPluginHome(marketplaceFiles('acme', 'acme', { chat: plugin }), given)
  await home.done('marketplace add ../acme')
  return home
}

const find = ({ root, paths }: PluginHome, env = {}) =>
  createCatalog({ builtin: join(root, 'built-in'), installed: paths.plugins, env, cwd: root }).find({
    kind: 'plugin',
    name: 'chat',
    marketplace: 'acme',
  })

describe('help and usage', () => {
  test('every verb has help with an example', async () => {
    const home = await createPluginHome()
    const all = await home.done('help')
    for (const { name, examples } of VERBS) {
      expect(all).toContain(`  ${name}`)
      const help = await home.done(`${name} --help`)
      expect(help).toContain(`Usage: backchannel plugin ${name}`)
      expect(help).toContain(`  backchannel plugin ${examples[0]}`)
    }
    expect(await home.done('--help')).toBe(all)
  })

  test.each([
    ['instal chat', 'There is no backchannel plugin "instal". Did you mean backchannel plugin install?'],
    ['marketplace', 'There is no backchannel plugin "marketplace".'],
    ['marketplace ad x', 'Did you mean backchannel plugin marketplace add?'],
    ['install', 'install is missing an argument. Usage: plugin install NAME[@MARKETPLACE]…'],
    ['info a b', 'info does not take "b". Usage: plugin info NAME[@MARKETPLACE]'],
    ['list --all', "list: Unknown option '--all'. Usage: plugin list"],
    ['configure', 'configure is missing an argument.'],
  ])('%s', async (line, words) => {
    const home = await createPluginHome()
    expect(await home.run(line)).toMatchObject({ ok: false, usage: true, text: expect.stringContaining(words) })
  })
})

describe('answers to a plugin', () => {
  test('that it needs keep it from starting until they are given', async () => {
    const home = await createHome()
    expect(await home.done('install chat')).toContain('It needs bot_token (Bot token): plugin configure chat@acme')
    expect(await rejection(find(home))).toMatchObject({
      code: 'plugin-option-invalid',
      message: 'The plugin chat needs bot_token (Bot token).',
    })
    expect(await home.done('enable chat')).toContain('It needs bot_token (Bot token): plugin configure chat@acme')
    expect((await home.run('configure chat')).text).toContain('chat@acme needs bot_token (Bot token). Write KEY=VALUE')
  })

  test('reach the server through its variables, and are in no other file', async () => {
    const home = await createHome({ readInput: async () => 's3cret\n' })
    await home.done('install chat')
    expect(await home.done('configure chat room=lobby --stdin bot_token')).toContain(
      'The answers to chat@acme were saved.',
    )
    const { server, variables } = await find(home)
    expect(server.args).toEqual(['--room', 'lobby'])
    // What was not answered is left out, so that a variable of the operator's own counts.
    expect(server.env).toEqual({ TOKEN: 's3cret' })
    expect(variables).toMatchObject({ CLAUDE_PLUGIN_OPTION_BOT_TOKEN: 's3cret', CLAUDE_PLUGIN_OPTION_ROOM: 'lobby' })
    expect(variables).not.toHaveProperty('CLAUDE_PLUGIN_OPTION_NICKNAME')
    const { folders } = home.ports
    expect((await stat(folders.optionsFile)).mode & 0o777).toBe(0o600)
    const texts = await Promise.all(
      [folders.installedFile, folders.marketplacesFile].map((file) => readFile(file, 'utf8')),
    )
    expect(texts.join('')).not.toContain('s3cret')
    await home.done('configure chat --unset room')
    expect((await find(home)).server.args).toEqual(['--room', 'general'])
    await home.done('uninstall chat')
    expect(await readFile(folders.optionsFile, 'utf8')).not.toContain('s3cret')
  })

  test('are shown, a secret never', async () => {
    const home = await createHome({ readInput: async () => 's3cret' })
    await home.done('install chat')
    await home.done('configure chat --stdin bot_token room=lobby')
    const text = await home.done('info chat')
    expect(text).toMatch(/bot_token +set, and never shown {2}\(Bot token, required\)/)
    expect(text).toMatch(/room +lobby {2}\(Room\)/)
    expect(text).toMatch(/skills +write\n +commands +hello/)
    const { text: json } = await home.run('info chat --json')
    expect(`${text}${json}`).not.toContain('s3cret')
    expect(JSON.parse(json).options[0]).toEqual({
      key: 'bot_token',
      title: 'Bot token',
      required: true,
      sensitive: true,
      set: true,
    })
  })

  test('that are secret are not taken as arguments, nor repeated', async () => {
    const home = await createHome()
    await home.done('install chat')
    for (const line of ['configure chat bot_token=s3cret', 'configure chat s3cret', 'configure chat s3cret=x']) {
      const { ok, text } = await home.run(line)
      expect([ok, line.endsWith('=x') || !text.includes('s3cret')]).toEqual([false, true])
    }
    expect((await home.run('configure chat bot_token=s3cret')).text).toContain('--stdin bot_token < FILE')
    expect((await home.run('configure chat --stdin bot_token')).text).toContain('--stdin is for the command line')
  })

  test('are asked for where somebody is there', async () => {
    const asked: [string, string | undefined][] = []
    const answers: Record<string, string> = { bot_token: 's3cret', room: '', nickname: 'Ada' }
    const home = await createHome({
      async ask({ key }, current) {
        asked.push([key, current])
        return answers[key] ?? ''
      },
    })
    expect(await home.done('install chat')).not.toContain('It needs')
    expect(asked).toEqual([
      ['bot_token', undefined],
      ['room', 'general'],
      ['nickname', undefined],
    ])
    expect((await find(home)).server).toMatchObject({
      args: ['--room', 'general'],
      env: { TOKEN: 's3cret', CHAT_NICK: 'Ada' },
    })
    asked.length = 0
    await home.done('configure chat')
    expect(asked).toEqual([
      ['bot_token', 'set'],
      ['room', 'general'],
      ['nickname', 'Ada'],
    ])
  })
})

describe('the allowlist of the user', () => {
  test('is changed in the settings file, with the source of the marketplace', async () => {
    const home = await createHome()
    await writeFiles(home.root, { 'home/settings.json': { agent: 'demo', unknown: [1] } })
    await home.done('install chat')
    expect(await home.done('allow chat')).toContain(`chat@acme is allowed now, from ${home.root}/acme only.`)
    expect(await home.done('allow chat')).toContain('was allowed already')
    expect(JSON.parse(await readFile(home.paths.settings, 'utf8'))).toEqual({
      agent: 'demo',
      unknown: [1],
      allowedChannels: [{ plugin: 'chat', marketplace: 'acme', source: `${home.root}/acme` }],
    })
    const { settings } = await readSettings({ paths: home.paths, cwd: home.ports.cwd })
    expect(settings.allowedChannels).toEqual([
      { plugin: 'chat', marketplace: 'acme', source: { kind: 'folder', path: `${home.root}/acme` } },
    ])
    await home.done('uninstall chat')
    expect(await home.done('disallow chat@acme')).toBe('chat@acme is no longer on your allowlist.')
    expect((await home.run('disallow chat@acme')).ok).toBe(false)
  })

  test('is not overwritten where it is not understood', async () => {
    const home = await createHome()
    await home.done('install chat')
    for (const broken of ['{', '[]', '{"allowedChannels": 1}']) {
      await writeFiles(home.root, { 'home/settings.json': broken })
      expect((await home.run('allow chat')).ok).toBe(false)
      expect(await readFile(home.paths.settings, 'utf8')).toBe(broken)
    }
  })
})

test('what a session may name', async () => {
  const home = await createHome()
  await home.done('install chat')
  const { data } = await home.run('list --json')
  const [plugin] = (data as { plugins: { name: string; marketplace: string }[] }).plugins
  expect(parseEntry(`plugin:${plugin?.name}@${plugin?.marketplace}`)).toMatchObject({ kind: 'plugin' })
})
