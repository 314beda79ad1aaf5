/** Where the host keeps things and looks for settings: computed once, so that every part agrees and tests can redirect. */
import { posix, win32 } from 'node:path'

/** Where managed settings of one product lie: a file, and a folder of further `*.json` files. */
export interface ManagedPlace {
  readonly file: string
  readonly folder: string
  /** Users can write there on some machines: what it says can only take away. */
  readonly tightensOnly?: true
}

export interface HostPaths {
  /** The operator's own folder: `$BACKCHANNEL_HOME`, else `~/.backchannel`. */
  readonly home: string
  readonly settings: string
  readonly consents: string
  readonly logs: string
  /** The folder of the audit trail. */
  readonly audit: string
  /** Which conversation of an agent was the last in which project, and locks on those that go on. */
  readonly agents: string
  /** Marketplaces, installed plugins and what belongs to them. */
  readonly plugins: string
  /** The organisation's settings. Fixed by the system: no variable of the user moves them. */
  readonly managed: ManagedPlace
  /** Claude Code's own managed settings, of which two keys count here too (docs/decisions/0012-policy-sources.md). */
  readonly claudeManaged: readonly ManagedPlace[]
  /** The settings file of the project in `cwd`. */
  projectSettings(cwd: string): string
}

/** Pure: touches no file. A relative `BACKCHANNEL_HOME` counts from the current folder. */
export function hostPaths(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  home: string,
): HostPaths {
  const { join, resolve } = platform === 'win32' ? win32 : posix
  const named = env['BACKCHANNEL_HOME']
  const own = named === undefined || named === '' ? join(home, '.backchannel') : resolve(named)
  const place = (folder: string): ManagedPlace => ({
    file: join(folder, 'managed-settings.json'),
    folder: join(folder, 'managed-settings.d'),
  })
  const [system, ...claudes] = SYSTEM_FOLDERS[platform === 'win32' || platform === 'darwin' ? platform : 'linux']
  return {
    home: own,
    settings: join(own, 'settings.json'),
    consents: join(own, 'consents.json'),
    logs: join(own, 'logs'),
    audit: join(own, 'audit'),
    agents: join(own, 'agents'),
    plugins: join(own, 'plugins'),
    managed: place(system),
    claudeManaged: claudes.map((folder, at) => (at === 0 ? place(folder) : { ...place(folder), tightensOnly: true })),
    projectSettings: (cwd) => join(cwd, '.backchannel', 'settings.json'),
  }
}

/** Ours, Claude Code's, and where older versions of it looked: any user may create a folder in `ProgramData`. */
const SYSTEM_FOLDERS: Readonly<Record<'linux' | 'darwin' | 'win32', readonly [string, ...string[]]>> = {
  linux: ['/etc/backchannel', '/etc/claude-code'],
  darwin: ['/Library/Application Support/Backchannel', '/Library/Application Support/ClaudeCode'],
  win32: ['C:\\Program Files\\Backchannel', 'C:\\Program Files\\ClaudeCode', 'C:\\ProgramData\\ClaudeCode'],
}
