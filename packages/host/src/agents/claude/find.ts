/** What there is of Claude on this machine: the SDK, an installed `claude`, a credential. Nothing of it is loaded here. */
import { execFile } from 'node:child_process'
import { access, constants, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { isRecord } from '@backchannel/protocol'
import { readVersion } from './version.ts'

export const SDK_PACKAGE = '@anthropic-ai/claude-agent-sdk'

type Environment = Readonly<Record<string, string | undefined>>

export interface FoundSdk {
  /** To import. */
  readonly url: string
  /** Whether it brought a Claude Code of its own; the package is optional, since it is large. */
  readonly hasProgram: boolean
}

/**
 * The SDK beside this command, or at `BACKCHANNEL_CLAUDE_SDK`; never one of the project, whose code nobody has agreed to run.
 * @param from where this command lies; default: this file
 */
export function findSdk(env: Environment, from: string = import.meta.url): FoundSdk | undefined {
  const folder = env['BACKCHANNEL_CLAUDE_SDK']
  const named = folder !== undefined && isAbsolute(folder)
  try {
    const require = createRequire(named ? join(folder, 'index.js') : from)
    const file = require.resolve(named ? folder : SDK_PACKAGE)
    return { url: pathToFileURL(file).href, hasProgram: hasProgram(file) }
  } catch {
    return undefined
  }
}

function hasProgram(sdk: string): boolean {
  const { resolve } = createRequire(sdk)
  const platform = `${SDK_PACKAGE}-${process.platform}-${process.arch}`
  return [platform, `${platform}-musl`].some((name) => {
    try {
      return resolve(`${name}/package.json`) !== ''
    } catch {
      return false
    }
  })
}

export interface FoundProgram {
  readonly path: string
  /** Absent where it did not say. */
  readonly version?: string
}

/** An installed `claude`: `BACKCHANNEL_CLAUDE`, else the first one on PATH. */
export async function findProgram(env: Environment): Promise<FoundProgram | undefined> {
  const path = await findPath(env)
  if (path === undefined) return undefined
  const version = await askVersion(path, env)
  return { path, ...(version === undefined ? {} : { version }) }
}

/** Its path, which is not run to find it. */
export async function findPath(env: Environment): Promise<string | undefined> {
  const named = env['BACKCHANNEL_CLAUDE']
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder))
  const names = process.platform === 'win32' ? ['claude.exe'] : ['claude']
  const places = named ? [named] : folders.flatMap((folder) => names.map((name) => join(folder, name)))
  for (const place of places) {
    if (await canRun(place)) return place
  }
  return undefined
}

async function canRun(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function askVersion(path: string, env: Environment): Promise<string | undefined> {
  try {
    const { PATH, HOME } = env
    const { stdout } = await promisify(execFile)(path, ['--version'], { env: { PATH, HOME }, timeout: 10_000 })
    return readVersion(stdout)
  } catch {
    return undefined
  }
}

const CREDENTIALS = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN']
const CLOUDS = ['CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX', 'CLAUDE_CODE_USE_FOUNDRY']

/** What Claude would sign in with, in words; no secret is read. */
export async function findCredential(env: Environment, home: string): Promise<string | undefined> {
  const variable = CREDENTIALS.find((name) => env[name]) ?? CLOUDS.find((name) => env[name] && env[name] !== '0')
  if (variable !== undefined) return variable
  const folder = env['CLAUDE_CONFIG_DIR'] || join(home, '.claude')
  if (await exists(join(folder, '.credentials.json'))) return 'the login of Claude Code'
  const [settings, state] = await Promise.all([
    readObject(join(folder, 'settings.json')),
    readObject(env['CLAUDE_CONFIG_DIR'] ? join(folder, '.claude.json') : join(home, '.claude.json')),
  ])
  if (typeof settings['apiKeyHelper'] === 'string') return 'the apiKeyHelper of Claude Code'
  if (isRecord(state['oauthAccount'])) return 'the login of Claude Code'
  return undefined
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  )
}

async function readObject(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    return isRecord(value) ? value : {}
  } catch {
    return {}
  }
}
