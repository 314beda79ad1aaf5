/** Removes what no record names and no running session uses: old versions, and what a killed process left behind. */
import { readdir, rm, rmdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { installedPlugins } from '../installs/installed.ts'
import { knownMarketplaces } from '../marketplaces/known.ts'
import { foldersInUse } from './in-use.ts'
import type { PluginFolders } from './layout.ts'
import { clearStaging, discard } from './staging.ts'

/** Under the lock. A record that cannot be read keeps everything. */
export async function sweep(folders: PluginFolders): Promise<void> {
  const plugins = await installedPlugins(folders.installedFile).read()
  const marketplaces = await knownMarketplaces(folders.marketplacesFile).read()
  const used = await foldersInUse(folders.inUse)
  const kept = new Set([
    ...used,
    ...[...plugins.values()].map(({ folder }) => resolve(folders.installed, folder)),
    ...[...marketplaces].map(([name, { commit }]) => resolve(folders.marketplaces, name, commit ?? '.')),
  ])
  await clearStaging(folders.staging)
  await clearTemporary(folders.root)
  await removeBelow(folders.marketplaces, 2, kept, folders.staging)
  await removeBelow(folders.installed, 3, kept, folders.staging)
}

/** Files that were being written when their process was killed: `installed.json.12345`. */
async function clearTemporary(root: string): Promise<void> {
  for (const name of await readdir(root).catch(() => []))
    if (/\.json\.\d+$/.test(name)) await rm(join(root, name), { force: true })
}

/** Removes the folders `depth` levels down that are not kept, and then what has become empty above them. */
async function removeBelow(folder: string, depth: number, kept: ReadonlySet<string>, staging: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    if (depth > 1) {
      await removeBelow(path, depth - 1, kept, staging)
      await rmdir(path).catch(() => {})
    } else if (!kept.has(path)) {
      await discard(path, staging)
    }
  }
}
