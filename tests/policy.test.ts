/** Organisation policy with the built command: every entry refused and told who can change it, a running session, the doctor. */
import { join } from 'node:path'
import { serverPath } from '@backchannel/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createProject, type Project } from './support/command.ts'

const CHANNELS = ['--channels', 'plugin:fakechat@backchannel', 'plugin:webhook@backchannel']
const DEVELOPMENT = ['--dangerously-load-development-channels', 'server:hooks']
const ACCEPTED = '--accept-development-channels'

let project: Project
beforeEach(async () => {
  project = await createProject()
  const hooks = { command: process.execPath, args: [serverPath('sdk-channel')], env: { EVENTS: '[]' } }
  await project.write('.mcp.json', JSON.stringify({ mcpServers: { hooks } }))
})
afterEach(() => project[Symbol.asyncDispose]())

const manage = (said: object | string) =>
  project.write('managed.json', typeof said === 'string' ? said : JSON.stringify(said))
const FLAG = ['--managed-settings', 'managed.json']

describe('switched off', () => {
  test.each([
    ['with the warning accepted', [ACCEPTED]],
    ['without it', []],
  ])('every entry is refused with policy-off, and the notice says who can change it: %s', async (_, more) => {
    await manage({ channelsEnabled: false })
    const args = [...FLAG, ...CHANNELS, ...DEVELOPMENT, ...more, '--output-format', 'stream-json']
    const { code, stdout } = await project.run(args)
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const refused = events.filter(({ type }) => type === 'channel.refused')
    expect(refused.map(({ entry, reason }) => `${entry} ${reason}`).sort()).toEqual([
      'plugin:fakechat@backchannel policy-off',
      'plugin:webhook@backchannel policy-off',
      'server:hooks policy-off',
    ])
    for (const { message } of refused) {
      expect(message).toContain(`channelsEnabled is false in ${join(project.path, 'managed.json')}`)
      expect(message).toContain('an administrator, can set it to true')
    }
    expect(events.some(({ type }) => type === 'channel.registered')).toBe(false)
    expect(code).toBe(3)
  })

  test('a broken file says where and why', async () => {
    await manage('{"channelsEnabled": true,}')
    const { code, stdout } = await project.run([...FLAG, ...CHANNELS])
    expect(stdout).toMatch(/refused \(policy-off\): .*managed\.json is not valid JSON: line 1, column 26/)
    expect(code).toBe(3)
  })
})

test('changes apply to a running session', async () => {
  await manage({ channelsEnabled: true })
  const session = project.start(...FLAG, '--channels', 'plugin:webhook@backchannel')
  await session.event('notice', ({ message }) => message.startsWith('webhook: listening'))
  const post = (body: string) => fetch(`http://localhost:${project.ports.webhook}/`, { method: 'POST', body })

  await manage({ channelsEnabled: true, allowedChannelPlugins: [] })
  await session.event('channel.refused', ({ reason }) => reason === 'not-allowlisted')
  await manage({ channelsEnabled: false })
  await session.event('channel.refused', ({ reason }) => reason === 'policy-off')
  await session.event('notice', ({ message }) => message.startsWith('webhook: no longer registered: policy-off'))
  await post('lost')
  expect(await session.event('event.dropped')).toMatchObject({ source: 'webhook', reason: 'not-registered', count: 1 })

  await manage({ channelsEnabled: true })
  await session.event('notice', ({ message }) => message.startsWith('webhook: registered again'))
  await post('arrives')
  await session.event('event.received', ({ content }) => content.includes('arrives'))
  expect(session.events.some((event) => event.type === 'event.received' && event.content.includes('lost'))).toBe(false)
  expect((await session.end()).code).toBe(0)
})

