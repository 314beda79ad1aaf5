/** Policy that changes while a channel runs: refused at once, registered again, and its process goes on through both. */
import type { PermissionVerdict } from '@backchannel/protocol'
import { waitFor } from '@backchannel/testkit'
import { describe, expect, test } from 'vitest'
import type { ChannelPolicy } from '../settings/policy.ts'
import { NEVER, openChannel } from '../testing/channel.ts'
import { createPorts, type TestPorts } from '../testing/channel-ports.ts'
import { kitChannel, kitServer, scriptedServer } from '../testing/servers.ts'
import type { RelayLink } from './relay-link.ts'

const ON: ChannelPolicy = { channelsAllowed: true, because: 'on' }
const OFF: ChannelPolicy = { channelsAllowed: false, because: 'channelsEnabled is false in /etc/x' }

function createPolicy(policy = ON) {
  const now = { policy }
  const ports = createPorts({ policy: () => now.policy })
  return { now, ports }
}

const outcomes = ({ recorder }: TestPorts) =>
  recorder.events.flatMap((event) => {
    if (event.type === 'channel.registered') return ['registered']
    return event.type === 'channel.refused' ? [event.reason] : []
  })
const contents = ({ recorder }: TestPorts) => recorder.of('event.received').map(({ content }) => content)
const dropped = (ports: TestPorts) => {
  ports.drops.close()
  return ports.recorder.of('event.dropped').map(({ reason, count }) => `${count} ${reason}`)
}

describe('switched off', () => {
  test('it is refused with the reason, its tools still work, and its events drop', async () => {
    const { now, ports } = createPolicy()
    const channel = openChannel(kitServer('sdk-channel', { EVENTS: '[]' }), ports)
    await channel.settled
    now.policy = OFF
    channel.reconsider()
    expect(ports.recorder.of('channel.refused')).toEqual([
      {
        type: 'channel.refused',
        entry: 'server:test',
        reason: 'policy-off',
        message: `server:test is not registered as a channel: channels are switched off: ${OFF.because}.`,
      },
    ])
    expect(channel.state).toMatchObject({ kind: 'refused', reason: 'policy-off' })
    expect(await channel.callTool('reply', { text: 'still' }, NEVER)).toEqual({ ok: true, text: 'sent: still' })
    await channel.callTool('emit', { content: 'lost' }, NEVER)
    await channel.callTool('reply', { text: 'after it' }, NEVER)
    expect(contents(ports)).toEqual([])
    expect(dropped(ports)).toEqual(['1 not-registered'])
  })

  test('what still waits for the agent does not reach it either', async () => {
    const { now, ports } = createPolicy()
    const channel = openChannel(kitServer('sdk-channel'), ports)
    await ports.recorder.wait('event.received')
    now.policy = OFF
    channel.reconsider()
    expect(ports.queue.empty).toBe(true)
    expect(ports.queue.waiting('test')).toBe(0)
    expect(dropped(ports)).toEqual(['1 not-registered'])
  })

  test('and on again, it is registered again and its events arrive', async () => {
    const { now, ports } = createPolicy()
    const channel = openChannel(kitServer('sdk-channel', { EVENTS: '[]' }), ports)
    await channel.settled
    for (const policy of [OFF, ON]) {
      now.policy = policy
      channel.reconsider()
    }
    await channel.callTool('emit', { content: 'arrives' }, NEVER)
    await ports.recorder.wait('event.received')
    expect(contents(ports)).toEqual(['arrives'])
    expect(outcomes(ports)).toEqual(['registered', 'policy-off', 'registered'])
    expect(channel.state).toEqual({ kind: 'registered' })
  })

  test('from the start, it is registered once policy allows it', async () => {
    const { now, ports } = createPolicy(OFF)
    const channel = openChannel(kitServer('sdk-channel', { EVENTS: '[]' }), ports)
    await channel.settled
    now.policy = ON
    channel.reconsider()
    expect(outcomes(ports)).toEqual(['policy-off', 'registered'])
  })

  test('while it is started again, the new process is judged by the policy of now', async () => {
    const { now, ports } = createPolicy()
    const channel = openChannel(scriptedServer(`on['tools/call'] = () => process.exit(1)`), ports)
    await channel.settled
    await channel.callTool('end', {}, NEVER)
    await ports.recorder.wait('channel.closed')
    now.policy = OFF
    channel.reconsider()
    expect(outcomes(ports)).toEqual(['registered'])
    await ports.recorder.wait('channel.refused')
    expect(channel.state).toMatchObject({ kind: 'refused', reason: 'policy-off' })
  })

  test('what stays the same is not told again; the newest words are kept', async () => {
    const { now, ports } = createPolicy()
    const channel = openChannel(kitServer('sdk-channel', { EVENTS: '[]' }), ports)
    await channel.settled
    now.policy = { ...ON, because: 'still on' }
    channel.reconsider()
    for (const because of ['one', 'two']) {
      now.policy = { channelsAllowed: false, because }
      channel.reconsider()
    }
    expect(outcomes(ports)).toEqual(['registered', 'policy-off'])
    expect(channel.state).toMatchObject({ message: expect.stringContaining('two') })
  })
})

