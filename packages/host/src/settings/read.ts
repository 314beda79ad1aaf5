/**
 * Reads and merges the settings of a session: `--settings FILE` over the project's `.backchannel/settings.json` over
 * the user's `~/.backchannel/settings.json`. A key set higher up replaces the one below; `limits` merge number by number.
 *
 * Lists of rules are the exception: the rules of all files count together.
 *
 * What opens something is not taken from the project's file: it comes with a cloned repository, which must neither opt
 * channels in nor allow the agent anything. A project that sets `channels` or `permissions.allow` is told so in a
 * warning that names the file; its `ask` and `deny` rules count.
 */
import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import { readJsonFile } from '../json/read.ts'
import { NO_RULES, RULE_LISTS } from '../permissions/rules.ts'
import type { HostPaths } from './paths.ts'
import { DEFAULT_LIMITS, type PermissionSettings, parseSettings, type Settings, type SettingsLayer } from './schema.ts'

export interface ReadSettingsOptions {
  readonly paths: HostPaths
  readonly cwd: string
  /** The file of `--settings`; it must exist. A relative path counts from `cwd`. */
  readonly extra?: string
  /** False: the project's file is left alone, as long as its folder is not trusted. */
  readonly project?: boolean
}

export interface SettingsReport {
  readonly settings: Settings
  /** The file each value came from, by its path: `agent`, `limits.burst`. A key that is missing here is a default. */
  readonly origins: ReadonlyMap<string, string>
  /** What was ignored and why, each naming its file. */
  readonly warnings: readonly string[]
  /** The files that were read, lowest precedence first. */
  readonly files: readonly string[]
}

/** @throws BackchannelError `settings-invalid` for the first file that is broken; a missing file is no error. */
export async function readSettings({
  paths,
  cwd,
  extra,
  project: isUsed = true,
}: ReadSettingsOptions): Promise<SettingsReport> {
  const report = createReport()
  await report.add(paths.settings)
  const project = paths.projectSettings(cwd)
  // In the home folder the project's file is the user's own, and has its rights.
  if (isUsed && !(await isSameFile(project, paths.settings)))
    await report.add(project, { filter: onlyTightening(project, paths), root: cwd })
  if (
    extra !== undefined &&
    !(await report.add(resolve(cwd, extra), { filter: withoutAllowed(resolve(cwd, extra), paths) }))
  )
    throw new BackchannelError('settings-invalid', `${resolve(cwd, extra)}, given after --settings, does not exist.`, {
      hint: 'Check the path, or start without --settings.',
    })
  return report.finish()
}

type Filter = (layer: SettingsLayer, warn: (warning: string) => void) => SettingsLayer

interface LayerOptions {
  readonly filter?: Filter
  /** The folder of the project that the file belongs to. */
  readonly root?: string
}

function createReport(): { add(file: string, options?: LayerOptions): Promise<boolean>; finish(): SettingsReport } {
  const origins = new Map<string, string>()
  const warnings: string[] = []
  const files: string[] = []
  let settings: Settings = { channels: [], allowedChannels: [], permissions: NO_RULES, limits: DEFAULT_LIMITS }

  return {
    /** @returns whether there is such a file. */
    async add(file, { filter, root } = {}) {
      const found = await readJsonFile({ file, code: 'settings-invalid' })
      if (found === undefined) return false
      const parsed = parseSettings(found.value, file, root)
      const layer = filter ? filter(parsed.layer, (warning) => warnings.push(warning)) : parsed.layer
      const { limits, permissions, ...rest } = layer
      settings = {
        ...settings,
        ...rest,
        permissions: joinPermissions(settings.permissions, permissions),
        limits: { ...settings.limits, ...limits },
      }
      if (permissions?.defaultMode) origins.set('permissions.defaultMode', file)
      for (const key of Object.keys(rest)) origins.set(key, file)
      for (const key of Object.keys(limits)) origins.set(`limits.${key}`, file)
      warnings.push(...parsed.warnings)
      files.push(file)
      return true
    },
    finish: () => ({ settings, origins, warnings, files }),
  }
}

function joinPermissions(below: PermissionSettings, above: PermissionSettings = NO_RULES): PermissionSettings {
  const lists = RULE_LISTS.map((list) => [list, [...below[list], ...above[list]]] as const)
  return { ...below, ...above, ...Object.fromEntries(lists) }
}

/** Which plugins may push is the user's word, and is looked for in one place only. */
function withoutAllowed(file: string, paths: HostPaths): Filter {
  return ({ allowedChannels, ...layer }, warn) => {
    if (allowedChannels !== undefined)
      warn(`${file}: "allowedChannels" is ignored here: it counts in ${paths.settings} alone.`)
    return layer
  }
}

function onlyTightening(file: string, paths: HostPaths): Filter {
  return (all, warn) => {
    const { channels = [], permissions, relay, unansweredTurn, ...layer } = withoutAllowed(file, paths)(all, warn)
    const { defaultMode, ...rules }: PermissionSettings = permissions ?? NO_RULES
    if (channels.length > 0)
      warn(
        `${file}: "channels" is ignored in a project's settings, so that a cloned repository cannot opt channels in. ` +
          `Put it in ${paths.settings}, or name the channels after --channels.`,
      )
    if (rules.allow.length > 0)
      warn(
        `${file}: "permissions.allow" is ignored in a project's settings, so that a cloned repository cannot allow the agent ` +
          `anything. Put the rules in ${paths.settings}; "ask" and "deny" of the project count.`,
      )
    if (defaultMode !== undefined && defaultMode !== 'plan')
      warn(
        `${file}: "permissions.defaultMode" is ignored in a project's settings, except "plan". ` +
          `Put it in ${paths.settings}, or start with --permission-mode.`,
      )
    if (relay !== undefined && relay !== 'off')
      warn(`${file}: "relay" is ignored in a project's settings, except "off". Put it in ${paths.settings}.`)
    if (unansweredTurn === 'post')
      warn(
        `${file}: "unansweredTurn" is ignored in a project's settings, except "remind". Put it in ${paths.settings}.`,
      )
    return {
      ...layer,
      ...(unansweredTurn === 'remind' ? { unansweredTurn } : {}),
      ...(relay === 'off' ? { relay } : {}),
      permissions: { ...rules, allow: [], ...(defaultMode === 'plan' ? { defaultMode } : {}) },
    }
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((file) => realpath(file).catch(() => resolve(file))))
  return first === second
}
