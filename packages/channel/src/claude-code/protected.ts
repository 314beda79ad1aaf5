/** What the plugin's hook keeps from the agent: the channel's state, and the program that changes who may do what. */
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { stateDirectory } from '../state/location.ts'
import { fold, isInside, realPath, walkPath } from './real-path.ts'

export interface Protection {
  readonly channel: string
  /** As the operator would name it. */
  readonly directory: string
  readonly home: string
  /** Variables that lead there, for commands that name one. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** The state, by its name and by where it really is. Folded. */
  readonly state: readonly string[]
  /** Uploads of senders, which the agent is told to read. Folded. */
  readonly inbox: readonly string[]
  /** The plugin's folder, by its name and by where it really is. Folded. */
  readonly plugin: readonly string[]
  /** Folders that hold the state of all channels: the one of this channel, and those above it in Claude Code's folder. */
  readonly above: readonly string[]
}

export interface ProtectionOptions {
  readonly channel: string
  readonly pluginRoot: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the session runs: a relative state directory counts from it. */
  readonly cwd: string
}

/** `state`: nothing may touch it. `program`: it may be read, and neither be run nor changed. */
export type Kind = 'state' | 'program'

export interface Place {
  /** Absolute, as it is named: further paths may count from it. */
  readonly path: string
  /** The same, folded. */
  readonly named: string
  /** Where it really leads, folded: as a tool reads it, and as a program walks it. */
  readonly real: readonly string[]
}

export function createProtection({ channel, pluginRoot, env, cwd }: ProtectionOptions): Protection {
  const home = (process.platform === 'win32' ? env['USERPROFILE'] : env['HOME']) || homedir()
  const variable = `${channel.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_STATE_DIR`
  const own = env[variable]
  const directory = own && !isAbsolute(own) ? resolve(cwd, own) : stateDirectory(channel, env as NodeJS.ProcessEnv)
  const usual = join(home, '.claude', 'channels')
  const folders = [directory, join(usual, channel)]
  const above = folders.filter((folder) => /[\\/]channels[\\/][^\\/]+$/.test(folder)).map((folder) => dirname(folder))
  return {
    channel,
    directory,
    home,
    variables: {
      HOME: home,
      USERPROFILE: home,
      PWD: cwd,
      CLAUDE_CONFIG_DIR: env['CLAUDE_CONFIG_DIR'] || join(home, '.claude'),
      CLAUDE_PLUGIN_ROOT: pluginRoot,
      [variable]: directory,
    },
    state: both(folders),
    inbox: both(folders.map((folder) => join(folder, 'inbox'))),
    plugin: both([pluginRoot]),
    above: both([...above, ...above.map((folder) => dirname(folder))]),
  }
}

function both(folders: readonly string[]): readonly string[] {
  const all = folders.reduce<string[]>((list, folder) => list.concat(fold(folder), fold(realPath(folder))), [])
  return all.filter((folder, at) => all.indexOf(folder) === at)
}

export function place(text: string, base: string, { home }: Protection): Place {
  const written = /^~(?=$|[\\/])/.test(text) ? join(home, text.slice(1)) : nativePath(text)
  const path = resolve(base, written)
  const walked = /(?:^|[\\/])\.\.(?:[\\/]|$)/.test(written) ? [fold(walkPath(base, written))] : []
  return { path, named: fold(path), real: [fold(realPath(path)), ...walked] }
}

/** On Windows a Bash command may say `/c/Users`. */
function nativePath(path: string): string {
  return process.platform === 'win32' ? path.replace(/^\/([a-z])(?=\/|$)/i, '$1:') : path
}

/**
 * Which of what is protected the place belongs to.
 * @param byName whether a name like that of the state counts wherever it stands; not in a sentence
 */
export function findKind({ named, real }: Place, protection: Protection, byName: boolean = true): Kind | undefined {
  const kinds = [named, ...real].map((path) => kindOf(path, protection, byName))
  return kinds.find((kind) => kind === 'state') ?? kinds.find((kind) => kind !== undefined)
}

function kindOf(path: string, { channel, state, inbox, plugin }: Protection, byName: boolean): Kind | undefined {
  const isIn = (folders: readonly string[]) => folders.some((folder) => isInside(folder, path))
  // The inbox as it is named inside the state; a link out of it is judged by where it leads.
  if (isIn(state)) return isIn(inbox) ? undefined : 'state'
  if (byName && namesState(path, channel)) return 'state'
  return isIn(plugin) || (byName && namesProgram(path, channel)) ? 'program' : undefined
}

/** True for the state of the channel in anybody's home, however the text goes on. */
export function namesState(text: string, channel: string): boolean {
  return new RegExp(
    `(?:^|[/\\\\\\s"'=(:])\\.claude[/\\\\]+channels[/\\\\]+${channel}(?![\\w.-])(?![/\\\\]+inbox(?![\\w.-]))`,
    'i',
  ).test(text)
}

/** True for the program of an installed copy: an update leaves the one before it, and a marketplace has one too. */
export function namesProgram(text: string, channel: string): boolean {
  return new RegExp(
    `(?:^|[/\\\\])${channel}[/\\\\](?:[^/\\\\\\s]+[/\\\\])?(?:start|server|hooks[/\\\\]\\w+)\\.cjs(?![\\w.-])`,
    'i',
  ).test(text)
}
