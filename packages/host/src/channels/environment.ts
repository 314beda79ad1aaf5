/** The environment a channel is started with: what programs need, what is named after it, and never somebody's keys. */
import { posix, win32 } from 'node:path'
import type { Entry } from '@backchannel/protocol'
import type { ServerSpec } from '../mcp/config.ts'

export interface EnvironmentRequest {
  /** The host's own environment. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The operator's home folder. */
  readonly home: string
  readonly platform: NodeJS.Platform
  /** What is started: its name, and its instance's, decide which variables are its own. */
  readonly entry: Entry
  /** Expanded: its `env` is passed as it is, whatever it names. */
  readonly server: Pick<ServerSpec, 'name' | 'env'>
  /** A plugin's folder, passed as `CLAUDE_PLUGIN_ROOT`. */
  readonly root?: string
  /** Further variables of the host's own for a plugin, such as `CLAUDE_PLUGIN_DATA`. */
  readonly variables?: Readonly<Record<string, string>>
}

const BASE: ReadonlySet<string> = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TEMP', 'TMP', 'TERM', 'TZ', 'LANG', 'LANGUAGE'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
  ...['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'NODE_USE_ENV_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['CLAUDE_CONFIG_DIR', 'BACKCHANNEL_RUNTIME', 'BACKCHANNEL_DURABILITY', 'TRANSCRIBE_COMMAND'],
  // Which session it is, where several share an account.
  ...['BACKCHANNEL_SESSION_ID', 'BACKCHANNEL_SESSION_NAME', 'BACKCHANNEL_KEEPER'],
])
const BASE_PREFIXES = ['LC_', 'XDG_']

/** Without these, programs on Windows do not start, find no network, or have no folder of their own. */
const WINDOWS: readonly string[] = [
  ...['SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'PATHEXT', 'OS', 'PROCESSOR_ARCHITECTURE'],
  ...['NUMBER_OF_PROCESSORS', 'APPDATA', 'LOCALAPPDATA', 'PROGRAMDATA', 'ALLUSERSPROFILE', 'PUBLIC', 'USERPROFILE'],
  ...['USERNAME', 'USERDOMAIN', 'COMPUTERNAME', 'HOMEDRIVE', 'HOMEPATH', 'PROGRAMFILES', 'PROGRAMFILES(X86)'],
  ...['PROGRAMW6432', 'COMMONPROGRAMFILES', 'COMMONPROGRAMFILES(X86)', 'COMMONPROGRAMW6432'],
]

/** Credentials of providers, kept back also from a channel that bears the provider's name; its `env` can name them. */
const CREDENTIALS = [
  /^(ANTHROPIC|CLAUDE|AWS|OPENAI|GOOGLE|GCLOUD|GCP|CLOUDSDK|VERTEX|GEMINI|AZURE|ARM|BEDROCK)_/i,
  /^(MISTRAL|GROQ|COHERE|DEEPSEEK|XAI|OPENROUTER|TOGETHER|FIREWORKS|PERPLEXITY|REPLICATE|HF|HUGGINGFACE)_/i,
  /^(GITHUB|GH|GITLAB|NPM|NODE_AUTH)_TOKEN$/i,
  /(^|_)API_?KEY$/i,
]

/** Builds a new object; nothing that is not listed here, named after the channel, or in the server's `env` gets in. */
export function channelEnvironment(request: EnvironmentRequest): Record<string, string> {
  const { env, platform, entry, server, root, variables = {} } = request
  const isWindows = platform === 'win32'
  const prefixes = [server.name, entry.name].flatMap((name) => variablePrefix(name) ?? [])
  const passed = new Map<string, string>()

  /** Names differ in case only on Windows; there a later one replaces the earlier. */
  const set = (name: string, value: string): void => {
    if (isWindows) for (const key of passed.keys()) if (key.toUpperCase() === name.toUpperCase()) passed.delete(key)
    passed.set(name, value)
  }

  for (const [name, value] of Object.entries(env))
    if (value !== undefined && passes(isWindows ? name.toUpperCase() : name, isWindows, prefixes)) set(name, value)
  if (root !== undefined) set('CLAUDE_PLUGIN_ROOT', root)
  for (const [name, value] of Object.entries(variables)) set(name, value)
  const state = stateDirectory(request)
  if (state !== undefined) set(...state)
  for (const [name, value] of Object.entries(server.env)) set(name, value)
  return Object.fromEntries(passed)
}

/** What any program that the host starts may see of its environment. */
export function baseEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): Record<string, string> {
  const isWindows = platform === 'win32'
  const passed = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && passes(isWindows ? name.toUpperCase() : name, isWindows, []) ? [[name, value] as const] : [],
  )
  return Object.fromEntries(passed)
}

function passes(name: string, isWindows: boolean, prefixes: readonly string[]): boolean {
  if (BASE.has(name) || (isWindows && WINDOWS.includes(name))) return true
  if (CREDENTIALS.some((pattern) => pattern.test(name))) return false
  return [...BASE_PREFIXES, ...prefixes].some((prefix) => name.startsWith(prefix))
}

/** `TELEGRAM_` for `telegram`, `MY_CHANNEL_` for `my-channel`; none for a name without a letter or digit of ASCII. */
function variablePrefix(name: string): string | undefined {
  const upper = name.toUpperCase().replace(/[^A-Z0-9]/g, '_')
  return /[A-Z0-9]/.test(upper) ? `${upper}_` : undefined
}

/**
 * An instance keeps its state beside the default account's, never in it: `channels/telegram-work`, or, where the
 * operator moved the default account with `TELEGRAM_STATE_DIR`, that folder with `-work` after its name.
 */
function stateDirectory({ env, home, platform, entry }: EnvironmentRequest): [string, string] | undefined {
  const prefix = variablePrefix(entry.name)
  if (entry.kind === 'server' || entry.instance === undefined || prefix === undefined) return undefined
  const { join, resolve } = platform === 'win32' ? win32 : posix
  const moved = env[`${prefix}STATE_DIR`]
  if (moved) return [`${prefix}STATE_DIR`, `${resolve(moved)}-${entry.instance}`]
  const claude = env['CLAUDE_CONFIG_DIR'] || join(home, '.claude')
  return [`${prefix}STATE_DIR`, join(claude, 'channels', `${entry.name}-${entry.instance}`)]
}
