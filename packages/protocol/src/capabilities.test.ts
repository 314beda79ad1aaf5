/** What a peer declares (contract 2 and 8): presence counts, `false` and `null` opt out, junk is never an error. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  EXTENSION_VERSION,
  type Feature,
  parseCapabilities,
  renderCapabilities,
  renderExtension,
  sharedFeatures,
} from './capabilities.ts'

const plain = { channel: false, permission: false, features: new Set<Feature>() }

describe('reading capabilities.experimental', () => {
  it.each([undefined, null, false, true, 0, '', 'claude/channel', [], ['claude/channel'], {}, { other: {} }])(
    '%j declares nothing',
    (experimental) => {
      expect(parseCapabilities(experimental)).toEqual(plain)
    },
  )

  it.each<[string, unknown, boolean]>([
    ['{}', {}, true],
    ['true', true, true],
    ['a list', [], true],
    ['an object with keys', { anything: 1 }, true],
    ['a number', 0, true],
    ['a text', '', true],
    ['false', false, false],
    ['null', null, false],
    ['undefined', undefined, false],
  ])('a key with %s', (_what, value, declared) => {
    expect(parseCapabilities({ 'claude/channel': value })).toEqual({ ...plain, channel: declared })
    expect(parseCapabilities({ 'claude/channel/permission': value })).toEqual({ ...plain, permission: declared })
  })

  it('reads channel and permission apart', () => {
    const read = parseCapabilities({ 'claude/channel': {}, 'claude/channel/permission': false, 'vendor/x': {} })
    expect(read).toEqual({ ...plain, channel: true })
  })

  it('takes nothing from a prototype', () => {
    const inherited = Object.create({
      'claude/channel': {},
      'backchannel/channel': { version: 1, features: ['origin'] },
    })
    expect(parseCapabilities(inherited)).toEqual(plain)
    expect(parseCapabilities(JSON.parse('{"__proto__": {"claude/channel": {}}}'))).toEqual(plain)
  })

  it.each<[string, unknown, Feature[]]>([
    [
      'all',
      { version: 1, features: ['receipts', 'origin', 'questions', 'control', 'access'] },
      ['receipts', 'origin', 'questions', 'control', 'access'],
    ],
    ['some, in any order', { version: 1, features: ['control', 'receipts'] }, ['receipts', 'control']],
    ['repeated ones', { version: 1, features: ['origin', 'origin'] }, ['origin']],
    [
      'unknown ones beside known ones',
      { version: 1, features: ['teleport', 'origin', 7, null, {}, ['receipts']] },
      ['origin'],
    ],
    ['unknown keys beside', { version: 1, features: ['origin'], more: true }, ['origin']],
    ['other letter case', { version: 1, features: ['Origin'] }, []],
    ['none', { version: 1, features: [] }, []],
    ['no list', { version: 1 }, []],
    ['a text for a list', { version: 1, features: 'receipts' }, []],
    ['an object for a list', { version: 1, features: { receipts: true } }, []],
    ['another version', { version: 2, features: ['origin'] }, []],
    ['the version as a text', { version: '1', features: ['origin'] }, []],
    ['no version', { features: ['origin'] }, []],
    ['a list', ['origin'], []],
    ['true', true, []],
    ['null', null, []],
  ])('the extension with %s', (_what, extension, features) => {
    expect(parseCapabilities({ 'backchannel/channel': extension })).toEqual({ ...plain, features: new Set(features) })
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, two) => {
        parseCapabilities(one)
        parseCapabilities({ 'claude/channel': one, 'backchannel/channel': two })
        parseCapabilities({ 'backchannel/channel': { version: 1, features: one } })
      }),
      { seed: 20_261_122, numRuns: 1000 },
    )
  })
})

describe('writing them', () => {
  it.each<[Parameters<typeof renderCapabilities>[0], string]>([
    [plain, '{}'],
    [{ ...plain, channel: true }, '{"claude/channel":{}}'],
    [{ ...plain, channel: true, permission: true }, '{"claude/channel":{},"claude/channel/permission":{}}'],
    [
      { channel: true, permission: false, features: new Set<Feature>(['receipts', 'origin']) },
      '{"claude/channel":{},"backchannel/channel":{"version":1,"features":["receipts","origin"]}}',
    ],
  ])('%j', (capabilities, json) => {
    expect(JSON.stringify(renderCapabilities(capabilities))).toBe(json)
  })

  it('the block of a host', () => {
    expect(EXTENSION_VERSION).toBe(1)
    expect(JSON.stringify(renderExtension(['receipts', 'control']))).toBe(
      '{"backchannel/channel":{"version":1,"features":["receipts","control"]}}',
    )
    expect(JSON.stringify(renderExtension([]))).toBe('{}')
  })

  it('what is written is read back', () => {
    const capabilities = fc.record({
      channel: fc.boolean(),
      permission: fc.boolean(),
      features: fc.subarray<Feature>(['receipts', 'origin', 'questions', 'control']).map((list) => new Set(list)),
    })
    fc.assert(
      fc.property(capabilities, (one) => {
        expect(parseCapabilities(JSON.parse(JSON.stringify(renderCapabilities(one))))).toEqual(one)
      }),
      { seed: 20_261_122 },
    )
  })
})

it('a feature is used only if both sides list it', () => {
  expect(sharedFeatures(['receipts', 'origin'], new Set<Feature>(['origin', 'control']))).toEqual(new Set(['origin']))
  expect(sharedFeatures(['receipts', 'origin'], new Set())).toEqual(new Set())
  expect(sharedFeatures([], new Set<Feature>(['origin']))).toEqual(new Set())
})
