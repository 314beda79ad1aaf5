/** The installed plugins as a session finds them: each in its version's folder, which stays while this process runs. */
import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { BackchannelError, nearest, type PluginEntry, renderEntry } from '@backchannel/protocol'
import type { CatalogEntry } from './catalog.ts'
import type { OptionValues } from './format/user-config.ts'
import { installedPlugins } from './installs/installed.ts'
import { knownMarketplaces } from './marketplaces/known.ts'
import type { MarketplaceSource } from './marketplaces/source.ts'
import { readOptions } from './options/values.ts'
import { markInUse } from './store/in-use.ts'
import { pluginFolders, pluginKey } from './store/layout.ts'
import { unwritable } from './store/record-file.ts'

export interface InstalledAt {
  /** Its folder, a real path. */
  readonly root: string
  readonly source: MarketplaceSource
  readonly version: string | undefined
  /** What its user has answered. Absent: nothing. */
  readonly values?: OptionValues
  /** What it keeps across its versions. Absent for a plugin that comes with the command. */
  readonly data?: string
}

/** How often a folder may be taken away by an update between reading where it is and saying that it is used. */
const TRIES = 3

/**
 * @param root `~/.backchannel/plugins`
 * @returns `undefined` where neither the plugin nor its marketplace is known
 * @throws BackchannelError `plugin-not-found` where the marketplace is, `plugin-disabled`
 */
export async function findInstalledPlugin(entry: PluginEntry, root: string): Promise<InstalledAt | undefined> {
  const folders = pluginFolders(root)
  const key = pluginKey(entry.name, entry.marketplace)
  for (let left = TRIES; ; left -= 1) {
    const records = await installedPlugins(folders.installedFile).read()
    const record = records.get(key)
    if (record === undefined) {
      await refuseKnown(entry, records.keys(), folders.marketplacesFile)
      return undefined
    }
    if (!record.enabled)
      throw new BackchannelError('plugin-disabled', `${renderEntry(entry)} is installed and switched off.`, {
        hint: `Switch it on: backchannel plugin enable ${key}, or /plugin enable ${key} in a session.`,
      })
    const folder = join(folders.installed, record.folder)
    const isThere = await markInUse(folders.inUse, folder)
    if (!isThere && left > 1) continue
    if (!isThere)
      throw new BackchannelError(
        'plugin-invalid',
        `${renderEntry(entry)} is installed, but its folder ${folder} is missing.`,
        {
          hint: `Install it again: backchannel plugin install ${key}`,
        },
      )
    const { source, version } = record
    const data = join(folders.data, key)
    await mkdir(data, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      throw unwritable(data, cause)
    })
    return {
      root: await realpath(folder),
      source,
      version,
      values: await readOptions(key, folders),
      data,
    }
  }
}

/** Those that are switched on and have something to start. @throws BackchannelError `state-invalid` */
export async function listInstalled(root: string): Promise<readonly CatalogEntry[]> {
  const records = await installedPlugins(pluginFolders(root).installedFile).read()
  return [...records.values()]
    .filter(({ enabled, hasServer }) => enabled && hasServer)
    .map(({ name, marketplace }) => ({ name, marketplace }))
}

/** The marketplaces that were added, by name. */
export async function addedNames(root: string): Promise<readonly string[]> {
  return [...(await knownMarketplaces(pluginFolders(root).marketplacesFile).read()).keys()]
}

async function refuseKnown(
  { name, marketplace }: PluginEntry,
  installed: Iterable<string>,
  file: string,
): Promise<void> {
  const key = pluginKey(name, marketplace)
  const meant = nearest(key, installed)
  if (meant !== undefined)
    throw new BackchannelError('plugin-not-found', `No plugin "${key}" is installed.`, {
      hint: `Did you mean plugin:${meant}?`,
    })
  if ((await knownMarketplaces(file).read()).has(marketplace))
    throw new BackchannelError('plugin-not-found', `No plugin "${key}" is installed.`, {
      hint: `Install it: backchannel plugin install ${key}, or /plugin install ${key} in a session.`,
    })
}
