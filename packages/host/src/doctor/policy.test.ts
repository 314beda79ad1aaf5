/** What the doctor says of an entry is what a session does with it; every value comes with its file. */
import { join } from 'node:path'
import { type Entry, parseCapabilities, parseEntry } from '@backchannel/protocol'
import { describe, expect, test } from 'vitest'
import { createCatalog } from '../plugins/catalog.ts'
import { writeFiles } from '../testing/folder.ts'
import { createPreparation, prepare } from '../testing/prepare.ts'
import { kitServer } from '../testing/servers.ts'
import { diagnosePolicy, type PolicyDiagnosis, type PolicyDiagnosisOptions } from './policy.ts'
import { renderPolicy } from './render-policy.ts'

/** @param files below the folder that holds project, home and the managed files */
async function diagnose(
  entry: string | undefined,
  files: Readonly<Record<string, unknown>> = {},
  more: Partial<PolicyDiagnosisOptions> = {},
) {
  const options = await createPreparation()
  const root = join(options.cwd, '..')
  await writeFiles(root, files)
  const catalog = createCatalog({ builtin: options.builtIn, env: options.env })
  const { cwd, env, home, platform, paths, signal } = options
  const parsed: Entry | undefined = entry === undefined ? undefined : parseEntry(entry)
  const base = { catalog, cwd, env, home, platform, paths, signal, start: false, progress() {} }
  const diagnosis = await diagnosePolicy({ ...base, entry: parsed, ...more })
  return { root, diagnosis }
}

const marks = ({ entry }: PolicyDiagnosis) => entry?.steps.map(({ outcome }) => outcome).join(' ')
const CHAT = 'plugin:chat@backchannel'
const HOOKS = { 'project/.mcp.json': { mcpServers: { hooks: { command: 'node', args: ['./hooks.js'] } } } }
const NAMED = { 'home/.backchannel/settings.json': { channels: [CHAT, 'server:hooks'] } }
const ON = { channelsEnabled: true }

describe('an entry', () => {
  test.each<[string, string, Record<string, unknown>, string, string | undefined]>([
    ['free', CHAT, {}, 'open passes open passes', undefined],
    ['in the settings', CHAT, NAMED, 'open passes passes passes', undefined],
    ['off in ours', CHAT, { 'managed.json': {} }, 'open refuses not-reached not-reached', 'policy-off'],
    ['off in Claude Code’s', CHAT, { 'claude.json': {} }, 'open refuses not-reached not-reached', 'policy-off'],
    [
      'off the organisation’s list',
      CHAT,
      { 'managed.json': { ...ON, allowedChannelPlugins: [] } },
      'open passes open refuses',
      'not-allowlisted',
    ],
    ['a server', 'server:hooks', HOOKS, 'open passes open passes', undefined],
    [
      'a server in the settings',
      'server:hooks',
      { ...HOOKS, ...NAMED },
      'open passes passes refuses',
      'not-allowlisted',
    ],
    ['a server that is not there', 'server:hooks', {}, '', 'not-found'],
    ['a plugin that is not there', 'plugin:chat@elsewhere', {}, '', 'not-found'],
    ['a plugin that is broken', 'plugin:broken@backchannel', {}, '', 'failed-to-start'],
  ])('%s', async (_, entry, files, outcomes, reason) => {
    const { diagnosis } = await diagnose(entry, files)
    expect(marks(diagnosis)).toBe(outcomes)
    expect(diagnosis.entry?.refused?.reason).toBe(reason)
    if (reason !== undefined) expect(renderPolicy(diagnosis, '')).toContain(`→ refused (${reason})`)
  })

  test('is judged as a session with the fitting flag judges it', async () => {
    const files = { 'list.json': { ...ON, allowedChannelPlugins: [] }, ...HOOKS }
    for (const managed of [ON, {}, files['list.json']]) {
      const prepared = await prepare({
        files: { '.mcp.json': HOOKS['project/.mcp.json'], 'm.json': managed },
        channels: [CHAT],
        development: ['server:hooks'],
        options: { managedSettings: 'm.json' },
      })
      for (const plan of prepared.plans) {
        const session = prepared.admit(plan, parseCapabilities({ 'claude/channel': {} }), '2025-11-25')
        const named = plan.entry.kind === 'server' ? 'server:hooks' : CHAT
        const more = { managedSettings: 'm.json' }
        const { diagnosis } = await diagnose(named, { ...HOOKS, 'project/m.json': managed }, more)
        expect(diagnosis.entry?.refused?.reason).toBe(session.registered ? undefined : session.reason)
      }
    }
  })

  test('with --start it is asked what it declares', async () => {
    const server = ({ command, args, env }: ReturnType<typeof kitServer>) => ({ command, args, env })
    const mcpServers = {
      good: server(kitServer('sdk-channel')),
      plain: server(kitServer('sdk-plain')),
      dead: { command: 'false' },
    }
    const files = { 'project/.mcp.json': { mcpServers } }
    const started: string[] = []
    const ask = async (entry: string) =>
      (await diagnose(entry, files, { start: true, env: process.env, progress: (name) => started.push(name) }))
        .diagnosis
    expect(marks(await ask('server:good'))).toBe('passes passes open passes')
    expect((await ask('server:plain')).entry?.refused).toMatchObject({ step: 'capability', reason: 'not-a-channel' })
    expect((await ask('server:dead')).entry?.refused).toMatchObject({ reason: 'failed-to-start' })
    expect(started).toEqual(['server:good', 'server:plain', 'server:dead'])
  })
})

