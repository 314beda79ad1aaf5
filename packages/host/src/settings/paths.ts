/** Where the host keeps things and looks for settings: computed once, so that every part agrees and tests can redirect. */
import { posix, win32 } from 'node:path'

export interface HostPaths {
  /** The operator's own folder: `$BACKCHANNEL_HOME`, else `~/.backchannel`. */
  readonly home: string
  readonly settings: string
  readonly consents: string
  readonly logs: string
  /** The folder of the audit trail. */
  readonly audit: string
  /** The organisation's settings. Fixed by the system: no variable of the user moves them. */
  readonly managed: { readonly file: string; readonly folder: string }
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
  const system = systemFolder(platform)
  return {
    home: own,
    settings: join(own, 'settings.json'),
    consents: join(own, 'consents.json'),
    logs: join(own, 'logs'),
    audit: join(own, 'audit'),
    managed: { file: join(system, 'managed-settings.json'), folder: join(system, 'managed-settings.d') },
    projectSettings: (cwd) => join(cwd, '.backchannel', 'settings.json'),
  }
}

function systemFolder(platform: NodeJS.Platform): string {
  if (platform === 'win32') return 'C:\\ProgramData\\Backchannel'
  return platform === 'darwin' ? '/Library/Application Support/Backchannel' : '/etc/backchannel'
}
