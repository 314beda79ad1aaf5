/** The default allowlist of contract 4: by where a marketplace comes from, never by its name alone. */
import type { Entry } from '@backchannel/protocol'
import type { MarketplaceSource } from '../plugins/catalog.ts'

const OFFICIAL_MARKETPLACE = 'claude-plugins-official'
const OFFICIAL_REPOSITORY = 'anthropics/claude-plugins-official'
const OFFICIAL_PLUGINS: ReadonlySet<string> = new Set(['telegram', 'discord', 'imessage', 'fakechat'])

/**
 * Everything in the built-in marketplace, and the four official channels where their marketplace is that repository.
 * @param source where the marketplace of a name comes from; `undefined` if none is known.
 */
export function createDefaultAllowlist(
  source: (marketplace: string) => MarketplaceSource | undefined,
): (entry: Entry) => boolean {
  return (entry) => {
    if (entry.kind === 'server') return false
    const from = source(entry.marketplace)
    if (from?.kind === 'builtin') return true
    return entry.marketplace === OFFICIAL_MARKETPLACE && OFFICIAL_PLUGINS.has(entry.name) && isOfficial(from)
  }
}

function isOfficial(from: MarketplaceSource | undefined): boolean {
  if (from?.kind === 'github') return from.repository.toLowerCase() === OFFICIAL_REPOSITORY
  if (from?.kind !== 'git') return false
  const repository = /^(?:https:\/\/github\.com\/|(?:ssh:\/\/)?git@github\.com[:/])(.+?)(?:\.git)?\/?$/i.exec(from.url)
  return repository?.[1]?.toLowerCase() === OFFICIAL_REPOSITORY
}
