/** What the operator can type in a session, and what comes back. */
import { describe, expect, test } from 'vitest'
import { kitServer, scriptedServer } from '../testing/servers.ts'
import { createAgent, openSession, type TestSession } from '../testing/session.ts'

/** The notice that answers a command. */
function type({ session, recorder }: TestSession, text: string) {
  const before = recorder.of('notice').length
  session.input({ type: 'command', text })
  const answer = recorder.of('notice')[before]
  return { level: answer?.level, text: answer?.message }
}

const idle = () => createAgent(async () => {})

describe('without channels', () => {
  test('/help names every command', () => {
    const { level, text } = type(openSession({ agent: idle() }), '/help')
    expect(level).toBe('info')
    for (const name of ['/help', '/channels', '/approvals', '/mcp', '/exit']) expect(text).toContain(`  ${name} `)
  })

  test('/channels and /mcp say how to have some', () => {
    const session = openSession({ agent: idle() })
    expect(type(session, '/channels').text).toBe(
      'No channels. Start the session with --channels plugin:fakechat@backchannel to have one.',
    )
    expect(type(session, '/mcp').text).toContain('.mcp.json')
    expect(type(session, '/channels restart chat').text).toBe('There is no channel chat. This session has none.')
  })

  test('an unknown command is answered with the nearest one', () => {
    const session = openSession({ agent: idle() })
    expect(type(session, '/chanels')).toEqual({
      level: 'error',
      text: 'There is no command /chanels. Did you mean /channels? /help lists what there is.',
    })
    expect(type(session, '/telegram:access pair a1b2c3').text).toBe(
      'There is no command /telegram:access. /help lists what there is.',
    )
    expect(type(session, `/${'x'.repeat(10_000)}`).text?.length).toBeLessThan(200)
    expect(type(session, '/constructor').level).toBe('error')
    expect(type(session, '').level).toBe('error')
  })

  test('/exit ends the session', async () => {
    const { session } = openSession({ agent: idle() })
    session.input({ type: 'command', text: '  /exit  ' })
    expect(await session.ended).toBe('exit')
  })
})

describe('with channels', () => {
  const servers = {
    good: kitServer('sdk-channel', { EVENTS: '[]' }),
    broken: kitServer('exits-at-once'),
  }

  test('/channels tells the state of each, with the reason of a refusal', async () => {
    const session = openSession({ agent: idle(), servers })
    expect(type(session, '/channels').text).toContain('good  (server:good)  starting')
    await session.session.settled
    const { text = '' } = type(session, '/channels')
    expect(text).toContain('  good  (server:good)  registered: its messages inject directly in this session')
    expect(text).toMatch(/ {2}broken {2}\(server:broken\) {2}refused \(failed-to-start\): .*exited with status 3/)
  })

  test('/mcp lists the tools of each', async () => {
    const session = openSession({ agent: idle(), servers })
    await session.session.settled
    expect(type(session, '/mcp').text).toBe(
      '  good  registered  mcp__good__reply, mcp__good__emit\n  broken  refused  (no tools)',
    )
  })

  test('/channels restart', async () => {
    const session = openSession({ agent: idle(), servers })
    await session.session.settled
    expect(type(session, '/channels restart').text).toContain('Usage:')
    expect(type(session, '/channels stop good').text).toContain('Usage:')
    expect(type(session, '/channels restart nobody').text).toBe(
      'There is no channel nobody. This session has good, broken.',
    )
    expect(type(session, '/channels restart good').text).toBe('Starting good again.')
    await session.recorder.wait('channel.registered', 2)
    expect(type(session, '/channels restart broken').text).toBe('Starting broken again.')
    expect(type(session, '/channels restart broken').text).toBe('broken is starting already.')
    await session.recorder.wait('channel.refused', 2)
  })
})

test('events that wait are counted', async () => {
  const events = JSON.stringify(['a', 'b', 'c'].map((chat_id) => ({ content: 'x', meta: { chat_id } })))
  const agent = createAgent(() => new Promise(() => {}))
  const session = openSession({ agent, servers: { chat: kitServer('sdk-channel', { EVENTS: events }) } })
  await session.recorder.wait('event.received', 3)
  await session.recorder.wait('turn.started')
  expect(type(session, '/channels').text).toContain('; 2 events wait')
})