describe('backchannel doctor policy', () => {
  test('names every value with its file, and every managed file that was looked at', async () => {
    await manage({ channelsEnabled: true, allowedChannelPlugins: [], plan: 'team' })
    await project.write('more.json', JSON.stringify({ limits: { burst: 7 }, channels: ['plugin:webhook@backchannel'] }))
    const { code, stdout } = await project.run(['doctor', 'policy', ...FLAG, '--settings', 'more.json'])
    const managed = join(project.path, 'managed.json')
    expect(stdout).toContain(`channelsEnabled        true  (${managed})`)
    expect(stdout).toContain(`plan                   team  (${managed})`)
    expect(stdout).toContain(`allowlist              none  (${managed})`)
    expect(stdout).toContain(`● read    ${managed}  (given after --managed-settings)`)
    expect(stdout).toMatch(/managed-settings\.json {2}\(of Claude Code\)/)
    expect(stdout).toContain(`limits.burst             7  (${join(project.path, 'more.json')})`)
    expect(stdout).toContain('relay                    origin  (default)')
    expect(stdout).toContain("Not seen from here: what an organisation sets in a vendor's web console")
    expect(code).toBe(0)
  })

  test('says of an entry which step refuses it, and who can change that', async () => {
    await manage({ channelsEnabled: false })
    const { code, stdout } = await project.run(['doctor', 'policy', 'webhook', ...FLAG])
    expect(stdout).toMatch(
      /\nplugin:webhook@backchannel\n {2}\? 1 capability .*\n {2}✗ 2 policy {6}channels are switched off: channelsEnabled is false in .*managed\.json; .*\n {2}○ 3 opt-in .*not reached.*\n {2}○ 4 allowlist .*\n {2}→ refused \(policy-off\)\n {2}who can change it: .*administrator\n$/,
    )
    expect(code).toBe(1)
  })

  test('--json has the same facts', async () => {
    await manage({ channelsEnabled: true, allowedChannelPlugins: [] })
    const { code, stdout } = await project.run(['doctor', 'policy', 'webhook', '--json', ...FLAG])
    const file = join(project.path, 'managed.json')
    expect(JSON.parse(stdout)).toMatchObject({
      channels_allowed: true,
      managed: { channelsEnabled: { value: true, from: [file] }, allowlist: { value: [], from: [file] } },
      settings: { 'limits.burst': { value: 2000, from: [] } },
      entry: {
        entry: 'plugin:webhook@backchannel',
        refused: {
          step: 'allowlist',
          reason: 'not-allowlisted',
          who_can_change: expect.stringContaining('administrator'),
        },
      },
    })
    expect(code).toBe(1)
  })

  test('--start asks the server, aside from its real state', async () => {
    const asked = await project.run(['doctor', 'policy', 'server:hooks', '--start'])
    expect(asked.stdout).toContain('✓ 1 capability  declares claude/channel, with MCP 2025-11-25')
    expect(asked.stdout).toContain('→ nothing here refuses it')
    expect(asked.code).toBe(0)
    const plain = { command: process.execPath, args: [serverPath('sdk-plain')] }
    await project.write('plain.json', JSON.stringify({ mcpServers: { plain } }))
    const { code, stdout } = await project.run([
      'doctor',
      'policy',
      'server:plain',
      '--start',
      '--mcp-config',
      'plain.json',
    ])
    expect(stdout).toMatch(/✗ 1 capability .*does not declare claude\/channel/)
    expect(stdout).toContain('who can change it: the author of the server')
    expect(code).toBe(1)
  })

  test('a broken file is an error of its own, and an unknown entry says what there is', async () => {
    await manage({ channelsEnabled: 'yes' })
    const broken = await project.run(['doctor', 'policy', ...FLAG])
    expect(broken.stdout).toMatch(/✗ broken .*managed\.json.*\n {6}.*channelsEnabled must be true or false/)
    expect(broken.code).toBe(1)
    const unknown = await project.run(['doctor', 'policy', 'webhok'])
    expect(unknown.stdout).toMatch(/→ refused \(not-found\): .*Did you mean plugin:webhook@backchannel/)
    expect(unknown.code).toBe(1)
    expect((await project.run(['doctor', 'policy', 'one', 'two'])).code).toBe(2)
  })
})
