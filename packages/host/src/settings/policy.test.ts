/** Managed settings fail closed: whatever is there and not clearly "on" blocks, and says who can change it. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { deploy } from '../testing/policy.ts'
import { readManagedFiles } from './managed.ts'
import { effectivePolicy, mergeManaged, tightenPolicy } from './policy.ts'
import { readPolicy } from './policy-source.ts'

const OWN = 'managed-settings.json'
const MORE = 'managed-settings.d/a.json'
const CLAUDE = 'claude/managed-settings.json'
const OLD = 'old/managed-settings.json'
const FAKECHAT = { marketplace: 'backchannel', plugin: 'fakechat' }
const WEBHOOK = { marketplace: 'backchannel', plugin: 'webhook' }
const on = { channelsEnabled: true }
const off = { channelsEnabled: false }

/** The policy, with paths below the deployment. */
async function policyOf(files: Readonly<Record<string, unknown>>) {
  const { root, paths } = await deploy(files)
  const policy = effectivePolicy(await readManagedFiles(paths))
  return { ...policy, because: policy.because.replaceAll(`${root}/`, '') }
}

test('no managed files: allowed, and said so', async () => {
  expect(await policyOf({})).toEqual({
    channelsAllowed: true,
    because: 'no organisation deploys managed settings here',
  })
})

describe('channelsEnabled', () => {
  test.each<[string, Record<string, object>, boolean]>([
    ['not set', { [OWN]: {} }, false],
    ['on', { [OWN]: on }, true],
    ['off', { [OWN]: off }, false],
    ['on in the folder alone', { [MORE]: on }, true],
    ['set by one of two', { [OWN]: {}, [MORE]: on }, true],
    ['set by the other', { [OWN]: on, [MORE]: {} }, true],
    ['on and off', { [OWN]: on, [MORE]: off }, false],
    ['off and on', { [OWN]: off, [MORE]: on }, false],
    ['beside keys of others', { [OWN]: { permissions: {}, unknown: 1, ...on } }, true],
    // Claude Code's files: the organisation is the same one.
    ['not set in Claude Code’s', { [CLAUDE]: { permissions: {} } }, false],
    ['on in Claude Code’s', { [CLAUDE]: on }, true],
    ['off in Claude Code’s', { [CLAUDE]: off }, false],
    ['on in ours, not set in Claude Code’s', { [OWN]: on, [CLAUDE]: {} }, true],
    ['on in Claude Code’s, not set in ours', { [OWN]: {}, [CLAUDE]: on }, true],
    ['on in ours, off in Claude Code’s', { [OWN]: on, [CLAUDE]: off }, false],
    ['off in ours, on in Claude Code’s', { [OWN]: off, [CLAUDE]: on }, false],
    ['on where any user can write', { [OLD]: on }, false],
    ['on there, not set in ours', { [OWN]: {}, [OLD]: on }, false],
    ['off there, on in ours', { [OWN]: on, [OLD]: off }, false],
  ])('%s', async (_, files, allowed) => {
    expect((await policyOf(files)).channelsAllowed).toBe(allowed)
  })
})

describe('plan', () => {
  test.each<[string, Record<string, object>, boolean]>([
    ['an individual needs no switch', { [OWN]: { plan: 'individual' } }, true],
    ['not even beside files of Claude Code', { [OWN]: { plan: 'individual' }, [CLAUDE]: {} }, true],
    ['but one that is off is off', { [OWN]: { plan: 'individual' }, [CLAUDE]: off }, false],
    ['of two plans the stricter counts', { [OWN]: { plan: 'team' }, [MORE]: { plan: 'individual' } }, false],
    ['in any order', { [OWN]: { plan: 'individual' }, [MORE]: { plan: 'console' } }, false],
    ['a file of Claude Code has none', { [CLAUDE]: { plan: 'individual' } }, false],
  ])('%s', async (_, files, allowed) => {
    expect((await policyOf(files)).channelsAllowed).toBe(allowed)
  })
})

describe('allowedChannelPlugins', () => {
  test('lists intersect, across products too', async () => {
    const files = {
      [OWN]: { ...on, allowedChannelPlugins: [FAKECHAT, WEBHOOK] },
      [MORE]: { allowedChannelPlugins: [WEBHOOK, { marketplace: 'x', plugin: 'fakechat' }, FAKECHAT] },
      [CLAUDE]: { allowedChannelPlugins: [WEBHOOK] },
    }
    const policy = await policyOf(files)
    expect(policy).toMatchObject({ channelsAllowed: true, allowedChannelPlugins: [WEBHOOK] })
    expect(policy.listedIn).toHaveLength(3)
  })

  test('an empty list stays an empty list, and none stays none', async () => {
    expect((await policyOf({ [OWN]: { ...on, allowedChannelPlugins: [] } })).allowedChannelPlugins).toEqual([])
    expect(await policyOf({ [OWN]: on })).not.toHaveProperty('allowedChannelPlugins')
  })

  test('it needs channelsEnabled: true, so that an individual without it has the default list', async () => {
    const files = { [OWN]: { plan: 'individual', allowedChannelPlugins: [] } }
    expect(await policyOf(files)).not.toHaveProperty('allowedChannelPlugins')
  })
})

