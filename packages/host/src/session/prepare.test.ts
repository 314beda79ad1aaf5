/** From the command line to a plan: policy, the development warning, files, and a typed reason for all that is refused. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseCapabilities, parseEntry } from '@backchannel/protocol'
import { describe, expect, test } from 'vitest'
import { rejection } from '../testing/folder.ts'
import { createOperator, createPreparation, prepare } from '../testing/prepare.ts'
import { type Prepared, prepareSession } from './prepare.ts'

const SERVERS = { '.mcp.json': { mcpServers: { hooks: { command: 'node', args: ['./hooks.js'] } } } }
const CHANNEL = parseCapabilities({ 'claude/channel': {} })

/** What admission says to a planned server that declares itself as a channel. */
function decide({ plans, admit }: Prepared, source: string) {
  const plan = plans.find((candidate) => candidate.source === source)
  if (plan === undefined) throw new Error(`${source} is not planned`)
  const admission = admit(plan, CHANNEL, '2025-11-25')
  return admission.registered ? 'registered' : admission.reason
}

describe('the development flag', () => {
  test('headless and not accepted: refused, and nothing of it is started, not even with a recorded consent', async () => {
    const operator = createOperator({ hooks: 'use' })
    const options = await createPreparation({
      files: SERVERS,
      development: ['server:hooks', 'plugin:chat@backchannel'],
    })
    await prepareSession({ ...options, dialogs: operator.dialogs })
    const prepared = await prepareSession({ ...options, acceptDevelopment: false })
    if (prepared === 'declined') throw new Error('declined')
    expect(prepared.plans).toEqual([])
    expect(prepared.notices).toEqual([])
    expect(prepared.refusals.map(({ entry, reason }) => `${entry} ${reason}`)).toEqual([
      'server:hooks development-not-accepted',
      'plugin:chat@backchannel development-not-accepted',
    ])
    expect(prepared.refusals[0]?.message).toContain('Add --accept-development-channels')
  })

  test('not accepted, for a server of --mcp-config', async () => {
    const { plans, refusals } = await prepare({
      files: { 'more.json': SERVERS['.mcp.json'] },
      development: ['server:hooks'],
      options: { acceptDevelopment: false, mcpConfig: 'more.json' },
    })
    expect([plans, refusals.length]).toEqual([[], 1])
  })

  test('headless and accepted: planned and registered', async () => {
    const prepared = await prepare({ files: SERVERS, development: ['server:hooks', 'plugin:chat@backchannel'] })
    expect(prepared.plans.map(({ source, named }) => `${source} ${named}`)).toEqual(['hooks true', 'chat true'])
    expect([decide(prepared, 'hooks'), decide(prepared, 'chat')]).toEqual(['registered', 'registered'])
  })

  test('in a terminal: a warning that lists the entries; its exit declines the session', async () => {
    const files = SERVERS
    const request = { files, development: ['server:hooks'], channels: ['plugin:chat@backchannel'] }
    const operator = createOperator({ hooks: 'use' })
    const prepared = await prepare({ ...request, options: { dialogs: operator.dialogs, acceptDevelopment: false } })
    expect(operator.warned).toEqual([['server:hooks']])
    expect(decide(prepared, 'hooks')).toBe('registered')

    const leaving = createOperator({}, 'exit')
    const options = await createPreparation({ ...request, options: { dialogs: leaving.dialogs } })
    expect(await prepareSession(options)).toBe('declined')
    expect(leaving.asked).toEqual([])
  })

  test('in a terminal without such entries there is no warning', async () => {
    const operator = createOperator()
    await prepare({ channels: ['plugin:chat@backchannel'], options: { dialogs: operator.dialogs } })
    expect(operator.warned).toEqual([])
  })
})

