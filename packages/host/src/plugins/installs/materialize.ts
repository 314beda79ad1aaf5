/** Makes a whole copy of a plugin in a staging folder, from wherever its marketplace says it is. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, realpath, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import { sanitizeLine } from '../../ui/sanitize.ts'
import { resolveInside } from '../folder.ts'
import { pluginFolder } from '../marketplace.ts'
import { type Address, checkRef, isLocal, parseGitAddress } from '../marketplaces/address.ts'
import { fetchInto } from '../marketplaces/fetch.ts'
import type { KnownMarketplace } from '../marketplaces/known.ts'
import { MANIFEST, type Plugin, readPlugin } from '../plugin.ts'
import type { PluginPorts } from '../plugin-ports.ts'
import { unwritable } from '../store/record-file.ts'
import type { AvailablePlugin } from './available.ts'
import { copyFolder } from './copy.ts'

export interface MaterializedPlugin {
  /** Where the copy is, in the staging folder. */
  readonly path: string
  readonly plugin: Plugin
  readonly version: string
  readonly digest: string
  readonly files: number
  readonly bytes: number
}

/** Of a manifest, as it is shown and recorded. */
const LONGEST_VERSION = 64

/** @param staging an empty folder. @throws BackchannelError where anything of it cannot be used */
export async function materialize(
  found: AvailablePlugin,
  staging: string,
  ports: PluginPorts,
): Promise<MaterializedPlugin> {
  const { listed, manifest, known } = found
  const { source } = listed
  const field = `${manifest.file}: ${listed.field}.source`
  if (source.kind === 'unsupported')
    throw new BackchannelError(
      'plugin-invalid',
      `${field}: plugins of the form "${source.form}" are not supported here.`,
      {
        hint: 'A folder of the marketplace ("./…"), "github", "url" and "git-subdir" are. Ask its author for one of these.',
      },
    )
  const fetched =
    source.kind === 'git' ? await fetchPlugin(source, field, known, join(staging, 'repository'), ports) : undefined
  const from = fetched?.folder ?? (await pluginFolder(manifest, listed))
  const step = `Copying ${found.name}`
  ports.progress(step)
  const path = join(staging, 'plugin')
  const copied = await copyFolder({
    from,
    to: path,
    signal: ports.signal,
    progress: (files) => ports.progress(step, `${files} files`),
  })
  const digest = await addManifest(path, found.listed.entry, copied.digest)
  const plugin = await readPlugin(await realpath(path), found.name)
  const revision = fetched?.commit ?? known.commit
  const version = plugin.version ?? listed.version ?? revision?.slice(0, 12) ?? digest.slice(0, 12)
  return { path, plugin, version: sanitizeLine(version, LONGEST_VERSION), ...copied, digest }
}

/** What an entry of a marketplace can say in place of a manifest. */
const COMPONENTS = ['mcpServers', 'channels', 'userConfig', 'hooks', 'skills', 'commands', 'agents']
const OF_THE_LIST = ['source', 'category', 'tags', 'strict', 'relevance']

/** A plugin without a manifest has its entry for one. @returns the digest of all of it */
async function addManifest(path: string, entry: Readonly<Record<string, unknown>>, digest: string): Promise<string> {
  const file = join(path, MANIFEST)
  if (!COMPONENTS.some((key) => Object.hasOwn(entry, key)) || existsSync(file)) return digest
  const manifest = Object.fromEntries(Object.entries(entry).filter(([key]) => !OF_THE_LIST.includes(key)))
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  } catch (cause) {
    throw unwritable(file, cause)
  }
  return createHash('sha256').update(digest).update(text).digest('hex')
}

type GitSource = Extract<AvailablePlugin['listed']['source'], { kind: 'git' }>

async function fetchPlugin(
  { repository, path, ref, commit }: GitSource,
  field: string,
  known: KnownMarketplace,
  into: string,
  ports: PluginPorts,
): Promise<{ readonly folder: string; readonly commit: string }> {
  const isShort = !repository.includes(':')
  const address: Address = isShort ? { source: { kind: 'github', repository } } : parseGitAddress(repository)
  if (isLocal(address.source) && !isLocal(known.source))
    throw new BackchannelError(
      'marketplace-refused',
      `${field} names a place on this machine, and its marketplace comes from elsewhere.`,
    )
  const wanted = commit ?? (ref === undefined ? undefined : checkRef(ref))
  await mkdir(into)
  const fetched = await fetchInto(into, { ...address, ...(wanted === undefined ? {} : { ref: wanted }) }, ports)
  if (commit !== undefined && fetched !== commit)
    throw new BackchannelError('fetch-failed', `${field}: the commit ${commit} was asked for, and ${fetched} came.`)
  const folder = await resolveInside(await realpath(into), path ?? '.', field)
  if (folder === undefined)
    throw new BackchannelError('plugin-invalid', `${field}: the repository has no folder ${path}.`)
  return { folder, commit: fetched }
}