describe('who can change it', () => {
  test.each<[string, Record<string, unknown>, string | undefined, string]>([
    ['the system’s file', { 'managed.json': {} }, undefined, 'an administrator of this machine'],
    ['both', { 'managed.json': {}, 'project/flag.json': {} }, 'flag.json', 'an administrator of this machine'],
    [
      'the flag’s file alone',
      { 'managed.json': ON, 'project/flag.json': {} },
      'flag.json',
      'whoever starts the session with --managed-settings, or an administrator',
    ],
  ])('%s', async (_, files, managedSettings, who) => {
    const { diagnosis } = await diagnose(CHAT, files, { managedSettings })
    expect(diagnosis.entry?.refused?.who_can_change).toBe(who)
  })
})

describe('values', () => {
  test('of both products, with the files they come from', async () => {
    const list = [{ marketplace: 'backchannel', plugin: 'chat' }]
    const { root, diagnosis } = await diagnose(undefined, {
      'managed.json': { plan: 'console' },
      'managed.d/10.json': { allowedChannelPlugins: list },
      'claude.json': { ...ON, allowedChannelPlugins: [...list, 'a new form'] },
    })
    expect(diagnosis.managed).toEqual({
      channelsEnabled: { value: true, from: [join(root, 'claude.json')] },
      allowedChannelPlugins: { value: list, from: [join(root, 'managed.d/10.json'), join(root, 'claude.json')] },
      plan: { value: 'console', from: [join(root, 'managed.json')] },
      allowlist: { value: [CHAT], from: [join(root, 'managed.d/10.json'), join(root, 'claude.json')] },
    })
    expect(diagnosis.managed_files.map(({ state }) => state)).toEqual(['read', 'read', 'read', 'absent'])
    expect(diagnosis.managed_files[2]?.note).toContain('1 of its allowedChannelPlugins')
  })

  test('a list that has no effect says so', async () => {
    const { diagnosis } = await diagnose(undefined, { 'managed.json': { allowedChannelPlugins: [] } })
    expect(diagnosis.managed['allowedChannelPlugins']).toMatchObject({
      value: [],
      note: 'has no effect without channelsEnabled: true',
    })
  })

  test('of the settings, by precedence, with rules from all files', async () => {
    const { root, diagnosis } = await diagnose(undefined, {
      'home/.backchannel/settings.json': { relay: 'dm', permissions: { deny: ['Bash'] }, limits: { burst: 5 } },
      'project/.backchannel/settings.json': { relay: 'off', permissions: { deny: ['Write'] }, channels: [CHAT] },
    })
    const [user, ofProject] = ['home', 'project'].map((name) => join(root, name, '.backchannel/settings.json'))
    expect(diagnosis.settings).toMatchObject({
      relay: { value: 'off', from: [ofProject] },
      'limits.burst': { value: 5, from: [user] },
      'permissions.deny': { value: ['Bash', 'Write'], from: [user, ofProject] },
      agent: { value: null, from: [] },
      permissionPreview: { value: 'full', from: [] },
    })
    expect(diagnosis.warnings).toEqual([expect.stringContaining('"channels" is ignored')])
  })

  test('settings that cannot be used are told, and the rest is still there', async () => {
    const { diagnosis } = await diagnose(CHAT, { 'home/.backchannel/settings.json': '{' })
    expect(diagnosis.settings_problem).toContain('is not valid JSON')
    expect(marks(diagnosis)).toBe('open passes open passes')
    expect(renderPolicy(diagnosis, '')).toContain('✗ ')
  })
})