describe('entries', () => {
  test('a server: entry after --channels is started and connected, and not registered', async () => {
    const prepared = await prepare({ files: SERVERS, channels: ['server:hooks'] })
    expect(prepared.plans).toMatchObject([
      { source: 'hooks', server: 'hooks', named: true, command: { command: 'node', args: ['./hooks.js'] } },
    ])
    expect(decide(prepared, 'hooks')).toBe('not-allowlisted')
  })

  test('a plugin of the built-in marketplace is registered by --channels and by the settings', async () => {
    for (const request of [{ channels: ['plugin:chat@backchannel'] }, { settings: ['plugin:chat@backchannel'] }]) {
      const prepared = await prepare(request)
      expect(prepared.plans).toMatchObject([{ source: 'chat', server: 'chat' }])
      expect(decide(prepared, 'chat')).toBe('registered')
    }
  })

  test('an instance has its own source and state', async () => {
    const prepared = await prepare({ channels: ['plugin:chat@backchannel', 'plugin:chat@backchannel#work'] })
    expect(prepared.plans.map(({ source }) => source)).toEqual(['chat', 'chat#work'])
    expect(prepared.plans[1]?.command.env['CHAT_STATE_DIR']).toMatch(/channels\/chat-work$/)
  })

  test('given twice, in either way, they are one; the development flag counts', async () => {
    const prepared = await prepare({
      files: SERVERS,
      channels: ['server:hooks', 'server:hooks', 'plugin:chat@backchannel'],
      development: ['server:hooks'],
      settings: ['plugin:chat@backchannel'],
    })
    expect(prepared.plans.map(({ source }) => source)).toEqual(['hooks', 'chat'])
    expect(decide(prepared, 'hooks')).toBe('registered')
  })

  test('unknown ones are refused, naming what there is', async () => {
    const { refusals, plans } = await prepare({
      files: SERVERS,
      development: ['server:hook', 'server:zzz', 'plugin:char@backchannel', 'plugin:chat@elsewhere'],
    })
    expect(plans).toEqual([])
    expect(refusals.map(({ entry, reason }) => `${entry} ${reason}`)).toEqual([
      'server:hook not-found',
      'server:zzz not-found',
      'plugin:char@backchannel not-found',
      'plugin:chat@elsewhere not-found',
    ])
    const [server, other, plugin, marketplace] = refusals.map(({ message }) => message)
    expect(server).toContain('Did you mean server:hooks?')
    expect(other).toBe(
      'No server "zzz" is configured; there are hooks. Add it to .mcp.json, or give --mcp-config FILE.',
    )
    expect(plugin).toContain('Did you mean plugin:chat@backchannel?')
    expect(marketplace).toContain('plugin:chat@backchannel')
  })

  test('broken ones are refused with what is wrong', async () => {
    const variable = ['$', '{HOOKS_TOKEN}'].join('')
    const { refusals, notices } = await prepare({
      files: {
        '.mcp.json': {
          mcpServers: { unset: { command: 'node', args: [variable] }, wrong: { command: 7 }, other: { command: 8 } },
        },
      },
      development: ['plugin:broken@backchannel', 'server:unset', 'server:wrong'],
    })
    expect(refusals.map(({ entry, reason }) => `${entry} ${reason}`)).toEqual([
      'plugin:broken@backchannel failed-to-start',
      'server:unset failed-to-start',
      'server:wrong failed-to-start',
    ])
    expect(refusals[1]?.message).toContain('HOOKS_TOKEN')
    expect(refusals[2]?.message).toMatch(/wrong.*command/)
    expect(notices).toMatchObject([{ level: 'error', message: expect.stringMatching(/other.*command/) }])
  })

  test('a marketplace that cannot be read is a refusal that says what to do', async () => {
    const { refusals } = await prepare({
      channels: ['plugin:chat@backchannel'],
      options: { builtIn: '/no/such/folder' },
    })
    expect(refusals).toMatchObject([
      {
        entry: 'plugin:chat@backchannel',
        reason: 'failed-to-start',
        message: expect.stringContaining('npm run build'),
      },
    ])
  })
})

describe('sources', () => {
  test('a server that is called like a plugin’s channel of the session is told apart', async () => {
    const files = { '.mcp.json': { mcpServers: { chat: { command: 'mine' } } } }
    const both = await prepare({ files, channels: ['plugin:chat@backchannel'], development: ['server:chat'] })
    expect(both.plans.map(({ source, entry }) => `${source} ${entry.kind}`)).toEqual([
      'chat plugin',
      'server:chat server',
    ])
    expect((await prepare({ files, development: ['server:chat'] })).plans.map(({ source }) => source)).toEqual(['chat'])
  })

  test('also where nobody named the server', async () => {
    const operator = createOperator({ chat: 'use' })
    const { plans } = await prepare({
      files: { '.mcp.json': { mcpServers: { chat: { command: 'mine' } } } },
      channels: ['plugin:chat@backchannel'],
      options: { dialogs: operator.dialogs },
    })
    expect(plans.map(({ source, named }) => `${source} ${named}`)).toEqual(['chat true', 'server:chat false'])
  })

  test('no two channels of a session ever share one', async () => {
    const { plans } = await prepare({
      files: {
        '.mcp.json': {
          mcpServers: { chat: { command: 'a' }, 'server:chat': { command: 'b' }, 'chat#work': { command: 'c' } },
        },
      },
      channels: ['plugin:chat@backchannel', 'plugin:chat@backchannel#work'],
      development: ['server:chat', 'server:server:chat', 'server:chat#work'],
    })
    const sources = plans.map(({ source }) => source)
    expect(new Set(sources).size).toBe(sources.length)
  })
})

