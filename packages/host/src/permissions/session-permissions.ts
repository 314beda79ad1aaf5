/** What decides about tool calls for a whole session, put together from its options once. */
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import type { ServerPlan } from '../channels/channel.ts'
import { type HostPaths, hostPaths } from '../settings/paths.ts'
import type { PermissionMode } from './modes.ts'
import { type ProtectedState, protectedState } from './protected-state.ts'
import { NO_RULES, type PermissionRules } from './rules.ts'

export interface PermissionOptions {
  readonly mode?: PermissionMode
  readonly rules?: PermissionRules
  readonly home?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly paths?: HostPaths
  /** Settings files given by flags; they are closed to the agent like the others. */
  readonly files?: readonly string[]
}

export interface SessionPermissions {
  readonly mode: PermissionMode
  readonly rules: PermissionRules
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly protectedState: ProtectedState
}

export interface PlannedPermissions extends SessionPermissions {
  /** Other servers from now on. */
  replan(plans: readonly ServerPlan[]): void
  /** Another mode from now on: an approved plan ends mode `plan`. */
  changeMode(mode: PermissionMode): void
}

/** @param plans the servers of the session: where they keep their state is closed to the agent */
export function sessionPermissions({
  mode = 'default',
  rules = NO_RULES,
  home = homedir(),
  env = process.env,
  paths = hostPaths(env, process.platform, home),
  files = [],
  cwd,
  plans,
}: PermissionOptions & { readonly cwd: string; readonly plans: readonly ServerPlan[] }): PlannedPermissions {
  const protect = (planned: readonly ServerPlan[]) => {
    const environments = [env, ...planned.map(({ command }) => command.env)]
    const programs = [...planned.flatMap(({ command }) => scriptsOf(command)), ...process.argv.slice(1, 2)]
    return protectedState({ paths, cwd, home, environments, files, programs })
  }
  let current = protect(plans)
  let currentMode = mode
  return {
    get mode() {
      return currentMode
    },
    rules,
    home,
    env,
    get protectedState() {
      return current
    },
    replan(planned) {
      current = protect(planned)
    },
    changeMode(next) {
      currentMode = next
    },
  }
}

/** Of a command line, whatever may be its script; a runtime alone is no channel's program. */
function scriptsOf({ command, args, cwd }: ServerPlan['command']): readonly string[] {
  return [command, ...args].filter((word) => /\.[cm]?[jt]s$/.test(word)).map((word) => resolve(cwd, word))
}
