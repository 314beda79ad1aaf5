/**
 * Contracts 4 and 7 together, from a managed file on the disk to the outcome: every combination of capability, plan,
 * `channelsEnabled`, `allowedChannelPlugins`, flag and entry. What is expected is written out below, by hand.
 */
import { writeFile } from 'node:fs/promises'
import { type ChannelCapabilities, parseEntry, type RefusalReason } from '@backchannel/protocol'
import { expect, test } from 'vitest'
import type { ChannelPolicy } from '../settings/policy.ts'
import { readPolicy } from '../settings/policy-source.ts'
import { deploy } from '../testing/policy.ts'
import { type AdmissionRequest, admit } from './admission.ts'
import { createAllowlist } from './allowlist.ts'

type Outcome = 'registered' | RefusalReason

/** Contract 7: what becomes of channels by plan (rows) and `channelsEnabled` (unset, true, false). */
const CHANNELS: Readonly<Record<string, readonly ['on' | 'off', 'on' | 'off', 'on' | 'off']>> = {
  'no plan': ['off', 'on', 'off'],
  individual: ['on', 'on', 'off'],
  console: ['off', 'on', 'off'],
  team: ['off', 'on', 'off'],
  enterprise: ['off', 'on', 'off'],
}
const ENABLED = [undefined, true, false] as const

const R = 'registered'
const A = 'not-allowlisted'
const O = 'not-opted-in'
const D = 'development-not-accepted'
/** Contract 4, steps 3 and 4, by `allowedChannelPlugins`: unset, `[]`, with the plugin, without it. */
const ADMITTED: Readonly<Record<string, Readonly<Record<string, readonly [Outcome, Outcome, Outcome, Outcome]>>>> = {
  'plugin:fakechat@backchannel': {
    'not named': [O, O, O, O],
    'in the settings': [R, A, R, A],
    '--channels': [R, A, R, A],
    'development flag': [R, R, R, R],
    'development flag, not accepted': [D, D, D, D],
  },
  'plugin:fakechat@elsewhere': {
    'not named': [O, O, O, O],
    'in the settings': [A, A, R, A],
    '--channels': [A, A, R, A],
    'development flag': [R, R, R, R],
    'development flag, not accepted': [D, D, D, D],
  },
  'server:fakechat': {
    'not named': [O, O, O, O],
    'in the settings': [A, A, A, A],
    '--channels': [A, A, A, A],
    'development flag': [R, R, R, R],
    'development flag, not accepted': [D, D, D, D],
  },
}
const LISTS = ['unset', 'empty', 'with', 'without'] as const

const FLAGS: Readonly<Record<string, Pick<AdmissionRequest, 'optIn' | 'developmentAccepted'>>> = {
  'not named': { optIn: undefined, developmentAccepted: true },
  'in the settings': { optIn: { kind: 'settings' }, developmentAccepted: true },
  '--channels': { optIn: { kind: 'channels' }, developmentAccepted: true },
  'development flag': { optIn: { kind: 'development' }, developmentAccepted: true },
  'development flag, not accepted': { optIn: { kind: 'development' }, developmentAccepted: false },
}
const CHANNEL: ChannelCapabilities = { channel: true, permission: true, features: new Set() }
const PLAIN: ChannelCapabilities = { channel: false, permission: false, features: new Set() }

/** What the code says, for one policy. */
function outcome(entry: string, flag: string, declared: ChannelCapabilities, policy: ChannelPolicy): Outcome {
  const allowlist = createAllowlist(({ marketplace }) =>
    marketplace === 'backchannel' ? { kind: 'builtin' } : undefined,
  )
  const named = FLAGS[flag] ?? { optIn: undefined, developmentAccepted: false }
  const admission = admit({ entry: parseEntry(entry), declared, revision: '2025-11-25', policy, allowlist, ...named })
  return admission.registered ? 'registered' : admission.reason
}

function listFor(kind: (typeof LISTS)[number], entry: string) {
  const [, plugin = '', marketplace = 'elsewhere'] = /:(\w+)(?:@(\w+))?/.exec(entry) ?? []
  const other = { marketplace, plugin: 'another' }
  const lists = { unset: undefined, empty: [], with: [{ marketplace, plugin }, other], without: [other] }
  return lists[kind]
}

test('every combination with a managed file', async () => {
  const { paths } = await deploy({})
  let combinations = 0
  for (const [plan, switches] of Object.entries(CHANNELS))
    for (const [enabledAt, channelsEnabled] of ENABLED.entries())
      for (const [entry, flags] of Object.entries(ADMITTED))
        for (const [listAt, list] of LISTS.entries()) {
          const said = {
            channelsEnabled,
            allowedChannelPlugins: listFor(list, entry),
            plan: plan === 'no plan' ? undefined : plan,
          }
          await writeFile(paths.managed.file, JSON.stringify(said))
          const { policy } = await readPolicy({ paths })
          for (const [flag, outcomes] of Object.entries(flags)) {
            const isOn = switches[enabledAt] === 'on'
            // The organisation's list needs channelsEnabled: true.
            const column = channelsEnabled === true ? listAt : 0
            const expected = isOn ? outcomes[column] : 'policy-off'
            const what = `${JSON.stringify(said)} ${entry} ${flag}`
            expect(outcome(entry, flag, CHANNEL, policy), what).toBe(expected)
            expect(outcome(entry, flag, PLAIN, policy), what).toBe('not-a-channel')
            combinations += 2
          }
        }
  expect(combinations).toBe(5 * 3 * 3 * 4 * 5 * 2)
})

test('every combination without one: no organisation, so no switch and no list', async () => {
  const { policy } = await readPolicy(await deploy({}))
  for (const [entry, flags] of Object.entries(ADMITTED))
    for (const [flag, [expected]] of Object.entries(flags)) {
      expect(outcome(entry, flag, CHANNEL, policy), `${entry} ${flag}`).toBe(expected)
      expect(outcome(entry, flag, PLAIN, policy), `${entry} ${flag}`).toBe('not-a-channel')
    }
})