describe('files', () => {
  test('a broken .mcp.json is told, and the session goes on with everything else', async () => {
    const { plans, notices, refusals } = await prepare({
      files: { '.mcp.json': '{ "mcpServers": {' },
      channels: ['plugin:chat@backchannel'],
      development: ['server:hooks'],
    })
    expect(plans.map(({ source }) => source)).toEqual(['chat'])
    expect(refusals).toMatchObject([{ entry: 'server:hooks', reason: 'not-found' }])
    expect(notices).toMatchObject([{ level: 'error', message: expect.stringContaining('.mcp.json') }])
  })

  test('none at all is no problem', async () => {
    expect(await prepare()).toMatchObject({ plans: [], refusals: [], notices: [] })
  })

  test('a file that a flag names must be there and whole', async () => {
    for (const mcpConfig of ['none.json', 'broken.json']) {
      const options = await createPreparation({ files: { 'broken.json': '[' }, options: { mcpConfig } })
      expect(await rejection(prepareSession(options))).toMatchObject({ code: 'mcp-config-invalid' })
    }
  })

  test('servers of --mcp-config need no consent: the operator has named the file', async () => {
    const prepared = await prepare({
      files: { 'more.json': { mcpServers: { extra: { command: 'extra', cwd: 'sub' } } } },
      options: { mcpConfig: 'more.json' },
    })
    expect(prepared.plans).toMatchObject([{ source: 'extra', named: false }])
    expect(prepared.plans[0]?.command.cwd).toMatch(/project\/sub$/)
    expect(decide(prepared, 'extra')).toBe('not-opted-in')
  })

  test('the environment is built for each server: its own variables, none of ours', async () => {
    const { plans } = await prepare({
      files: { '.mcp.json': { mcpServers: { hooks: { command: 'node', env: { GIVEN: '1' } } } } },
      development: ['server:hooks'],
      options: { env: { PATH: '/bin', HOOKS_PORT: '1', ANTHROPIC_API_KEY: 'secret', OTHER: '2' } },
    })
    expect(plans[0]?.command.env).toEqual({ PATH: '/bin', HOOKS_PORT: '1', GIVEN: '1' })
  })
})

describe('policy', () => {
  const request = { files: SERVERS, channels: ['plugin:chat@backchannel'], development: ['server:hooks'] }

  test('switched off: nothing is registered, and everything still starts', async () => {
    const options = await createPreparation(request)
    await writeFile(options.paths.managed.file, '{"channelsEnabled":false}')
    const prepared = await prepareSession(options)
    if (prepared === 'declined') throw new Error('declined')
    expect([decide(prepared, 'chat'), decide(prepared, 'hooks')]).toEqual(['policy-off', 'policy-off'])
  })

  test('--managed-settings can only tighten', async () => {
    const files = { ...SERVERS, 'off.json': { channelsEnabled: false }, 'on.json': { channelsEnabled: true } }
    const off = await prepare({ ...request, files, options: { managedSettings: 'off.json' } })
    expect(decide(off, 'chat')).toBe('policy-off')

    const options = await createPreparation({ ...request, files, options: { managedSettings: 'on.json' } })
    await writeFile(options.paths.managed.file, '{"channelsEnabled":false}')
    const still = await prepareSession(options)
    if (still === 'declined') throw new Error('declined')
    expect(decide(still, 'chat')).toBe('policy-off')
  })

  test('a managed file that is missing or broken blocks', async () => {
    const prepared = await prepare({ ...request, options: { managedSettings: join('none', 'such.json') } })
    expect(decide(prepared, 'chat')).toBe('policy-off')
  })

  test('the organisation’s list replaces ours; the development flag passes it by', async () => {
    const list = { channelsEnabled: true, allowedChannelPlugins: [] }
    const prepared = await prepare({
      ...request,
      files: { ...SERVERS, 'list.json': list },
      options: { managedSettings: 'list.json' },
    })
    expect([decide(prepared, 'chat'), decide(prepared, 'hooks')]).toEqual(['not-allowlisted', 'registered'])
  })
})

test('what nobody named is not opted in', async () => {
  const prepared = await prepare({ channels: ['plugin:chat@backchannel'] })
  const entry = parseEntry('plugin:chat@backchannel#other')
  const [plan] = prepared.plans
  if (plan === undefined) throw new Error('nothing is planned')
  expect(prepared.admit({ ...plan, entry }, CHANNEL, '2025-11-25')).toMatchObject({ reason: 'not-opted-in' })
})
