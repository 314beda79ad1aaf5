/** `marketplace add`, `update` and `remove`: a name belongs to the place it was first added from. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { BackchannelError, nearest } from '@backchannel/protocol'
import { installedPlugins } from '../installs/installed.ts'
import type { PluginPorts } from '../plugin-ports.ts'
import { withLock } from '../store/lock.ts'
import { putInPlace } from '../store/staging.ts'
import { sweep } from '../store/sweep.ts'
import { type Address, parseAddress } from './address.ts'
import { type FetchedMarketplace, fetchMarketplace } from './fetch.ts'
import { type KnownMarketplace, knownMarketplaces } from './known.ts'
import { BUILTIN_MARKETPLACE, checkMarketplaceName } from './reserved-names.ts'
import { renderSource, sourceIdentity } from './source.ts'

export interface AddOptions {
  /** The operator's own name for it. Default: the one in its manifest. */
  readonly name?: string
  /** Confirms that a name may change its source. Default false. */
  readonly replace?: boolean
}

export interface Added {
  readonly name: string
  readonly known: KnownMarketplace
  readonly plugins: number
  /** True where it was known before, from the same source. */
  readonly again: boolean
}

/** @throws BackchannelError `marketplace-refused`, `fetch-failed`, `plugin-invalid` … ; then nothing has changed */
export async function addMarketplace(text: string, options: AddOptions, ports: PluginPorts): Promise<Added> {
  const address = parseAddress(text, ports.cwd, isFolder)
  // Before anything is fetched: a name that can't be used is no reason to contact anyone.
  if (options.name !== undefined) checkMarketplaceName(options.name, address.source)
  const fetched = await fetchMarketplace(address, ports)
  await using _staging = fetched.staging
  const name = options.name ?? fetched.marketplace.name
  checkMarketplaceName(name, fetched.source)
  return await withLock(ports.folders.lock, ports.signal, async () => {
    const records = await knownMarketplaces(ports.folders.marketplacesFile).read()
    const before = records.get(name)
    const isSame = before !== undefined && sourceIdentity(before.source) === sourceIdentity(fetched.source)
    if (before !== undefined && !isSame && !options.replace) throw changedSource(name, before, fetched)
    const known = await keep(name, address, fetched, ports)
    return { name, known, plugins: fetched.marketplace.plugins.length, again: isSame }
  })
}

/** @returns what it was at before, and is at now. @throws BackchannelError; then the old revision stands */
export async function updateMarketplace(
  name: string,
  ports: PluginPorts,
): Promise<{ readonly before: KnownMarketplace; readonly known: KnownMarketplace }> {
  const before = await findKnown(name, ports)
  const { source, ref, credentials } = before
  const address = {
    source,
    ...(ref === undefined ? {} : { ref }),
    ...(credentials === undefined ? {} : { credentials }),
  }
  const fetched = await fetchMarketplace(address, ports)
  await using _staging = fetched.staging
  if (fetched.marketplace.name !== before.declared)
    throw new BackchannelError(
      'marketplace-refused',
      `${renderSource(source)} now calls itself "${fetched.marketplace.name}", and was added as "${before.declared}".`,
      { hint: `If that is right, remove it and add it again: backchannel plugin marketplace remove ${name}.` },
    )
  return await withLock(ports.folders.lock, ports.signal, async () => {
    const now = (await knownMarketplaces(ports.folders.marketplacesFile).read()).get(name)
    if (now === undefined || sourceIdentity(now.source) !== sourceIdentity(source)) throw changedMeanwhile(name)
    return { before, known: await keep(name, address, fetched, ports) }
  })
}

/** @throws BackchannelError `marketplace-not-found`; `marketplace-refused` while plugins of it are installed */
export async function removeMarketplace(name: string, ports: PluginPorts): Promise<KnownMarketplace> {
  return await withLock(ports.folders.lock, ports.signal, async () => {
    const known = await findKnown(name, ports)
    const plugins = await installedPlugins(ports.folders.installedFile).read()
    const left = [...plugins.values()].filter(({ marketplace }) => marketplace === name).map((plugin) => plugin.name)
    if (left.length > 0)
      throw new BackchannelError(
        'marketplace-refused',
        `"${name}" cannot be removed while its plugins are installed: ${left.join(', ')}.`,
        {
          hint: `Uninstall them first: backchannel plugin uninstall ${left[0]}@${name}.`,
        },
      )
    const file = knownMarketplaces(ports.folders.marketplacesFile)
    await file.write(new Map([...(await file.read())].filter(([key]) => key !== name)))
    await sweep(ports.folders)
    return known
  })
}

/** @throws BackchannelError `marketplace-not-found`, with the name that was probably meant */
export async function findKnown(name: string, { folders }: Pick<PluginPorts, 'folders'>): Promise<KnownMarketplace> {
  const records = await knownMarketplaces(folders.marketplacesFile).read()
  const known = records.get(name)
  if (known !== undefined) return known
  const meant = nearest(name, records.keys())
  const own = name === BUILTIN_MARKETPLACE ? ' It comes with the command and changes with it.' : ''
  throw new BackchannelError('marketplace-not-found', `No marketplace "${name}" was added here.${own}`, {
    hint: meant === undefined ? 'Add it: backchannel plugin marketplace add SOURCE.' : `Did you mean ${meant}?`,
  })
}

/** Under the lock: gives what was fetched its place, then points the record at it. */
async function keep(
  name: string,
  { ref, credentials }: Address,
  { marketplace, source, commit, staging }: FetchedMarketplace,
  { folders }: PluginPorts,
): Promise<KnownMarketplace> {
  const known: KnownMarketplace = {
    source,
    declared: marketplace.name,
    ...(ref === undefined ? {} : { ref }),
    ...(commit === undefined ? {} : { commit }),
    ...(credentials === undefined ? {} : { credentials }),
    updatedAt: new Date().toISOString(),
  }
  if (staging !== undefined && commit !== undefined)
    await putInPlace(staging.path, join(folders.marketplaces, name, commit))
  const file = knownMarketplaces(folders.marketplacesFile)
  await file.write(new Map([...(await file.read()), [name, known]]))
  await sweep(folders)
  return known
}

function changedSource(name: string, before: KnownMarketplace, { source }: FetchedMarketplace): BackchannelError {
  return new BackchannelError(
    'marketplace-refused',
    `The name "${name}" belongs to ${renderSource(before.source)}, and this one comes from ${renderSource(source)}.`,
    { hint: 'If it has really moved, repeat the command with --replace. To have both, add --name NAME.' },
  )
}

function changedMeanwhile(name: string): BackchannelError {
  return new BackchannelError('marketplace-refused', `"${name}" was changed by another process meanwhile.`, {
    hint: 'Look at it with backchannel plugin marketplace list, and repeat the command if it is still wanted.',
  })
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
