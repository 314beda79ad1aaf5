/** Every plugin of every marketplace that is known here. */
import { renderError } from '@backchannel/protocol'
import { type ListedPlugin, type Marketplace, readMarketplace } from '../marketplace.ts'
import { marketplaceFolder } from '../marketplaces/fetch.ts'
import { type KnownMarketplace, knownMarketplaces } from '../marketplaces/known.ts'
import type { PluginPorts } from '../plugin-ports.ts'
import { markInUse } from '../store/in-use.ts'

export interface AvailablePlugin {
  readonly name: string
  readonly marketplace: string
  readonly listed: ListedPlugin
  readonly manifest: Marketplace
  readonly known: KnownMarketplace
}

export interface Available {
  readonly plugins: readonly AvailablePlugin[]
  /** Why a marketplace, or an entry of one, cannot be used. */
  readonly problems: readonly { readonly marketplace: string; readonly message: string }[]
}

/** @param only one marketplace by its name. Default: all */
export async function availablePlugins(ports: Pick<PluginPorts, 'folders'>, only?: string): Promise<Available> {
  const records = await knownMarketplaces(ports.folders.marketplacesFile).read()
  const plugins: AvailablePlugin[] = []
  const problems: { marketplace: string; message: string }[] = []
  for (const [marketplace, known] of records) {
    if (only !== undefined && marketplace !== only) continue
    try {
      const manifest = await openMarketplace(marketplace, known, ports)
      plugins.push(...manifest.plugins.map((listed) => ({ name: listed.name, marketplace, listed, manifest, known })))
      problems.push(...manifest.problems.map(({ error }) => ({ marketplace, message: renderError(error) })))
    } catch (thrown) {
      problems.push({ marketplace, message: renderError(thrown) })
    }
  }
  return { plugins, problems }
}

/** Reads it where it lies; a fetched revision stays there for as long as this process lives. */
export async function openMarketplace(
  name: string,
  known: KnownMarketplace,
  ports: Pick<PluginPorts, 'folders'>,
): Promise<Marketplace> {
  const folder = marketplaceFolder(name, known, ports)
  if (known.source.kind !== 'folder') await markInUse(ports.folders.inUse, folder)
  return await readMarketplace(folder)
}
