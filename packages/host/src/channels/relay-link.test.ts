/** What goes to a channel that relays permissions, what comes back from it, and the operator's word to it. */
import type { Control, PermissionVerdict } from '@backchannel/protocol'
import { waitFor } from '@backchannel/testkit'
import { describe, expect, test } from 'vitest'
import { openChannel } from '../testing/channel.ts'
import { createPorts, type TestPorts } from '../testing/channel-ports.ts'
import { scriptedServer } from '../testing/servers.ts'
import type { RelayLink } from './relay-link.ts'

const REQUEST = {
  requestId: 'abcde',
  toolName: 'Bash',
  description: 'Run shell command',
  inputPreview: '{"command":"touch x"}',
  origin: { source: 'test', chatId: 'c1' },
}

interface Heard {
  readonly links: RelayLink[]
  readonly lost: RelayLink[]
  readonly verdicts: PermissionVerdict[]
  readonly controls: Control[]
}

function listen(optIn: 'development' | 'none' = 'development'): { ports: TestPorts; heard: Heard } {
  const heard: Heard = { links: [], lost: [], verdicts: [], controls: [] }
  const relay = {
    opened: (link: RelayLink) => void heard.links.push(link),
    lost: (link: RelayLink) => void heard.lost.push(link),
    verdict: (_link: RelayLink, verdict: PermissionVerdict) => void heard.verdicts.push(verdict),
    control: (_source: string, control: Control) => void heard.controls.push(control),
  }
  return { ports: { ...createPorts({ optIn }), relay }, heard }
}

/** Says on stderr what it is told, and declares what the test wants. */
const server = (experimental: object, more = '') =>
  scriptedServer(`
    const initialize = on.initialize()
    on.initialize = () => ({ ...initialize, capabilities: { experimental: ${JSON.stringify({ 'claude/channel': {}, ...experimental })}, tools: {} } })
    for (const method of ['notifications/claude/channel/permission_request', 'notifications/backchannel/permission_resolved'])
      on[method] = (params) => void event({ content: JSON.stringify([method.split('/').pop(), params]) })
    ${more}
  `)
const PERMISSION = { 'claude/channel/permission': {} }
const EXTENSION = { 'backchannel/channel': { version: 1, features: ['origin', 'control', 'access'] } }
const VERDICT = `send({ method: 'notifications/claude/channel/permission', params: { request_id: 'abcde', behavior: 'allow', by: 'u1', scope: 'session' } })`

/** What the server was told, as it says itself. */
const told = ({ recorder }: TestPorts) => recorder.of('event.received').map(({ content }) => JSON.parse(content))

