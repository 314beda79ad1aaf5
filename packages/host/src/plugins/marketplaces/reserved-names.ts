/** Names that say where a marketplace comes from, and may be used only if it does come from there (contract 4). */
import { BackchannelError, isEntry } from '@backchannel/protocol'
import { quote } from '../../text/quote.ts'
import { type MarketplaceSource, renderSource, sourceIdentity } from './source.ts'

/** The name of the marketplace that comes with the command. */
export const BUILTIN_MARKETPLACE = 'backchannel'

/** Taken by Claude Code's vendor for marketplaces in its own organisation on GitHub. */
const VENDOR_OWNER = 'anthropics'
const VENDOR_NAMES = [
  ...['claude-plugins-official', 'claude-code-marketplace', 'claude-code-plugins', 'claude-community'],
  ...['claude-plugins-community', 'claude-plugin-directory', 'claude-tag-plugins', 'claude-for-legal'],
  ...['claude-for-financial-services', 'financial-services-plugins', 'first-party-plugins', 'healthcare'],
  ...['anthropic-marketplace', 'anthropic-plugins', 'anthropic-agent-skills', 'anthropic-plugin-directory'],
  ...['agent-skills', 'life-sciences', 'knowledge-work-plugins'],
]
/** Words with a meaning of their own to Claude Code, which no marketplace has as its name. */
const WORDS = ['inline', 'builtin', 'skills-dir', 'synced', 'claude-plugin-test', 'npm', 'pip', 'uv', 'cargo']
const MORE_WORDS = ['github', 'gh']
const LONGEST = 64

/** @throws BackchannelError `marketplace-refused`, saying whose name it is */
export function checkMarketplaceName(name: string, source: MarketplaceSource): void {
  const refuse = (why: string) =>
    new BackchannelError(
      'marketplace-refused',
      `The name ${quote(name)} cannot be used for ${renderSource(source)}: ${why}.`,
      {
        hint: 'To use this marketplace anyway, give it a name of your own: --name NAME.',
      },
    )
  if (name.length > LONGEST || !isEntry(`plugin:x@${name}`))
    throw refuse(`a name is 1 to ${LONGEST} letters, digits, "-", "_" and "."`)
  const folded = fold(name)
  if (folded === fold(BUILTIN_MARKETPLACE) && source.kind !== 'builtin')
    throw refuse('it belongs to the marketplace that comes with the command')
  if ([...WORDS, ...MORE_WORDS].some((word) => fold(word) === folded) || folded.startsWith('claudeai'))
    throw refuse('it is a word with a meaning of its own')
  const isVendors = VENDOR_NAMES.some((reserved) => fold(reserved) === folded)
  const pretends =
    folded.startsWith('anthropic') || (folded.includes('official') && /claude|anthropic|backchannel/.test(folded))
  if ((isVendors || pretends) && !sourceIdentity(source).startsWith(`github:${VENDOR_OWNER}/`))
    throw refuse(`it is kept for marketplaces of github.com/${VENDOR_OWNER}`)
}

/** What a reader takes for the same name: letter case, separators and digits that look like letters make no difference. */
function fold(name: string): string {
  return name.toLowerCase().replace(/[-_.]/g, '').replaceAll('0', 'o').replaceAll('1', 'l')
}
