/** What no agent may touch in any mode: what says who may approve, what is allowed, and what a channel holds. */
import { basename, dirname, join, resolve } from 'node:path'
import type { HostPaths } from '../settings/paths.ts'
import { type Folders, isInside, type Place, realPath } from './paths.ts'

export interface ProtectedState {
  /** Absolute: the place itself and everything below it. */
  readonly places: readonly string[]
  /** Variables that lead to such a place, so that a command that names one is understood. */
  readonly variables: Readonly<Record<string, string>>
  /** Real paths of the programs of the session's channels, and of its own. */
  readonly programs: readonly string[]
  /** Folders into which channels put the files that came in; what is in them, the agent may read. Absolute. */
  readonly inboxes: InboxFolders
}

export interface InboxFolders {
  /** State folders of one channel each. */
  readonly ofChannels: readonly string[]
  /** Folders whose folders are such. */
  readonly above: readonly string[]
}

export interface ProtectedOptions {
  readonly paths: HostPaths
  readonly cwd: string
  readonly home: string
  /** The host's environment, and those of the servers: both say where a channel keeps its state. */
  readonly environments: readonly Readonly<Record<string, string | undefined>>[]
  /** The files after `--settings` and `--managed-settings`. */
  readonly files?: readonly string[]
  /** What the session runs, as far as its command lines name it. */
  readonly programs?: readonly string[]
}

/** Names that mean protected state wherever they stand: the host's folder of any project, the state of channels, policy. */
const PROTECTED_NAMES = [
  /(^|\/)\.backchannel(\/|$)/i,
  /(^|\/)\.claude\/+channels(\/|$)/i,
  /^\/etc\/(backchannel|claude-code)(\/|$)/i,
  /\/(Application Support|ProgramData|Program Files)\/(Backchannel|ClaudeCode)(\/|$)/i,
]

export function protectedState(options: ProtectedOptions): ProtectedState {
  const { paths, cwd, home, environments, files = [], programs = [] } = options
  const claudes = environments.map((env) => env['CLAUDE_CONFIG_DIR'] || join(home, '.claude'))
  const stateFolders = environments
    .flatMap((env) => Object.entries(env))
    .flatMap(([name, value]) => (value && /_STATE_DIR$/.test(name) ? [[name, resolve(cwd, value)] as const] : []))
  const channelFolders = [...claudes, join(home, '.claude')].map((folder) => join(folder, 'channels'))
  const withReal = (folders: readonly string[]) => [...new Set(folders.flatMap((folder) => [folder, realPath(folder)]))]
  const places = [
    ...[paths.home, join(home, '.backchannel'), dirname(paths.projectSettings(cwd))],
    ...channelFolders,
    ...[paths.managed, ...paths.claudeManaged].flatMap(({ file, folder }) => [file, folder]),
    ...stateFolders.map(([, folder]) => folder),
    ...files.map((file) => resolve(cwd, file)),
  ]
  return {
    programs: [...new Set(programs.map((program) => realPath(resolve(cwd, program))))],
    places: withReal(places),
    inboxes: { ofChannels: withReal(stateFolders.map(([, folder]) => folder)), above: withReal(channelFolders) },
    variables: {
      HOME: home,
      PWD: cwd,
      ...(claudes[0] === undefined ? {} : { CLAUDE_CONFIG_DIR: claudes[0] }),
      BACKCHANNEL_HOME: paths.home,
      ...Object.fromEntries(stateFolders),
    },
  }
}

/** True where the place, by its name or by where it leads, is protected. Letter case makes no difference. */
export function isProtected({ named, real }: Place, state: ProtectedState): boolean {
  return [named, real].some(
    (path) =>
      PROTECTED_NAMES.some((name) => name.test(path.replaceAll('\\', '/'))) ||
      state.places.some((place) => isInside(place, path, true)),
  )
}

const INBOX = 'inbox'

/**
 * True for a file that somebody sent through a channel: it lies in the channel's `inbox`, by its name and by where it
 * leads, so that no link in there opens anything else.
 */
export function isReceived({ named, real }: Place, { inboxes }: ProtectedState): boolean {
  return [named, real].every((path) => {
    const inbox = dirname(path)
    const state = dirname(inbox)
    return basename(inbox) === INBOX && (inboxes.ofChannels.includes(state) || inboxes.above.includes(dirname(state)))
  })
}

/** True for a folder somewhere above protected state of the operator: a search through it would reach that state. */
export function holdsProtected({ real }: Place, state: ProtectedState, { cwd, known }: Folders): boolean {
  const project = realPath(cwd, known)
  return state.places.some((place) => isInside(real, place, true) && !isInside(project, place, true))
}
