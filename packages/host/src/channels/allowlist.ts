/** The effective allowlist of contract 4: by where a marketplace comes from, never by its name alone. */
import type { Entry, PluginEntry } from '@backchannel/protocol'
import { type MarketplaceSource, sourceIdentity } from '../plugins/marketplaces/source.ts'

const OFFICIAL_MARKETPLACE = 'claude-plugins-official'
const OFFICIAL_SOURCE = 'github:anthropics/claude-plugins-official'
const OFFICIAL_PLUGINS: ReadonlySet<string> = new Set(['telegram', 'discord', 'imessage', 'fakechat'])

/** A plugin that the user lets push events, and the source that its marketplace had then. */
export interface AllowedChannel {
  readonly plugin: string
  readonly marketplace: string
  readonly source: MarketplaceSource
}

/** Where the plugin behind an entry comes from; `undefined` if it is not known. */
export type SourceOf = (entry: PluginEntry) => MarketplaceSource | undefined

/**
 * Everything in the built-in marketplace, the four official channels where their marketplace is that repository, and
 * what the user has added, from the source it was added for.
 */
export function createAllowlist(source: SourceOf, added: readonly AllowedChannel[] = []): (entry: Entry) => boolean {
  return (entry) => {
    if (entry.kind === 'server') return false
    const from = source(entry)
    if (from === undefined) return false
    if (from.kind === 'builtin') return true
    const identity = sourceIdentity(from)
    if (entry.marketplace === OFFICIAL_MARKETPLACE && OFFICIAL_PLUGINS.has(entry.name) && identity === OFFICIAL_SOURCE)
      return true
    return added.some(
      ({ plugin, marketplace, source: allowed }) =>
        plugin === entry.name && marketplace === entry.marketplace && sourceIdentity(allowed) === identity,
    )
  }
}
