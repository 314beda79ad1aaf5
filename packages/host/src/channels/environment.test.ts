/** What a channel's process gets to see, pinned literally: the rest of the operator's environment stays out. */
import { parseEntry } from '@backchannel/protocol'
import { describe, expect, test } from 'vitest'
import { channelEnvironment } from './environment.ts'

const BASE = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TEMP', 'TMP', 'TERM', 'TZ', 'LANG', 'LANGUAGE'],
  ...['LC_ALL', 'LC_CTYPE', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'CLAUDE_CONFIG_DIR', 'BACKCHANNEL_RUNTIME'],
  'BACKCHANNEL_DURABILITY',
  'TRANSCRIBE_COMMAND',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
  ...['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'NODE_USE_ENV_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
]
const SECRETS = [
  ...['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE'],
  ...['OPENAI_API_KEY', 'OPENAI_ORG_ID', 'GOOGLE_APPLICATION_CREDENTIALS', 'GEMINI_API_KEY', 'AZURE_CLIENT_SECRET'],
  ...['GITHUB_TOKEN', 'GH_TOKEN', 'NPM_TOKEN', 'MISTRAL_API_KEY', 'HF_TOKEN', 'SOME_API_KEY', 'SOMEAPIKEY'],
]
const OTHERS = [
  ...['NODE_OPTIONS', 'LD_PRELOAD', 'DYLD_INSERT_LIBRARIES', 'BUN_OPTIONS', 'BACKCHANNEL_HOME', 'CLAUDECODE', 'PWD'],
  ...[
    'DATABASE_URL',
    'SSH_AUTH_SOCK',
    'npm_config_registry',
    'path',
    'TELEGRAM',
    'TELEGRAMS_X',
    'telegram_x',
    'MY_TELEGRAM_X',
  ],
  ...['CLAUDE_PLUGIN_ROOT', 'SYSTEMROOT', 'APPDATA', 'PASSWORD'],
]
const everything = Object.fromEntries(
  [...BASE, ...SECRETS, ...OTHERS, 'TELEGRAM_BOT_TOKEN', 'TELEGRAM_API_ROOT', 'TELEGRAM_API_KEY'].map((name) => [
    name,
    `of ${name}`,
  ]),
)

interface Options {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly server?: { readonly name: string; readonly env: Readonly<Record<string, string>> }
  readonly root?: string
  readonly platform?: NodeJS.Platform
}

function environmentOf(text: string, { env = everything, server, root, platform = 'linux' }: Options = {}) {
  const entry = parseEntry(text)
  return channelEnvironment({
    env,
    home: platform === 'win32' ? 'C:\\Users\\ada' : '/home/ada',
    platform,
    entry,
    server: server ?? { name: entry.name, env: {} },
    ...(root === undefined ? {} : { root }),
  })
}

const names = (environment: Readonly<Record<string, string>>) => Object.keys(environment).sort()

describe('what passes', () => {
  test('a bare server: the base and nothing else', () => {
    const environment = environmentOf('server:webhook')
    expect(names(environment)).toEqual([...BASE].sort())
    expect(environment['PATH']).toBe('of PATH')
  })

  test('a plugin: also the variables named after it, and its folder', () => {
    const environment = environmentOf('plugin:telegram@backchannel', { root: '/plugins/telegram' })
    expect(names(environment)).toEqual(
      [...BASE, 'CLAUDE_PLUGIN_ROOT', 'TELEGRAM_API_ROOT', 'TELEGRAM_BOT_TOKEN'].sort(),
    )
    expect(environment['CLAUDE_PLUGIN_ROOT']).toBe('/plugins/telegram')
  })

  test('variables of the plugin and of its server, "-" and "." as "_"', () => {
    const env = { MY_CHAT_PORT: '1', HOOK_2_PORT: '2', MYCHAT_PORT: '3', MY: '4' }
    const server = { name: 'hook.2', env: {} }
    expect(environmentOf('plugin:my-chat@backchannel', { env, server })).toEqual({
      MY_CHAT_PORT: '1',
      HOOK_2_PORT: '2',
    })
  })

  test('a name without letters opens nothing', () => {
    expect(environmentOf('server:日本', { env: { _X: '1', __X: '2', ___X: '3' } })).toEqual({})
  })

  test.each(['anthropic', 'aws', 'openai', 'github', 'gh', 'npm', 'claude', 'claude-code', 'mistral', 'hf', 'some'])(
    'a channel named %s gets no credential of that provider',
    (name) => {
      expect(names(environmentOf(`plugin:${name}@backchannel`))).toEqual([...BASE].sort())
    },
  )

  test('what the server’s env names, credentials included, over everything else', () => {
    const server = { name: 'telegram', env: { ANTHROPIC_API_KEY: 'mine', PATH: '/bin', TELEGRAM_BOT_TOKEN: 'own' } }
    expect(environmentOf('server:telegram', { server })).toMatchObject(server.env)
  })

  test('unset stays unset, and a prototype name is no variable', () => {
    const environment = environmentOf('server:x', { env: { PATH: undefined, HOME: '' } })
    expect(environment).toEqual({ HOME: '' })
  })
})

describe('an instance', () => {
  const state = (env: Readonly<Record<string, string>>, options: Options = {}) =>
    environmentOf('plugin:telegram@backchannel#work', { env, ...options })['TELEGRAM_STATE_DIR']

  test('keeps its state beside the default account', () => {
    expect(state({})).toBe('/home/ada/.claude/channels/telegram-work')
    expect(state({ CLAUDE_CONFIG_DIR: '/srv/claude' })).toBe('/srv/claude/channels/telegram-work')
    expect(state({ CLAUDE_CONFIG_DIR: '' })).toBe('/home/ada/.claude/channels/telegram-work')
    expect(state({}, { platform: 'win32' })).toBe('C:\\Users\\ada\\.claude\\channels\\telegram-work')
  })

  test('never shares the folder of a default account that was moved', () => {
    expect(state({ TELEGRAM_STATE_DIR: '/srv/telegram/' })).toBe('/srv/telegram-work')
  })

  test('leaves the word to the server’s env', () => {
    expect(state({}, { server: { name: 'telegram', env: { TELEGRAM_STATE_DIR: '/own' } } })).toBe('/own')
  })

  test('and without one nothing is set', () => {
    expect(environmentOf('plugin:telegram@backchannel', { env: {} })).toEqual({})
  })
})

describe('Windows', () => {
  test('the essentials, whatever the case of their names', () => {
    const env = {
      Path: 'C:\\bin',
      SystemRoot: 'C:\\Windows',
      windir: 'x',
      'ProgramFiles(x86)': 'y',
      Secret: 's',
      Telegram_Port: '1',
    }
    const environment = environmentOf('server:telegram', { env, platform: 'win32' })
    expect(names(environment)).toEqual(['Path', 'ProgramFiles(x86)', 'SystemRoot', 'Telegram_Port', 'windir'])
  })

  test('one PATH only', () => {
    const server = { name: 'x', env: { PATH: 'C:\\own' } }
    expect(environmentOf('server:x', { env: { Path: 'C:\\bin' }, server, platform: 'win32' })).toEqual({
      PATH: 'C:\\own',
    })
  })

  test('credentials in any case stay out', () => {
    const env = { Aws_Secret: 's', aws_profile: 'p' }
    expect(environmentOf('server:aws', { env, platform: 'win32' })).toEqual({})
  })
})
