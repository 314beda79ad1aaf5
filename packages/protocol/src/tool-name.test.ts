/** Names the agent sees (contract 3): tools as in Claude Code, and one source for each entry of a session. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Entry, parseEntry } from './entry.ts'
import { renderToolName, sourceName, toolPrefix } from './tool-name.ts'

describe('a tool', () => {
  it.each([
    ['server:webhook', 'webhook', 'reply', 'mcp__webhook__reply'],
    ['server:my-server_2', 'my-server_2', 'edit_message', 'mcp__my-server_2__edit_message'],
    ['server:a.b c'.replace(' ', '/'), 'x', 'reply', 'mcp__a_b_c__reply'],
    ['server:größe', 'größe', 'reply', 'mcp__gr__e__reply'],
    ['plugin:fakechat@backchannel', 'fakechat', 'reply', 'mcp__plugin_fakechat_fakechat__reply'],
    ['plugin:telegram@backchannel', 'bot', 'react', 'mcp__plugin_telegram_bot__react'],
    ['plugin:telegram@backchannel#work', 'telegram', 'reply', 'mcp__plugin_telegram_work__reply'],
    ['plugin:my.plugin@x', 'my.server', 'reply', 'mcp__plugin_my_plugin_my_server__reply'],
  ])('of %s (server %s) called %s is %s', (text, server, tool, expected) => {
    const entry = parseEntry(text)
    expect(renderToolName({ entry, server }, tool)).toBe(expected)
    expect(toolPrefix({ entry, server })).toBe(expected.slice(0, -tool.length))
  })

  it('has no character in its name that a model API refuses or a person cannot see', () => {
    const server = { entry: parseEntry('server:x'), server: 'x' }
    expect(renderToolName(server, 'a.b c')).toBe('mcp__x__a_b_c')
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (tool) =>
        /^mcp__x__[A-Za-z0-9_-]+$/.test(renderToolName(server, tool)),
      ),
    )
  })
})

describe('a source', () => {
  const session = (...entries: string[]) => entries.map(parseEntry)

  it.each([
    ['plugin:telegram@backchannel', [], 'telegram'],
    ['plugin:telegram@claude-plugins-official', [], 'telegram'],
    ['plugin:telegram@backchannel#work', [], 'telegram#work'],
    ['server:webhook', [], 'webhook'],
    ['server:webhook', ['plugin:fakechat@backchannel', 'server:other'], 'webhook'],
    ['server:telegram', ['plugin:telegram@backchannel'], 'server:telegram'],
    ['plugin:telegram@backchannel', ['server:telegram'], 'telegram'],
    ['server:telegram#work', ['plugin:telegram@backchannel#work'], 'server:telegram#work'],
    ['server:telegram#work', ['plugin:telegram@backchannel'], 'telegram#work'],
    ['server:telegram', ['plugin:telegram@backchannel#work'], 'telegram'],
    ['server:webhook', ['server:webhook'], 'webhook'],
    ['server:Telegram', ['plugin:telegram@backchannel'], 'Telegram'],
    ['server:server:telegram', ['plugin:telegram@backchannel', 'server:telegram'], 'server:server:telegram'],
    ['server:server:telegram', [], 'server:telegram'],
  ])('of %s beside %j is %s', (text, others, expected) => {
    const entry = parseEntry(text)
    expect(sourceName(entry, session(...others))).toBe(expected)
    expect(sourceName(entry, [entry, ...session(...others)])).toBe(expected)
  })

  it('is never the same for two servers, or for a server and a plugin', () => {
    const name = fc.constantFrom(
      'telegram',
      'telegram#work',
      'server:telegram',
      'server:server:telegram',
      'x',
      'server:x',
    )
    const server = name.map((one): Entry => ({ kind: 'server', name: one }))
    const plugin = fc
      .constantFrom('plugin:telegram@m', 'plugin:telegram@m#work', 'plugin:x@m')
      .map((text) => parseEntry(text))
    const entries = fc.uniqueArray(fc.oneof(server, plugin), {
      selector: (entry) => JSON.stringify(entry),
      maxLength: 8,
    })
    fc.assert(
      fc.property(entries, (all) => {
        const sources = all.map((entry) => sourceName(entry, all))
        expect(new Set(sources).size).toBe(all.length)
      }),
      { seed: 20_261_122, numRuns: 2000 },
    )
  })
})
