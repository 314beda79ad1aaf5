/** The allowlist goes by where a marketplace comes from: a name proves nothing. */
import { parseEntry } from '@backchannel/protocol'
import { expect, test } from 'vitest'
import type { MarketplaceSource } from '../plugins/marketplaces/source.ts'
import { createAllowlist } from './allowlist.ts'

const OFFICIAL = 'claude-plugins-official'
const git = (url: string): MarketplaceSource => ({ kind: 'git', url })
const github = (repository: string): MarketplaceSource => ({ kind: 'github', repository })

const rows: [entry: string, source: MarketplaceSource | undefined, allowed: boolean][] = [
  ['plugin:anything@backchannel', { kind: 'builtin' }, true],
  ['plugin:telegram@backchannel#work', { kind: 'builtin' }, true],
  ['plugin:fakechat@backchannel', { kind: 'folder', path: '/copy' }, false],
  ['plugin:fakechat@backchannel', undefined, false],
  [`plugin:telegram@${OFFICIAL}`, github('anthropics/claude-plugins-official'), true],
  [`plugin:discord@${OFFICIAL}#work`, github('Anthropics/Claude-Plugins-Official'), true],
  [`plugin:imessage@${OFFICIAL}`, git('https://github.com/anthropics/claude-plugins-official.git'), true],
  [`plugin:fakechat@${OFFICIAL}`, git('git@github.com:anthropics/claude-plugins-official.git'), true],
  [`plugin:fakechat@${OFFICIAL}`, git('ssh://git@github.com/anthropics/claude-plugins-official'), true],
  [`plugin:fakechat@${OFFICIAL}`, git('https://github.com/anthropics/claude-plugins-official/'), true],
  [`plugin:slack@${OFFICIAL}`, github('anthropics/claude-plugins-official'), false],
  [`plugin:telegram@${OFFICIAL}`, github('evil/claude-plugins-official'), false],
  [`plugin:telegram@${OFFICIAL}`, { kind: 'folder', path: '/x/anthropics/claude-plugins-official' }, false],
  [`plugin:telegram@${OFFICIAL}`, git('https://github.com.evil.org/anthropics/claude-plugins-official'), false],
  [`plugin:telegram@${OFFICIAL}`, git('https://evil.org/github.com/anthropics/claude-plugins-official'), false],
  [`plugin:telegram@${OFFICIAL}`, git('https://github.com/anthropics/claude-plugins-official/../../evil/x'), false],
  [`plugin:telegram@${OFFICIAL}`, git('http://github.com/anthropics/claude-plugins-official'), false],
  [`plugin:telegram@${OFFICIAL}`, undefined, false],
  ['plugin:telegram@other', github('anthropics/claude-plugins-official'), false],
  ['server:backchannel', { kind: 'builtin' }, false],
]

test.each(rows)('%s from %j: %s', (text, source, allowed) => {
  expect(createAllowlist(() => source)(parseEntry(text))).toBe(allowed)
})

test('what the user has added counts from the source that it was added for', () => {
  const added = [{ plugin: 'chat', marketplace: 'acme', source: github('acme/plugins') }]
  const allows = (text: string, source: MarketplaceSource) => createAllowlist(() => source, added)(parseEntry(text))
  expect(allows('plugin:chat@acme', github('Acme/Plugins'))).toBe(true)
  expect(allows('plugin:chat@acme#work', git('https://github.com/acme/plugins.git'))).toBe(true)
  expect(allows('plugin:chat@acme', github('evil/plugins'))).toBe(false)
  expect(allows('plugin:chat@acme', { kind: 'folder', path: '/acme/plugins' })).toBe(false)
  expect(allows('plugin:more@acme', github('acme/plugins'))).toBe(false)
  expect(allows('plugin:chat@other', github('acme/plugins'))).toBe(false)
})