describe('/approvals', () => {
  test('lists what waits and what is allowed for the session, without ids, and takes that back', async () => {
    const command = `printf '%s' \u202e${'a'.repeat(300)}\nend`
    const agent = createAgent(async (turn) => void (await turn.callTool('Bash', { command })))
    const made = openSession({ agent, options: { approvals: { canAnswer: () => true } } })
    expect(type(made, '/approvals').text).toBe(
      'Nothing waits for an approval.\nNothing is allowed for the rest of the session.',
    )
    made.session.input({ type: 'prompt', text: 'go' })
    const { request_id } = await made.recorder.wait('permission.requested')
    const { text = '' } = type(made, '/approvals')
    expect(text).toMatch(
      /^Waiting for an approval, the oldest first:\n {2}Bash \{"command":"printf '%s' \\u202ea+…a+ ⏎ end"\}\n {4}Run shell command; since \d\d:\d\d:\d\d, asked here only\nNothing is allowed/,
    )
    expect(text).not.toContain(request_id)
    made.session.input({ type: 'permission', request_id, behavior: 'allow', scope: 'session' })
    await made.recorder.wait('turn.finished')
    expect(type(made, '/approvals').text).toMatch(
      /^Nothing waits for an approval\.\nAllowed for the rest of the session:\n {2}1\. Bash "printf .* ⏎ end", by terminal\n\/approvals forget/,
    )
    for (const wrong of ['/approvals forget', '/approvals clear', '/approvals forget 1 2'])
      expect(type(made, wrong).text).toContain('Usage: /approvals')
    expect(type(made, '/approvals forget 2').text).toContain('Nothing with the number 2')
    expect(type(made, '/approvals forget 1').text).toContain('asked again from now on')
    made.session.input({ type: 'prompt', text: 'again' })
    await made.recorder.wait('permission.requested', 2)
    expect(type(made, '/approvals forget all').text).toBe('Nothing was allowed for the session.')
  })
})

describe('/NAME:access', () => {
  const server = scriptedServer(`
    const initialize = on.initialize()
    const extension = { version: 1, features: ['access'] }
    on.initialize = () => ({ ...initialize, capabilities: { experimental: { 'claude/channel': {}, 'backchannel/channel': extension } } })
    on['backchannel/access'] = ({ args }) => ({ ok: args[0] !== 'pair', text: args.join(' ') })
  `)

  test('is answered by the channel, and /help names it', async () => {
    const session = openSession({ agent: idle(), servers: { chat: server } })
    await session.session.settled
    session.session.input({ type: 'command', text: '/chat:access' })
    expect((await session.recorder.notice(/^status$/)).level).toBe('info')
    session.session.input({ type: 'command', text: '/chat:access pair a1b2c3' })
    expect((await session.recorder.notice(/^pair a1b2c3$/)).level).toBe('error')
    expect(type(session, '/help').text).toContain('/chat:access help')
    expect(type(session, '/chat:acess').text).toContain('Did you mean /chat:access?')
    session.session.input({ type: 'command', text: `/chat:access pair ${'x'.repeat(10_000)}` })
    await session.recorder.notice(/more than 500 characters/)
  })
})

describe('/NAME:configure', () => {
  const server = scriptedServer(`
    const initialize = on.initialize()
    const extension = { version: 1, features: ['access'] }
    on.initialize = () => ({ ...initialize, capabilities: { experimental: { 'claude/channel': {}, 'backchannel/channel': extension } } })
    on['backchannel/configure'] = ({ args, secret }) => {
      if (args[0] !== 'token') return { ok: true, text: 'status' }
      return secret ? { ok: true, text: 'took ' + secret + ' of ' + secret.length } : { ok: true, text: '', ask: 'The token' }
    }
    on['backchannel/complete'] = ({ command, args }) => ({ choices: [{ value: command + args.length, summary: 's' }] })
  `)
  const configure = { type: 'command', text: '/chat:configure token' } as const

  test('asks the operator for a secret, passes it on, and shows it nowhere', async () => {
    const asked: string[] = []
    const askSecret = async (question: string) => {
      asked.push(question)
      return asked.length === 1 ? 'secret-1' : undefined
    }
    const session = openSession({ agent: idle(), servers: { chat: server }, options: { askSecret } })
    await session.session.settled
    session.session.input({ type: 'command', text: '/chat:configure' })
    await session.recorder.notice(/^status$/)
    session.session.input(configure)
    await session.recorder.notice(/^took \[secret\] of 8$/)
    session.session.input(configure)
    await session.recorder.notice(/Nothing was given/)
    expect(asked).toEqual(['The token (for chat)', 'The token (for chat)'])
    expect(JSON.stringify(session.recorder.events)).not.toContain('secret-1')
  })

  test('headless it comes beside the command, or the answer says how', async () => {
    const session = openSession({ agent: idle(), servers: { chat: server } })
    await session.session.settled
    session.session.input({ ...configure, secret: 'secret-2' })
    await session.recorder.notice(/^took \[secret\] of 8$/)
    session.session.input(configure)
    await session.recorder.notice(/backchannel configure chat token/)
    expect(JSON.stringify(session.recorder.events)).not.toContain('secret-2')
  })

  test('a session lists and completes what can be typed', async () => {
    const { session } = openSession({ agent: idle(), servers: { chat: server } })
    await session.settled
    expect(session.commands().map(({ name }) => name)).toEqual(
      expect.arrayContaining(['/help', '/chat:access', '/chat:configure']),
    )
    const complete = async (text: string) => (await session.complete(text)).map(({ name }) => name)
    expect(await complete('/chat:access ')).toEqual(['/chat:access access1'])
    expect(await complete('/chat:configure a  b ')).toEqual(['/chat:configure a  b configure3'])
    expect(await complete('/nobody:access ')).toEqual([])
    expect(await complete('/chat:access')).toEqual([])
    expect(await complete('hello')).toEqual([])
  })
})
