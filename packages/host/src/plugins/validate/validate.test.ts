/** What an author is told about a plugin or marketplace: every mistake, with file, field and what was expected. */
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFolder, rejection } from '../../testing/folder.ts'
import { marketplaceFiles } from '../../testing/plugins.ts'
import { validateFolder } from './validate.ts'

const MANIFEST = '.claude-plugin/plugin.json'
const SOUND = {
  name: 'chat',
  version: '1.0.0',
  description: 'A chat',
  author: { name: 'Ada' },
  homepage: 'https://example.com',
  keywords: ['chat'],
}
const option = (key: string) => ['$', `{user_config.${key}}`].join('')
const SERVER = { chat: { command: 'node' } }

async function check(manifest: object | undefined, files: Readonly<Record<string, unknown>> = {}) {
  const root = await createFolder({ ...(manifest ? { [MANIFEST]: manifest } : {}), '.mcp.json': SERVER, ...files })
  const { valid, findings } = await validateFolder(root)
  return { valid, findings: findings.map(({ level, message }) => `${level}: ${message.replaceAll(root, 'ROOT')}`) }
}

test('a sound plugin, with everything the format has', async () => {
  const manifest = {
    ...SOUND,
    channels: [
      { server: 'chat', displayName: 'Chat', userConfig: { token: { type: 'string', title: 'T', description: 'D' } } },
    ],
    userConfig: { room: { type: 'string', title: 'R', description: 'D', sensitive: true } },
    commands: ['./commands/a.md'],
    skills: '.',
    hooks: { PreToolUse: [{ matcher: 'Bash', hooks: [{ type: 'command', command: 'true' }] }] },
  }
  const env = { TOKEN: option('token'), ROOM: option('room') }
  const files = {
    '.mcp.json': { mcpServers: { chat: { command: 'node', env } } },
    'commands/a.md': '---\ndescription: x\n---\n',
    'skills/a/SKILL.md': '---\nname: a\ndescription: x\ndisable-model-invocation: true\n---\nText',
    'hooks/hooks.json': { hooks: { SessionStart: [{ hooks: [{ type: 'http', url: 'https://x' }] }] } },
  }
  expect(await check(manifest, files)).toEqual({ valid: true, findings: [] })
  expect(await check(undefined)).toEqual({ valid: true, findings: [] })
})

test('all mistakes at once', async () => {
  const manifest = {
    name: 'Chat Room',
    version: 1,
    author: {},
    homepage: 'here',
    keywords: 'chat',
    userconfig: {},
    channels: [{ server: 'other', color: 'red' }],
    userConfig: { 'a-b': {} },
    commands: 'commands',
    agents: ['./../x.md'],
    skills: ['./none'],
    hooks: { PreToolUze: [{ hooks: [{ type: 'shell' }, { type: 'command' }] }], Stop: {} },
  }
  const { valid, findings } = await check(manifest, {
    'skills/a/SKILL.md': 'No head',
    'skills/b/other.md': '',
    'skills/c/SKILL.md': '---\ndescription: x\n',
    'skills/d/SKILL.md': '---\ndescription: x\ndisable-model-invocation: yes\n---',
    'commands/x.md': '---\nnot a key\n---',
    'hooks/hooks.json': '[',
  })
  expect(valid).toBe(false)
  const at = `error: ROOT/${MANIFEST}:`
  expect(findings).toEqual(
    expect.arrayContaining([
      `${at} name must be a name of letters, digits, "-", "_" and ".", got the string "Chat Room".`,
      `${at} version must be a string, got 1.`,
      `${at} author.name must be the name of a person or group, got nothing.`,
      `${at} homepage must be a URL, got the string "here".`,
      `${at} keywords must be a list of words, got the string "chat".`,
      `${at} channels[0].color must be absent: a channel has server, displayName, userConfig, got it.`,
      `${at} userConfig.a-b must be named with letters, digits and "_", no digit first, got an object.`,
      `${at} commands must be a path that starts with "./", got the string "commands".`,
      expect.stringContaining('error: ROOT: "./../x.md" leads out of ROOT.'),
      `${at} skills[0] must be the path of something in the plugin, got "./none", which does not exist.`,
      `${at} hooks.PreToolUze[0].hooks[0].type must be one of "command", "prompt", "agent", "http", "mcp_tool", got the string "shell".`,
      `${at} hooks.PreToolUze[0].hooks[1].command must be a string, got nothing.`,
      `${at} hooks.Stop must be a list of matchers, got an object.`,
      `warning: ROOT/${MANIFEST}: "hooks.PreToolUze" is not known and is ignored. Did you mean "hooks.PreToolUse"?`,
      `warning: ROOT/${MANIFEST}: "userconfig" is not known and is ignored. Did you mean "userConfig"?`,
      'warning: ROOT/skills/a/SKILL.md: its head has no "description", by which a model decides when to use it.',
      'error: ROOT/skills/b/SKILL.md must be a readable file, and is not there.',
      'error: ROOT/skills/c/SKILL.md: its head, which begins with "---", has no second "---".',
      'error: ROOT/skills/d/SKILL.md: disable-model-invocation must be true or false, got "yes".',
      'error: ROOT/commands/x.md: line 2 of its head is not "key: value".',
      expect.stringContaining('error: ROOT/hooks/hooks.json is not valid JSON: line 1, column 2'),
    ]),
  )
})