describe('a channel that relays', () => {
  test('gets the request as the contract has it, and nothing of the extension where it does not know it', async () => {
    const { ports, heard } = listen()
    const channel = openChannel(server(PERMISSION), ports)
    await channel.settled
    heard.links[0]?.show(REQUEST)
    heard.links[0]?.resolved({ requestId: 'abcde', outcome: 'deny', by: 'terminal' })
    heard.links[0]?.show({ ...REQUEST, requestId: 'bcdef' })
    await ports.recorder.wait('event.received', 2)
    const base = {
      tool_name: 'Bash',
      description: 'Run shell command',
      input_preview: '{"command":"touch x"}',
    }
    expect(told(ports)).toEqual([
      ['permission_request', { request_id: 'abcde', ...base }],
      ['permission_request', { request_id: 'bcdef', ...base }],
    ])
  })

  test('that knows the extension learns where a request comes from, and how it ended', async () => {
    const { ports, heard } = listen()
    await openChannel(server({ ...PERMISSION, ...EXTENSION }), ports).settled
    heard.links[0]?.show(REQUEST)
    heard.links[0]?.resolved({ requestId: 'abcde', outcome: 'deny', by: 'terminal' })
    await ports.recorder.wait('event.received', 2)
    expect(told(ports)).toMatchObject([
      ['permission_request', { origin: { source: 'test', chat_id: 'c1' } }],
      ['permission_resolved', { request_id: 'abcde', outcome: 'deny', by: 'terminal' }],
    ])
  })

  test('what it says before its admission counts nowhere, and is told once', async () => {
    const { ports, heard } = listen()
    const say = `on['tools/list'] = () => { for (let at = 0; at < 3; at++) { ${VERDICT} } return { tools: [] } }`
    await openChannel(server(PERMISSION, say), ports).settled
    heard.links[0]?.show(REQUEST)
    await ports.recorder.wait('event.received')
    expect(heard.verdicts).toEqual([])
    expect(ports.recorder.of('notice').filter(({ message }) => message.includes('verdict'))).toHaveLength(1)
  })

  test('what it says after it is passed on as it is, and what is malformed is told once', async () => {
    const { ports, heard } = listen()
    const answer = `on['notifications/claude/channel/permission_request'] = () => {
      ${VERDICT}
      send({ method: 'notifications/claude/channel/permission', params: { request_id: 'abcde', behavior: 'perhaps' } })
      send({ method: 'notifications/backchannel/control', params: { action: 'interrupt', by: 'u1' } })
      send({ method: 'notifications/backchannel/control', params: { action: 'explode', by: 'u1' } })
      event({ content: '"done"' })
    }`
    await openChannel(server({ ...PERMISSION, ...EXTENSION }, answer), ports).settled
    heard.links[0]?.show(REQUEST)
    await ports.recorder.wait('event.received')
    expect(heard.verdicts).toEqual([{ requestId: 'abcde', behavior: 'allow', by: 'u1', scope: 'session' }])
    expect(heard.controls).toEqual([{ action: 'interrupt', by: 'u1' }])
    expect(ports.recorder.of('notice').filter(({ level }) => level === 'warning')).toHaveLength(1)
  })

  test('is lost with its process, and there again with the next one', async () => {
    const { ports, heard } = listen()
    const channel = openChannel(server(PERMISSION), ports)
    await channel.settled
    channel.restart()
    await waitFor(() => heard.links.length === 2, { what: 'the next process' })
    expect(heard.lost).toEqual([heard.links[0]])
    await channel.close()
    expect(heard.lost).toEqual(heard.links)
  })

  test.each([
    ['without the capability', {}, 'development'],
    ['that set the capability to false', { 'claude/channel/permission': false }, 'development'],
    ['that is not registered', PERMISSION, 'none'],
  ] as const)('a channel %s is never asked, and its verdicts count nowhere', async (_name, experimental, optIn) => {
    const { ports, heard } = listen(optIn)
    const say = `let listed = 0
    on['tools/list'] = () => { if (listed++ > 0) { ${VERDICT} } return { tools: [] } }
    on['tools/call'] = () => { ${VERDICT}; return { content: [] } }`
    const channel = openChannel(server(experimental, say), ports)
    await channel.settled
    await channel.callTool('any', {}, new AbortController().signal)
    expect(heard).toEqual({ links: [], lost: [], verdicts: [], controls: [] })
  })

  test('that floods with verdicts is held to a rate', async () => {
    const { ports, heard } = listen()
    const flood = `on['notifications/claude/channel/permission_request'] = () => {
      for (let at = 0; at < 20000; at++) { ${VERDICT} }
      event({ content: '"done"' })
    }`
    await openChannel(server(PERMISSION, flood), ports).settled
    heard.links[0]?.show(REQUEST)
    await ports.recorder.wait('event.received')
    expect(heard.verdicts.length).toBeGreaterThan(0)
    expect(heard.verdicts.length).toBeLessThan(5_000)
    await ports.recorder.notice(/faster than people/)
  })
})

describe("the operator's word", () => {
  test('goes to a channel with the feature, and its answer comes back', async () => {
    const { ports } = listen()
    const answer = `on['backchannel/access'] = ({ args }) => ({ ok: true, text: args.join('+') })`
    const channel = openChannel(server({ ...PERMISSION, ...EXTENSION }, answer), ports)
    await channel.settled
    expect(await channel.operator.access(['pair', 'a1b2c3'])).toEqual({ ok: true, text: 'pair+a1b2c3' })
    await channel.close()
    expect(await channel.operator.access(['status'])).toMatchObject({ ok: false })
  })

  test.each([
    ['refuses', `on['backchannel/access'] = (_, { id }) => void send({ id, error: { code: -32600, message: 'no' } })`],
    ['answers nonsense', `on['backchannel/access'] = () => ({ ok: 'yes' })`],
    ['ends', `on['backchannel/access'] = () => process.exit(1)`],
  ])('to a channel that %s is a failure in words', async (_name, script) => {
    const { ports } = listen()
    const channel = openChannel(server(EXTENSION, script), ports)
    await channel.settled
    const { ok, text } = await channel.operator.access(['status'])
    expect(ok).toBe(false)
    expect(text).toMatch(/^It did not answer: |^Its answer was not understood: /)
  })

  test('is not sent to a channel that does not know it', async () => {
    const { ports } = listen()
    const channel = openChannel(server(PERMISSION), ports)
    await channel.settled
    expect(await channel.operator.access(['status'])).toEqual({
      ok: false,
      text: "test does not take the operator's word from a session.",
    })
  })
})
