/** Finds the server behind `plugin:NAME@MARKETPLACE`: in the marketplace that comes with the command, or installed. */
import { BackchannelError, isEntry, nearest, type PluginEntry } from '@backchannel/protocol'
import type { ServerSpec } from '../mcp/config.ts'
import type { InstalledAt } from './installed-catalog.ts'
import { type Marketplace, pluginFolder, readMarketplace } from './marketplace.ts'
import { BUILTIN_MARKETPLACE } from './marketplaces/reserved-names.ts'
import type { MarketplaceSource } from './marketplaces/source.ts'
import { readPlugin } from './plugin.ts'
import { preparePlugin } from './prepare-plugin.ts'

export interface FoundPlugin {
  /** Ready to start: variables are filled in. */
  readonly server: ServerSpec
  readonly pluginName: string
  readonly serverName: string
  readonly version: string | undefined
  /** The plugin's folder, for `CLAUDE_PLUGIN_ROOT`. */
  readonly root: string
  /** What its program gets beside the variables of its server: `CLAUDE_PLUGIN_DATA`, its user's answers. */
  readonly variables: Readonly<Record<string, string>>
  readonly marketplace: { readonly name: string; readonly source: MarketplaceSource }
}

export interface CatalogEntry {
  readonly name: string
  readonly marketplace: string
}

export interface Catalog {
  /**
   * @throws BackchannelError `plugin-not-found`, saying what there is; `plugin-disabled`; `plugin-invalid`, naming file
   * and field; `plugin-option-invalid` where the user has still to answer.
   */
  find(entry: PluginEntry): Promise<FoundPlugin>
  /** What comes with the command, then what is installed and switched on. */
  list(): Promise<readonly CatalogEntry[]>
  /** Where the plugin that {@link find} found last under an entry's name comes from; `undefined` before. */
  source(entry: PluginEntry): MarketplaceSource | undefined
}

export interface CatalogOptions {
  /** The folder of the built-in marketplace. */
  readonly builtin: string
  /** `~/.backchannel/plugins`. Absent: nothing is installed. */
  readonly installed?: string
  /** The folder of the project, for `CLAUDE_PROJECT_DIR`. Default: the current one. */
  readonly cwd?: string
  /** For variables in the servers' command lines. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Reads the folders at each call, so that a rebuilt or updated plugin is seen by the next start. */
export function createCatalog({ builtin, installed, env, cwd = process.cwd() }: CatalogOptions): Catalog {
  const sources = new Map<string, MarketplaceSource>()
  const locate = async (entry: PluginEntry): Promise<InstalledAt> => {
    if (entry.marketplace === BUILTIN_MARKETPLACE) return await locateBuiltin(entry, builtin)
    if (installed === undefined) throw unknownMarketplace(entry, await readBuiltin(builtin), [])
    // Loaded where something is installed or looked for: most sessions have what comes with the command.
    const { addedNames, findInstalledPlugin } = await import('./installed-catalog.ts')
    const found = await findInstalledPlugin(entry, installed)
    if (found !== undefined) return found
    throw unknownMarketplace(entry, await readBuiltin(builtin), await addedNames(installed))
  }
  return {
    async find(entry) {
      const { root, source, ...rest } = await locate(entry)
      sources.set(key(entry), source)
      const plugin = await readPlugin(root, entry.name)
      const prepared = preparePlugin({ plugin, env, cwd, ...rest })
      return { ...prepared, version: plugin.version ?? rest.version, marketplace: { name: entry.marketplace, source } }
    },

    async list() {
      const { plugins } = await readBuiltin(builtin)
      const own = plugins.map(({ name }) => ({ name, marketplace: BUILTIN_MARKETPLACE }))
      if (installed === undefined) return own
      const { listInstalled } = await import('./installed-catalog.ts')
      return [...own, ...(await listInstalled(installed))]
    },

    source: (entry) => sources.get(key(entry)),
  }
}

function key({ name, marketplace }: PluginEntry): string {
  return `${name}@${marketplace}`
}

async function locateBuiltin(entry: PluginEntry, builtin: string): Promise<InstalledAt> {
  const marketplace = await readBuiltin(builtin)
  const listed = marketplace.plugins.find(({ name }) => name === entry.name)
  if (listed === undefined) throw unknownPlugin(entry, marketplace)
  return { root: await pluginFolder(marketplace, listed), source: { kind: 'builtin' }, version: listed.version }
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

function unknownMarketplace(entry: PluginEntry, builtin: Marketplace, added: readonly string[]): BackchannelError {
  const same = builtin.plugins.some(({ name }) => name === entry.name)
  return new BackchannelError(
    'plugin-not-found',
    `No marketplace "${entry.marketplace}" is known here, only the built-in "${BUILTIN_MARKETPLACE}"${added.map((name) => ` and "${name}"`).join('')}.`,
    { hint: same ? `Write plugin:${entry.name}@${BUILTIN_MARKETPLACE}.` : `${listAvailable(builtin)} ${ADD}` },
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

const ADD = 'To have others, add their marketplace: backchannel plugin marketplace add SOURCE.'
