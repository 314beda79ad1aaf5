/**
 * Reads and merges the settings of a session: `--settings FILE` over the project's `.backchannel/settings.json` over
 * the user's `~/.backchannel/settings.json`. A key set higher up replaces the one below; `limits` merge number by number.
 *
 * Lists that open something are not taken from the project's file: it comes with a cloned repository, which must not
 * opt channels in. A project that sets `channels` is told so in a warning that names the file.
 */
import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import { readJsonFile } from '../json/read.ts'
import type { HostPaths } from './paths.ts'
import { DEFAULT_LIMITS, parseSettings, type Settings, type SettingsLayer } from './schema.ts'

export interface ReadSettingsOptions {
  readonly paths: HostPaths
  readonly cwd: string
  /** The file of `--settings`; it must exist. A relative path counts from `cwd`. */
  readonly extra?: string
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
export async function readSettings({ paths, cwd, extra }: ReadSettingsOptions): Promise<SettingsReport> {
  const report = createReport()
  await report.add(paths.settings)
  const project = paths.projectSettings(cwd)
  // In the home folder the project's file is the user's own, and has its rights.
  if (!(await isSameFile(project, paths.settings))) await report.add(project, dropChannels(project, paths))
  if (extra !== undefined && !(await report.add(resolve(cwd, extra))))
    throw new BackchannelError('settings-invalid', `${resolve(cwd, extra)}, given after --settings, does not exist.`, {
      hint: 'Check the path, or start without --settings.',
    })
  return report.finish()
}

type Filter = (layer: SettingsLayer, warn: (warning: string) => void) => SettingsLayer

function createReport(): { add(file: string, filter?: Filter): Promise<boolean>; finish(): SettingsReport } {
  const origins = new Map<string, string>()
  const warnings: string[] = []
  const files: string[] = []
  let settings: Settings = { channels: [], limits: DEFAULT_LIMITS }

  return {
    /** @returns whether there is such a file. */
    async add(file, filter = (layer) => layer) {
      const found = await readJsonFile({ file, code: 'settings-invalid' })
      if (found === undefined) return false
      const parsed = parseSettings(found.value, file)
      const layer = filter(parsed.layer, (warning) => warnings.push(warning))
      const { limits, ...rest } = layer
      settings = { ...settings, ...rest, limits: { ...settings.limits, ...limits } }
      for (const key of Object.keys(rest)) origins.set(key, file)
      for (const key of Object.keys(limits)) origins.set(`limits.${key}`, file)
      warnings.push(...parsed.warnings)
      files.push(file)
      return true
    },
    finish: () => ({ settings, origins, warnings, files }),
  }
}

function dropChannels(file: string, paths: HostPaths): Filter {
  return ({ channels, ...layer }, warn) => {
    if (channels !== undefined && channels.length > 0)
      warn(
        `${file}: "channels" is ignored in a project's settings, so that a cloned repository cannot opt channels in. ` +
          `Put it in ${paths.settings}, or name the channels after --channels.`,
      )
    return layer
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((file) => realpath(file).catch(() => resolve(file))))
  return first === second
}
