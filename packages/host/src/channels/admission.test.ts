/** Contract 4 as a table written by hand, and as invariants over every combination. */
import type { ChannelCapabilities, Entry, RefusalReason } from '@backchannel/protocol'
import { describe, expect, test } from 'vitest'
import { type Admission, type AdmissionRequest, admit, type OptIn } from './admission.ts'

const CHANNEL: ChannelCapabilities = { channel: true, permission: false, features: new Set() }
const PLAIN: ChannelCapabilities = { channel: false, permission: true, features: new Set() }
const LISTED: Entry = { kind: 'plugin', name: 'fakechat', marketplace: 'backchannel' }
const UNLISTED: Entry = { kind: 'plugin', name: 'fakechat', marketplace: 'elsewhere' }
const SERVER: Entry = { kind: 'server', name: 'webhook' }
const ON = { channelsAllowed: true, because: 'on' }
const OFF = { channelsAllowed: false, because: 'channelsEnabled is false in /etc/managed' }
const THE_LISTED = [{ marketplace: 'backchannel', plugin: 'fakechat' }]
const THE_UNLISTED = [{ marketplace: 'elsewhere', plugin: 'fakechat' }]

const BASE: AdmissionRequest = {
  entry: LISTED,
  declared: CHANNEL,
  revision: '2025-11-25',
  optIn: { kind: 'channels' },
  policy: ON,
  allowlist: (entry) => entry === LISTED,
  developmentAccepted: false,
}
const DEVELOPMENT: Partial<AdmissionRequest> = { optIn: { kind: 'development' }, developmentAccepted: true }

type Row = [words: string, change: Partial<AdmissionRequest>, expected: 'registered' | RefusalReason]

describe('the rows that matter', () => {
  const rows: Row[] = [
    ['a listed plugin after --channels', {}, 'registered'],
    ['a listed plugin of the settings', { optIn: { kind: 'settings' } }, 'registered'],
    ['an older revision', { revision: '2024-11-05' }, 'registered'],
    // 1. capability, then era
    ['no claude/channel', { declared: PLAIN }, 'not-a-channel'],
    [
      'no claude/channel, and all else wrong too',
      { declared: PLAIN, revision: '2026-07-28', policy: OFF, optIn: undefined },
      'not-a-channel',
    ],
    ['revision 2026-07-28', { revision: '2026-07-28' }, 'protocol-era'],
    ['revision 2026-07-28 with policy off', { revision: '2026-07-28', policy: OFF }, 'protocol-era'],
    ['an unknown revision', { revision: 'x' }, 'protocol-era'],
    // 2. policy
    ['policy off', { policy: OFF }, 'policy-off'],
    ['policy off, development flag', { ...DEVELOPMENT, policy: OFF }, 'policy-off'],
    ['policy off, not named', { policy: OFF, optIn: undefined }, 'policy-off'],
    ['policy off, with a list', { policy: { ...OFF, allowedChannelPlugins: THE_LISTED } }, 'policy-off'],
    // 3. opt-in
    ['listed but not named', { optIn: undefined }, 'not-opted-in'],
    ['not named, though the warning was accepted', { optIn: undefined, developmentAccepted: true }, 'not-opted-in'],
    ['a server that nobody named', { entry: SERVER, optIn: undefined }, 'not-opted-in'],
    // 4. allowlist
    ['an unlisted plugin', { entry: UNLISTED }, 'not-allowlisted'],
    ['an unlisted plugin of the settings', { entry: UNLISTED, optIn: { kind: 'settings' } }, 'not-allowlisted'],
    ['a server after --channels', { entry: SERVER }, 'not-allowlisted'],
    ['a server of the settings', { entry: SERVER, optIn: { kind: 'settings' } }, 'not-allowlisted'],
    ['a server, were it on a list', { entry: SERVER, allowlist: () => true }, 'not-allowlisted'],
    ['an unlisted plugin, development flag', { ...DEVELOPMENT, entry: UNLISTED }, 'registered'],
    ['a server, development flag', { ...DEVELOPMENT, entry: SERVER }, 'registered'],
    ['a listed plugin, development flag', DEVELOPMENT, 'registered'],
    ['development flag, not accepted', { ...DEVELOPMENT, developmentAccepted: false }, 'development-not-accepted'],
    [
      'a server, not accepted',
      { ...DEVELOPMENT, entry: SERVER, developmentAccepted: false },
      'development-not-accepted',
    ],
    ['the warning accepted for another entry', { entry: UNLISTED, developmentAccepted: true }, 'not-allowlisted'],
    // the organisation's list replaces the default one
    ['on the organisation’s list', { policy: { ...ON, allowedChannelPlugins: THE_LISTED } }, 'registered'],
    ['only on the default list', { policy: { ...ON, allowedChannelPlugins: THE_UNLISTED } }, 'not-allowlisted'],
    [
      'only on the organisation’s list',
      { entry: UNLISTED, policy: { ...ON, allowedChannelPlugins: THE_UNLISTED } },
      'registered',
    ],
    [
      'an instance of one on the list',
      { entry: { ...UNLISTED, instance: 'work' }, policy: { ...ON, allowedChannelPlugins: THE_UNLISTED } },
      'registered',
    ],
    ['an empty list', { policy: { ...ON, allowedChannelPlugins: [] } }, 'not-allowlisted'],
    ['an empty list, development flag', { ...DEVELOPMENT, policy: { ...ON, allowedChannelPlugins: [] } }, 'registered'],
    [
      'another plugin of that marketplace',
      { policy: { ...ON, allowedChannelPlugins: [{ marketplace: 'backchannel', plugin: 'webhook' }] } },
      'not-allowlisted',
    ],
  ]
  test.each(rows)('%s', (_, change, expected) => {
    expect(outcome(admit({ ...BASE, ...change }))).toBe(expected)
  })
})

