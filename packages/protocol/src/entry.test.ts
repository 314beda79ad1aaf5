/** The grammar of a channel entry (contract 4): which texts are entries, what they mean, and which are prompts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Entry, entryName, isEntry, parseEntry, renderEntry } from './entry.ts'
import { BackchannelError } from './errors.ts'

describe('entries', () => {
  it.each<[string, Entry, string]>([
    ['plugin:fakechat@backchannel', { kind: 'plugin', name: 'fakechat', marketplace: 'backchannel' }, 'fakechat'],
    [
      'plugin:telegram@claude-plugins-official',
      { kind: 'plugin', name: 'telegram', marketplace: 'claude-plugins-official' },
      'telegram',
    ],
    [
      'plugin:telegram@backchannel#work',
      { kind: 'plugin', name: 'telegram', marketplace: 'backchannel', instance: 'work' },
      'telegram#work',
    ],
    [
      'plugin:My.Plugin_2@acme.io#a-1_b',
      { kind: 'plugin', name: 'My.Plugin_2', marketplace: 'acme.io', instance: 'a-1_b' },
      'My.Plugin_2#a-1_b',
    ],
    ['server:webhook', { kind: 'server', name: 'webhook' }, 'webhook'],
    ['server:my.server-2_x', { kind: 'server', name: 'my.server-2_x' }, 'my.server-2_x'],
    ['server:@scope/server', { kind: 'server', name: '@scope/server' }, '@scope/server'],
    ['server:telegram#work', { kind: 'server', name: 'telegram#work' }, 'telegram#work'],
    ['server:server:x', { kind: 'server', name: 'server:x' }, 'server:x'],
    ['server:plugin:x@y', { kind: 'server', name: 'plugin:x@y' }, 'plugin:x@y'],
    ['server:größe', { kind: 'server', name: 'größe' }, 'größe'],
  ])('%s is read, named and written back', (text, entry, name) => {
    expect(isEntry(text)).toBe(true)
    expect(parseEntry(text)).toEqual(entry)
    expect(entryName(entry)).toBe(name)
    expect(renderEntry(entry)).toBe(text)
  })

  it.each([
    '',
    'fakechat',
    'plugin:',
    'plugin:fakechat',
    'plugin:fakechat@',
    'plugin:@backchannel',
    'plugin:fakechat@backchannel#',
    'plugin:fakechat@backchannel#a.b',
    'plugin:fakechat@backchannel#-a',
    'plugin:fakechat@backchannel@other',
    'plugin:-x@y',
    'plugin:.x@y',
    'plugin:_x@y',
    'plugin:../x@y',
    'plugin:a/b@c',
    'plugin:x@y z',
    'plugin:x @y',
    ' plugin:x@y',
    'plugin:x@y ',
    'plugin:x@y\n',
    'Plugin:x@y',
    'PLUGIN:x@y',
    'plugin: x@y',
    'plugin:x@y why is this failing?',
    'server:',
    'server: webhook',
    'server:web hook',
    'server:webhook\n',
    'server:webhook is down, please look',
    'server:\u00a0x',
    'server:x\u0000',
    'server:x\u001b[2J',
    'server:"x"',
    "server:'x'",
    'server:`x`',
    'server:<x>',
    'Server:webhook',
    'servers:webhook',
    'what about plugin:x@y',
    "what's in my working directory?",
    'https://example.com',
    '--channels',
  ])('%j is none', (text) => {
    expect(isEntry(text)).toBe(false)
    const error = thrown(() => parseEntry(text))
    expect(error.code).toBe('entry-invalid')
    expect(error.hint).toContain('plugin:')
    expect(error.hint).toContain('server:NAME')
  })

  it('a wrong one gets a message with what came and a hint with the nearest form', () => {
    expect(thrown(() => parseEntry('plugin:telegram'))).toMatchObject({
      code: 'entry-invalid',
      message: '"plugin:telegram" is not a channel entry.',
      hint: 'Write plugin:telegram@MARKETPLACE for an installed plugin (plugin:fakechat@backchannel) or server:NAME for a server of .mcp.json.',
    })
    expect(thrown(() => parseEntry('discord')).hint).toContain('plugin:discord@MARKETPLACE')
    expect(thrown(() => parseEntry('what is it?')).hint).toContain('plugin:fakechat@MARKETPLACE')
  })

  it('a message is bounded and moves no cursor', () => {
    const error = thrown(() => parseEntry(`server:\u001b[2J\n${'x'.repeat(10_000)}`))
    expect(error.message.length).toBeLessThan(200)
    expect(error.message).not.toMatch(/[\u0000-\u001f]/)
    expect(thrown(() => parseEntry('y'.repeat(10_000))).hint?.length).toBeLessThan(300)
  })

  it('what is read is written back to the same text, and the other way round', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,10}$/)
    const instance = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,10}$/)
    const server = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 12 })
      .filter((name) => !/[\s\p{Cc}"'`<>]/u.test(name))
    const entry: fc.Arbitrary<Entry> = fc.oneof(
      fc.record({ kind: fc.constant('server' as const), name: server }),
      fc.record({ kind: fc.constant('plugin' as const), name: word, marketplace: word }),
      fc.record({ kind: fc.constant('plugin' as const), name: word, marketplace: word, instance }),
    )
    fc.assert(
      fc.property(entry, (one) => {
        const text = renderEntry(one)
        expect(isEntry(text)).toBe(true)
        expect(parseEntry(text)).toEqual(one)
        expect(renderEntry(parseEntry(text))).toBe(text)
      }),
      { seed: 20_261_122, numRuns: 2000 },
    )
  })

  it('isEntry says beforehand whether parseEntry throws, and never throws itself', () => {
    const part = fc.constantFrom(
      'plugin:',
      'server:',
      '@',
      '#',
      'x',
      'a-b',
      ' ',
      '\n',
      '"',
      '.',
      '_',
      '\u0000',
      'ü',
      '\ud800',
    )
    const text = fc.oneof(
      fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(text, (one) => {
        if (isEntry(one)) expect(renderEntry(parseEntry(one))).toBe(one)
        else expect(thrown(() => parseEntry(one)).code).toBe('entry-invalid')
      }),
      { seed: 20_261_123, numRuns: 3000 },
    )
  })

  it('is quick to refuse a long text', () => {
    const started = performance.now()
    for (const unit of ['a', '.', '@', 'a@', '#']) expect(isEntry(`plugin:${unit.repeat(500_000)} `)).toBe(false)
    expect(performance.now() - started).toBeLessThan(5000)
  })
})

function thrown(action: () => unknown): BackchannelError {
  try {
    action()
  } catch (error) {
    if (BackchannelError.is(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