describe('the reason names the file and who can change it', () => {
  test.each<[Record<string, unknown>, string]>([
    [
      { [OWN]: off, [MORE]: on },
      'channelsEnabled is false in managed-settings.json; an administrator of this machine can set it to true',
    ],
    [
      { [CLAUDE]: { permissions: {} } },
      'the organisation deploys managed settings (claude/managed-settings.json) that do not set channelsEnabled: true; an administrator of this machine can set it',
    ],
    [
      { [OWN]: { plan: 'team' } },
      'the organisation deploys managed settings (managed-settings.json), for the plan "team", that do not set channelsEnabled: true; an administrator of this machine can set it',
    ],
    [
      { [OWN]: on, [CLAUDE]: '{' },
      'a managed file cannot be used: claude/managed-settings.json is not valid JSON: line 1, column 2: expected a key or "}", got the end of the file; an administrator of this machine can correct it',
    ],
    [{ [OWN]: on, [MORE]: on }, 'channelsEnabled is true in managed-settings.json, managed-settings.d/a.json'],
    [{ [OWN]: { plan: 'individual' } }, 'the plan is "individual" in managed-settings.json'],
  ])('%j', async (files, because) => {
    expect((await policyOf(files)).because).toBe(because)
  })
})

test('where values come from is known of each key', async () => {
  const { root, paths } = await deploy({
    [OWN]: { ...on, plan: 'team' },
    [MORE]: { plan: 'enterprise', allowedChannelPlugins: [] },
  })
  const { channelsEnabled, allowedChannelPlugins, plan } = mergeManaged(await readManagedFiles(paths))
  const from = (value: { readonly from: readonly { readonly file: string }[] }) => value.from.map(({ file }) => file)
  expect([channelsEnabled.value, from(channelsEnabled)]).toEqual([true, [join(root, OWN)]])
  expect([allowedChannelPlugins.value, from(allowedChannelPlugins)]).toEqual([[], [join(root, MORE)]])
  expect([plan.value, from(plan)]).toEqual(['enterprise', [join(root, MORE)]])
})

describe('--managed-settings can only tighten', () => {
  const OFF = { channelsAllowed: false, because: 'off' }
  const ON = { channelsAllowed: true, because: 'on' }

  test('a missing file blocks', async () => {
    const { root, paths } = await deploy({ [OWN]: on })
    const flag = join(root, 'none.json')
    expect((await readPolicy({ paths, flag })).policy).toEqual({
      channelsAllowed: false,
      because: `a managed file cannot be used: ${flag} does not exist; whoever starts the session with --managed-settings, or an administrator, can correct it`,
    })
  })

  test('nothing in it opens what the system’s files block', async () => {
    for (const said of [on, { plan: 'individual' }, { plan: 'individual', ...on }]) {
      const { root, paths } = await deploy({ [OWN]: {}, 'flag.json': said })
      expect((await readPolicy({ paths, flag: join(root, 'flag.json') })).policy.channelsAllowed).toBe(false)
    }
  })

  test('off on either side is off', () => {
    expect(tightenPolicy(OFF, ON)).toEqual(OFF)
    expect(tightenPolicy(ON, OFF)).toEqual(OFF)
    expect(tightenPolicy(ON, ON)).toEqual({ channelsAllowed: true, because: 'on; on' })
  })

  test('lists intersect, and a list replaces none', () => {
    const both = { ...ON, allowedChannelPlugins: [FAKECHAT, WEBHOOK], listedIn: ['a'] }
    const one = { ...ON, allowedChannelPlugins: [WEBHOOK], listedIn: ['b'] }
    expect(tightenPolicy(both, one)).toMatchObject({ allowedChannelPlugins: [WEBHOOK], listedIn: ['a', 'b'] })
    expect(tightenPolicy(one, both).allowedChannelPlugins).toEqual([WEBHOOK])
    expect(tightenPolicy(ON, one)).toMatchObject({ allowedChannelPlugins: [WEBHOOK], listedIn: ['b'] })
    expect(tightenPolicy(one, ON).allowedChannelPlugins).toEqual([WEBHOOK])
    expect(tightenPolicy({ ...ON, allowedChannelPlugins: [] }, one).allowedChannelPlugins).toEqual([])
  })
})
