/** Finds the server behind `plugin:NAME@MARKETPLACE` in the marketplaces known here. */
import { BackchannelError, isEntry, type PluginEntry } from '@backchannel/protocol'
import type { ServerSpec } from '../mcp/config.ts'
import { expandServer } from '../mcp/expand.ts'
import { nearest } from '../text/nearest.ts'
import { type ListedPlugin, type Marketplace, pluginFolder, readMarketplace } from './marketplace.ts'
import { channelServer, readPlugin } from './plugin.ts'

/** The name of the marketplace that comes with the command; no other may take it. */
export const BUILTIN_MARKETPLACE = 'backchannel'

/** Where a marketplace comes from: its identity, which a name alone is not. */
export type MarketplaceSource =
  | { readonly kind: 'builtin' }
  /** `owner/repository` on GitHub. */
  | { readonly kind: 'github'; readonly repository: string }
  | { readonly kind: 'git'; readonly url: string }
  | { readonly kind: 'folder'; readonly path: string }

export interface FoundPlugin {
  /** Ready to start: variables are filled in. */
  readonly server: ServerSpec
  readonly pluginName: string
  readonly serverName: string
  readonly version: string | undefined
  /** The plugin's folder, for `CLAUDE_PLUGIN_ROOT`. */
  readonly root: string
  readonly marketplace: { readonly name: string; readonly source: MarketplaceSource }
}

export interface Catalog {
  /**
   * @throws BackchannelError `plugin-not-found`, saying what there is; `plugin-invalid`, naming file and field.
   */
  find(entry: PluginEntry): Promise<FoundPlugin>
  /** What the marketplaces known here list. */
  list(): Promise<readonly (ListedPlugin & { readonly marketplace: string })[]>
  /** Where the marketplace of that name comes from; `undefined` if none is known. */
  source(marketplace: string): MarketplaceSource | undefined
}

export interface CatalogOptions {
  /** The folder of the built-in marketplace. */
  readonly builtin: string
  /** For variables in the servers' command lines. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Reads the folder at each call, so that a rebuilt plugin is seen by the next start. */
export function createCatalog({ builtin, env }: CatalogOptions): Catalog {
  return {
    async find(entry) {
      const marketplace = await readBuiltin(builtin)
      if (entry.marketplace !== BUILTIN_MARKETPLACE) throw unknownMarketplace(entry, marketplace)
      const listed = marketplace.plugins.find(({ name }) => name === entry.name)
      if (listed === undefined) throw unknownPlugin(entry, marketplace)
      const plugin = await readPlugin(await pluginFolder(marketplace, listed), listed.name)
      const { server, problems } = expandServer(channelServer(plugin), {
        variables: new Map([['CLAUDE_PLUGIN_ROOT', plugin.root]]),
        env,
      })
      const [problem] = problems
      if (problem !== undefined) throw new BackchannelError('plugin-invalid', problem.message)
      return {
        server,
        pluginName: plugin.name,
        serverName: server.name,
        version: plugin.version,
        root: plugin.root,
        marketplace: { name: BUILTIN_MARKETPLACE, source: { kind: 'builtin' } },
      }
    },

    async list() {
      const { plugins } = await readBuiltin(builtin)
      return plugins.map((plugin) => ({ ...plugin, marketplace: BUILTIN_MARKETPLACE }))
    },

    source: (marketplace) => (marketplace === BUILTIN_MARKETPLACE ? { kind: 'builtin' } : undefined),
  }
}

async function readBuiltin(folder: string): Promise<Marketplace> {
  const marketplace = await readMarketplace(folder).catch((error: unknown) => {
    if (!BackchannelError.is(error) || error.hint !== undefined) throw error
    throw new BackchannelError(error.code, `The built-in marketplace cannot be used. ${error.message}`, {
      hint: 'In a checkout of the repository, build it first: npm run build. Otherwise install the command again.',
      cause: error,
    })
  })
  if (marketplace.name === BUILTIN_MARKETPLACE) return marketplace
  throw new BackchannelError(
    'plugin-invalid',
    `${marketplace.file}: name must be "${BUILTIN_MARKETPLACE}" for the built-in marketplace, got "${marketplace.name}".`,
    { hint: 'Install the command again.' },
  )
}

function unknownMarketplace(entry: PluginEntry, builtin: Marketplace): BackchannelError {
  const same = builtin.plugins.some(({ name }) => name === entry.name)
  return new BackchannelError(
    'plugin-not-found',
    `No marketplace "${entry.marketplace}" is known here, only the built-in "${BUILTIN_MARKETPLACE}".`,
    { hint: same ? `Write plugin:${entry.name}@${BUILTIN_MARKETPLACE}.` : listAvailable(builtin) },
  )
}

function unknownPlugin(entry: PluginEntry, marketplace: Marketplace): BackchannelError {
  const broken = marketplace.problems.find(({ plugin }) => plugin === entry.name)
  if (broken !== undefined) return broken.error
  const meant = nearest(
    entry.name,
    marketplace.plugins.map(({ name }) => name),
  )
  const suggestion = meant === undefined ? '' : `Did you mean plugin:${meant}@${marketplace.name}? `
  return new BackchannelError(
    'plugin-not-found',
    `The marketplace "${marketplace.name}" has no plugin "${entry.name}".`,
    { hint: suggestion + listAvailable(marketplace) },
  )
}

function listAvailable({ name, plugins }: Marketplace): string {
  if (plugins.length === 0) return `"${name}" lists no plugins.`
  const entries = plugins.map((plugin) => `plugin:${plugin.name}@${name}`).filter(isEntry)
  return `Available: ${entries.join(', ')}.`
}
