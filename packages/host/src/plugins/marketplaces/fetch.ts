/** Brings a marketplace to this machine: a folder is read where it is, a repository is fetched into a folder of its own. */
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import { errorCode } from '../../json/read.ts'
import { type Marketplace, readMarketplace } from '../marketplace.ts'
import type { PluginPorts } from '../plugin-ports.ts'
import { createStaging, type Staging } from '../store/staging.ts'
import { type Address, gitUrl } from './address.ts'
import { fetchRepository } from './git.ts'
import type { KnownMarketplace } from './known.ts'
import { renderSource } from './source.ts'

export interface FetchedMarketplace {
  readonly marketplace: Marketplace
  readonly source: Address['source']
  /** Of a repository. */
  readonly commit?: string
  /** Of a repository: where it lies until it gets its place. */
  readonly staging?: Staging
}

/** @throws BackchannelError `fetch-failed`, `plugin-invalid`, `plugin-too-large` */
export async function fetchMarketplace(address: Address, ports: PluginPorts): Promise<FetchedMarketplace> {
  const { source } = address
  if (source.kind === 'folder') {
    const path = await realpath(source.path).catch((cause: unknown) => {
      throw new BackchannelError('plugin-invalid', `The folder ${source.path} cannot be read (${errorCode(cause)}).`)
    })
    return { marketplace: await readMarketplace(path), source: { kind: 'folder', path } }
  }
  const staging = await createStaging(ports.folders.staging)
  try {
    const commit = await fetchInto(staging.path, address, ports)
    return { marketplace: await readMarketplace(staging.path), source, commit, staging }
  } catch (thrown) {
    await staging[Symbol.asyncDispose]()
    throw thrown
  }
}

/** Fetches a repository into an empty folder. @returns the commit */
export async function fetchInto(into: string, address: Address, ports: PluginPorts): Promise<string> {
  const { source, ref, credentials } = address
  const step = `Fetching ${renderSource(source)}`
  ports.progress(step)
  return await fetchRepository({
    url: gitUrl(source),
    ...(ref === undefined ? {} : { ref }),
    ...(credentials === undefined ? {} : { credentials }),
    into,
    env: ports.env,
    signal: ports.signal,
    progress: (detail) => ports.progress(step, detail),
  })
}

/** Where a known marketplace lies. */
export function marketplaceFolder(
  name: string,
  known: KnownMarketplace,
  { folders }: Pick<PluginPorts, 'folders'>,
): string {
  if (known.source.kind === 'folder') return known.source.path
  return join(folders.marketplaces, name, known.commit ?? 'unknown')
}