describe('servers', () => {
  test.each<[string, object, object, string]>([
    [
      'a broken one',
      {},
      { chat: { command: 7 } },
      'error: ROOT/.mcp.json: chat.command must be the name or path of a program, got 7.',
    ],
    ['a remote one', {}, { chat: { type: 'http', url: 'https://x' } }, 'which is not supported here'],
    [
      'none that a channel names',
      { channels: [{ server: 'x' }] },
      SERVER,
      'channels[0].server must be a server of the plugin ("chat"), got "x"',
    ],
    [
      'several, none named like it',
      {},
      { a: { command: 'x' }, b: { command: 'x' } },
      'warning: The plugin "chat" has several servers',
    ],
    [
      'an unknown option',
      {},
      { chat: { command: 'x', args: [option('tokn')] } },
      'error: ROOT/.mcp.json: chat.args[0] must name a key of userConfig (token), got "tokn".',
    ],
    [
      'a secret in an argument',
      {},
      { chat: { command: 'x', args: [option('token')] } },
      'warning: ROOT/.mcp.json: chat.args[0] holds the sensitive "token"',
    ],
    [
      'a secret as a command',
      {},
      { chat: { command: option('token') } },
      'error: ROOT/.mcp.json: chat.command must be free of the sensitive "token"',
    ],
    ['a bundle', { mcpServers: './x.mcpb' }, SERVER, 'got the bundle "./x.mcpb", which is not supported here.'],
  ])('%s', async (_, given, servers, words) => {
    const userConfig = { token: { type: 'string', title: 'T', description: 'D', sensitive: true } }
    const { findings } = await check({ ...SOUND, userConfig, ...given }, { '.mcp.json': servers })
    expect(findings.join('\n')).toContain(words)
  })
})

test('what cannot be copied', async () => {
  const root = await createFolder({ [MANIFEST]: SOUND, '.mcp.json': SERVER })
  await symlink('/etc/passwd', join(root, 'out'))
  await symlink('nowhere', join(root, 'dangling'))
  const { findings } = await validateFolder(root)
  expect(findings.map(({ message }) => message.replaceAll(root, 'ROOT'))).toEqual([
    'ROOT/dangling must be a link to something in the plugin, got one to nothing.',
    expect.stringContaining('"out" leads out of ROOT.'),
  ])
})

test('a marketplace, and every plugin that lies in it', async () => {
  const root = await createFolder(
    marketplaceFiles('.', 'acme', { good: { [MANIFEST]: { ...SOUND, name: 'good' } }, bad: { '.mcp.json': '{' } }),
  )
  const found = await validateFolder(root)
  expect(found).toMatchObject({ kind: 'marketplace', plugins: 2, valid: false })
  expect(found.findings.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
    expect.stringContaining('bad/.mcp.json is not valid JSON'),
  ])
})

test('the list of a marketplace', async () => {
  const plugins = [
    { name: 'a', source: './none' },
    { name: 'b', source: { source: 'npm', package: 'b' } },
    { name: 'c', source: { source: 'url', url: 'ext::x' } },
    { name: 'c', source: './c' },
    { name: '../d', source: './d' },
  ]
  const root = await createFolder({
    '.claude-plugin/marketplace.json': { name: 'claude-plugins-official', owner: { name: 'x' }, plugins, plugin: [] },
  })
  const { findings } = await validateFolder(root)
  const text = findings.map(({ level, message }) => `${level}: ${message}`).join('\n')
  for (const words of [
    /error: .*plugins\[0\]\.source: .*none does not exist/,
    /warning: .*plugins\[1\]\.source has the form "npm"/,
    /error: "ext::x" is no git URL/,
    /error: .*plugins\[3\]\.name must be a name that no other plugin of the list has/,
    /error: .*plugins\[4\]\.name must be a name of letters/,
    /warning: .*"plugin" is not known and is ignored\. Did you mean "plugins"\?/,
    /warning: .*"claude-plugins-official" cannot be used for .* Whoever adds it must give it another name/,
  ])
    expect(text).toMatch(words)
})

test('a folder that is neither', async () => {
  const root = await createFolder({ 'x.txt': '' })
  expect(await rejection(validateFolder(root))).toMatchObject({
    code: 'plugin-invalid',
    message: expect.stringContaining('is neither'),
  })
  expect(await rejection(validateFolder(join(root, 'none')))).toMatchObject({
    message: expect.stringContaining('ENOENT'),
  })
})
