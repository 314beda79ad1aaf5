/** A name that says where a marketplace comes from proves nothing, so it is bound to that place. */
import { expect, test } from 'vitest'
import { checkMarketplaceName } from './reserved-names.ts'
import type { MarketplaceSource } from './source.ts'

const OFFICIAL: MarketplaceSource = { kind: 'github', repository: 'anthropics/claude-plugins-official' }
const VENDOR: MarketplaceSource = { kind: 'git', url: 'https://github.com/Anthropics/skills.git' }
const OTHER: MarketplaceSource = { kind: 'github', repository: 'evil/claude-plugins-official' }
const LOOKALIKE: MarketplaceSource = { kind: 'git', url: 'https://github.com.evil.org/anthropics/x' }
const FOLDER: MarketplaceSource = { kind: 'folder', path: '/x/anthropics/claude-plugins-official' }

test.each<[string, MarketplaceSource]>([
  ['acme', OTHER],
  ['acme-plugins', FOLDER],
  ['claude-plugins-official', OFFICIAL],
  ['agent-skills', VENDOR],
  ['backchannel', { kind: 'builtin' }],
  ['my-claude-plugins', OTHER],
])('%s may be used for %j', (name, source) => {
  expect(() => checkMarketplaceName(name, source)).not.toThrow()
})

test.each<[string, MarketplaceSource, string]>([
  ['backchannel', FOLDER, 'comes with the command'],
  ['Backchannel', OFFICIAL, 'comes with the command'],
  ['back-channel', OTHER, 'comes with the command'],
  ['backchanne1', OTHER, 'comes with the command'],
  ['claude-plugins-official', OTHER, 'kept for marketplaces of github.com/anthropics'],
  ['claude-plugins-official', FOLDER, 'kept for'],
  ['claude-plugins-official', LOOKALIKE, 'kept for'],
  ['Claude_Plugins.Official', OTHER, 'kept for'],
  ['claude-p1ugins-0fficial', OTHER, 'kept for'],
  ['official-claude-plugins', OTHER, 'kept for'],
  ['anthropic-tools-v2', OTHER, 'kept for'],
  ['agent-skills', OTHER, 'kept for'],
  ['npm', OTHER, 'a word with a meaning of its own'],
  ['GitHub', OTHER, 'a word with a meaning of its own'],
  ['claudeai-x', OTHER, 'a word with a meaning of its own'],
  ['../x', OTHER, 'letters, digits'],
  ['x'.repeat(65), OTHER, 'letters, digits'],
])('%s is refused for %j', (name, source, why) => {
  expect(() => checkMarketplaceName(name, source)).toThrow(why)
  expect(() => checkMarketplaceName(name, source)).toThrow(expect.objectContaining({ code: 'marketplace-refused' }))
})