test('every refusal names the entry and says why', () => {
  const message = (change: Partial<AdmissionRequest>) => {
    const admission = admit({ ...BASE, ...change })
    return admission.registered ? '' : admission.message
  }
  expect(message({ policy: OFF })).toBe(
    'plugin:fakechat@backchannel is not registered as a channel: channels are switched off: channelsEnabled is false in /etc/managed.',
  )
  expect(message({ revision: '2026-07-28' })).toContain('(2026-07-28)')
  expect(message({ entry: SERVER })).toContain('--dangerously-load-development-channels')
  expect(message({ policy: { ...ON, allowedChannelPlugins: [] } })).toContain('allowedChannelPlugins')
})

describe('every combination', () => {
  const OPT_INS: (OptIn | undefined)[] = [
    undefined,
    { kind: 'channels' },
    { kind: 'development' },
    { kind: 'settings' },
  ]
  const LISTS = [undefined, [], THE_LISTED, THE_UNLISTED]
  const all: AdmissionRequest[] = []
  for (const entry of [LISTED, UNLISTED, SERVER])
    for (const declared of [CHANNEL, PLAIN])
      for (const revision of ['2025-11-25', '2024-10-07', '2026-07-28'])
        for (const optIn of OPT_INS)
          for (const channelsAllowed of [true, false])
            for (const list of LISTS)
              for (const developmentAccepted of [true, false]) {
                const policy = {
                  channelsAllowed,
                  because: 'x',
                  ...(list === undefined ? {} : { allowedChannelPlugins: list }),
                }
                all.push({ ...BASE, entry, declared, revision, optIn, policy, developmentAccepted })
              }

  test('what is registered fulfils every condition, and what is refused lacks the one named', () => {
    expect(all).toHaveLength(1152)
    for (const request of all) {
      const { entry, optIn, policy } = request
      const lacks: Record<RefusalReason, boolean> = {
        'not-a-channel': !request.declared.channel,
        'protocol-era': request.revision === '2026-07-28',
        'policy-off': !policy.channelsAllowed,
        'not-opted-in': optIn === undefined,
        'development-not-accepted': optIn?.kind === 'development' && !request.developmentAccepted,
        'not-allowlisted': optIn?.kind !== 'development' && !isListed(entry, policy.allowedChannelPlugins),
        'not-found': false,
        'failed-to-start': false,
        'consent-refused': false,
      }
      const first = (Object.keys(lacks) as RefusalReason[]).find((reason) => lacks[reason])
      expect(outcome(admit(request)), JSON.stringify(request)).toBe(first ?? 'registered')
    }
  })

  test('nothing is registered with policy off, and a server only by the development flag', () => {
    const registered = all.filter((request) => admit(request).registered)
    expect(registered.length).toBeGreaterThan(0)
    for (const { policy, entry, optIn, developmentAccepted } of registered) {
      expect(policy.channelsAllowed).toBe(true)
      if (entry.kind === 'server' || optIn?.kind === 'development')
        expect([optIn?.kind, developmentAccepted]).toEqual(['development', true])
    }
  })
})

function isListed(entry: Entry, list: readonly { marketplace: string; plugin: string }[] | undefined): boolean {
  if (entry.kind === 'server') return false
  if (list === undefined) return entry.marketplace === 'backchannel'
  return list.some(({ marketplace, plugin }) => marketplace === entry.marketplace && plugin === entry.name)
}

function outcome(admission: Admission): 'registered' | RefusalReason {
  return admission.registered ? 'registered' : admission.reason
}