test('a channel of the kit is told each time and goes on; what was dropped counts as new when it comes again', async () => {
  const { now, ports } = createPolicy()
  const channel = openChannel(kitChannel(), ports)
  await ports.recorder.notice(/started as test/)
  const emit = (event_id: string) => channel.callTool('emit', { content: event_id, event_id }, NEVER)
  await emit('waits')
  await ports.recorder.notice(/receipt waits queued/)
  now.policy = OFF
  channel.reconsider()
  await ports.recorder.notice(/no longer registered: policy-off\. Tools work; its events are dropped\./)
  await ports.recorder.notice(/receipt waits dropped not-registered/)
  await emit('lost')
  await ports.recorder.notice(/receipt lost dropped not-registered/)
  now.policy = ON
  channel.reconsider()
  await ports.recorder.notice(/registered again: its events reach the session/)
  await emit('arrives')
  await ports.recorder.notice(/receipt arrives queued/)
  // Dropped, so this session does not have it: offered again, it is new.
  await emit('waits')
  await ports.recorder.wait('event.received', 3)
  expect(contents(ports)).toEqual(['waits', 'arrives', 'waits'])
  expect(ports.recorder.of('notice').filter(({ message }) => /started as/.test(message))).toHaveLength(1)
})

test('a channel that relays: what is open there is withdrawn, its verdicts count no more, and it gets a new link', async () => {
  const { now, ports } = createPolicy()
  const links: RelayLink[] = []
  const lost: RelayLink[] = []
  const verdicts: PermissionVerdict[] = []
  const relay = {
    opened: (link: RelayLink) => void links.push(link),
    lost: (link: RelayLink) => void lost.push(link),
    verdict: (_: RelayLink, verdict: PermissionVerdict) => void verdicts.push(verdict),
    control: () => {},
  }
  const script = `
    const say = (...words) => process.stderr.write(words.join(' ') + '\\n')
    const initialize = on.initialize
    on.initialize = () => ({ ...initialize(), capabilities: { tools: {}, experimental: { 'claude/channel': {},
      'claude/channel/permission': {}, 'backchannel/channel': { version: 1, features: ['receipts', 'origin'] } } } })
    on['notifications/backchannel/registration'] = ({ state, reason }) => say('registration', state, reason ?? '')
    on['notifications/claude/channel/permission_request'] = ({ request_id }) => say('request', request_id)
    on['notifications/backchannel/permission_resolved'] = ({ request_id, outcome, by }) => say('resolved', request_id, outcome, by)
    on['tools/call'] = () => {
      send({ method: 'notifications/claude/channel/permission', params: { request_id: 'abcde', behavior: 'allow' } })
      return { content: [] }
    }
  `
  const channel = openChannel(scriptedServer(script), { ...ports, relay })
  await channel.settled
  const request = { requestId: 'abcde', toolName: 'Bash', description: 'd', inputPreview: '{}' }
  links[0]?.show(request)
  links[0]?.show({ ...request, requestId: 'bcdef' })
  links[0]?.resolved({ requestId: 'bcdef', outcome: 'deny', by: 'terminal' })
  now.policy = OFF
  channel.reconsider()
  expect(lost).toEqual(links)
  await channel.callTool('verdict', {}, NEVER)
  await ports.recorder.notice(/a verdict was passed over/)
  expect(verdicts).toEqual([])
  now.policy = ON
  channel.reconsider()
  expect(links).toHaveLength(2)
  links[1]?.show(request)
  await channel.callTool('verdict', {}, NEVER)
  await waitFor(() => verdicts.length === 1, { what: 'the verdict' })
  const said = () =>
    ports.recorder
      .of('notice')
      .map(({ message }) => message.replace('test: ', '').trim())
      .filter((line) => /^(registration|request|resolved)/.test(line))
  await waitFor(() => said().length >= 8, { what: 'everything that the server was told' })
  expect(said()).toEqual([
    'registration registered',
    'request abcde',
    'request bcdef',
    'resolved bcdef deny terminal',
    'registration refused policy-off',
    'resolved abcde cancelled not-registered',
    'registration registered',
    'request abcde',
  ])
})
