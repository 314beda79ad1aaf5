/** A tool call that asks, in a whole session: the terminal, stream-json and a real channel answer it, and it runs or does not. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createTempDirectory } from '@backchannel/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { AgentTurn } from '../agents/agent.ts'
import type { Recorder } from '../testing/channel-ports.ts'
import { scriptedServer } from '../testing/servers.ts'
import { createAgent, openSession } from '../testing/session.ts'

/** A channel that relays, and says as an event what it is told; `answer` is run for each request. */
const relaying = (answer = '') =>
  scriptedServer(`
    const initialize = on.initialize()
    const extension = { version: 1, features: ['origin', 'control'] }
    on.initialize = () => ({ ...initialize, capabilities: {
      experimental: { 'claude/channel': {}, 'claude/channel/permission': {}, 'backchannel/channel': extension }, tools: {} } })
    const verdict = (request_id, behavior, more) =>
      send({ method: 'notifications/claude/channel/permission', params: { request_id, behavior, ...more } })
    on['notifications/claude/channel/permission_request'] = (params) => {
      process.stderr.write('asked ' + JSON.stringify(params) + '\\n')
      ${answer}
    }
    on['notifications/backchannel/permission_resolved'] = ({ outcome, by }) =>
      void process.stderr.write('resolved ' + outcome + ' by ' + by + '\\n')
    event({ content: 'touch it', meta: { chat_id: 'c1', message_id: 'm1' } })
  `)

async function setUp({ answer, canAnswer = true }: { answer?: string; canAnswer?: boolean } = {}) {
  const folder = await createTempDirectory('backchannel-approvals-')
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const outcomes: { ok: boolean; text: string }[] = []
  const agent = createAgent(async (turn: AgentTurn) => {
    outcomes.push(await turn.callTool('Bash', { command: `touch file-${turn.number}` }))
  })
  const session = openSession({
    agent,
    cwd: folder.path,
    servers: { chat: relaying(answer) },
    options: { approvals: { canAnswer: () => canAnswer } },
  })
  const made = (turn: number) => existsSync(join(folder.path, `file-${turn}`))
  return { ...session, outcomes, made }
}

async function requestOf(recorder: Recorder, count = 1) {
  const { request_id: id, ...rest } = await recorder.wait('permission.requested', count)
  return { id, rest }
}

describe('a call that asks', () => {
  test('goes to the stream and to the channel with its origin; allowed in the terminal, it runs, and the channel is told', async () => {
    const { session, recorder, outcomes, made } = await setUp()
    const { id, rest } = await requestOf(recorder)
    expect(rest).toEqual({
      type: 'permission.requested',
      tool_name: 'Bash',
      description: 'Run shell command',
      input_preview: '{"command":"touch file-1"}',
      relayed_to: ['chat'],
    })
    const asked = await recorder.notice(/chat: asked/)
    expect(asked.message).toMatch(/"origin":\{"source":"chat","chat_id":"c1","event_id":"[^"]+"\}/)
    expect(made(1)).toBe(false)
    session.input({ type: 'permission', request_id: id, behavior: 'allow' })
    await recorder.wait('turn.finished')
    expect(outcomes).toEqual([{ ok: true, text: '(no output)' }])
    expect(made(1)).toBe(true)
    expect(recorder.of('permission.resolved')).toEqual([
      { type: 'permission.resolved', request_id: id, behavior: 'allow', by: 'terminal' },
    ])
    await recorder.notice(/chat: resolved allow by terminal/)
    session.input({ type: 'permission', request_id: id, behavior: 'deny' })
    await recorder.notice(/No permission request .* is open/)
  })

  test('allowed in the channel runs, and a second verdict changes nothing', async () => {
    const answer = `verdict(params.request_id, 'allow', { by: 'u1' }); verdict(params.request_id, 'deny')`
    const { recorder, outcomes, made } = await setUp({ answer })
    await recorder.wait('turn.finished')
    expect(outcomes).toMatchObject([{ ok: true }])
    expect(made(1)).toBe(true)
    expect(recorder.of('permission.resolved')).toMatchObject([{ behavior: 'allow', by: 'chat' }])
    await recorder.notice(/chat: resolved allow by chat/)
  })

  test('with nobody at the terminal is for the channel alone', async () => {
    const { recorder, made } = await setUp({ answer: `verdict(params.request_id, 'allow')`, canAnswer: false })
    await recorder.wait('turn.finished')
    expect(made(1)).toBe(true)
  })

  test('a denial is for its call: the next one asks again', async () => {
    const { session, recorder, made } = await setUp({ answer: `verdict(params.request_id, 'deny')` })
    await recorder.wait('turn.finished')
    session.input({ type: 'prompt', text: 'again' })
    await recorder.wait('turn.finished', 2)
    expect(recorder.of('permission.requested')).toHaveLength(2)
    expect([made(1), made(2)]).toEqual([false, false])
  })

  test('denied with a note tells the agent why', async () => {
    const { session, recorder, outcomes, made } = await setUp()
    const { id } = await requestOf(recorder)
    session.input({ type: 'permission', request_id: id, behavior: 'deny', note: 'use the other folder' })
    await recorder.wait('turn.finished')
    expect(outcomes[0]?.text).toBe(
      'Not allowed: running "touch file-1" needs an approval; denied by terminal. They said: use the other folder',
    )
    expect(made(1)).toBe(false)
  })

  test('a verdict for another id, or of nonsense, is none', async () => {
    const answer = `verdict('zzzzz', 'allow'); verdict(params.request_id.toUpperCase(), 'allow'); verdict(params.request_id, 'ALLOW')`
    const { session, recorder, made } = await setUp({ answer })
    const { id } = await requestOf(recorder)
    await recorder.notice(/a verdict was passed over/)
    expect(recorder.of('permission.resolved')).toEqual([])
    session.input({ type: 'permission', request_id: id, behavior: 'deny' })
    await recorder.wait('turn.finished')
    expect(made(1)).toBe(false)
  })

  test('ends with an interrupt, from the channel too, and with the session', async () => {
    const interrupt = `send({ method: 'notifications/backchannel/control', params: { action: 'interrupt', by: 'u1' } })`
    const { session, recorder, made } = await setUp({ answer: interrupt })
    await recorder.wait('permission.resolved')
    expect(recorder.of('permission.resolved')).toMatchObject([{ behavior: 'cancelled', by: 'interrupt' }])
    await recorder.wait('turn.finished')
    session.input({ type: 'prompt', text: 'again' })
    await recorder.wait('permission.resolved', 2)
    expect(recorder.of('turn.finished')).toMatchObject([{ outcome: 'interrupted' }, { outcome: 'interrupted' }])
    await session.end('test')
    expect([made(1), made(2)]).toEqual([false, false])
  })

  test('is shown again to a channel that was started again', async () => {
    const { session, recorder } = await setUp()
    const { id } = await requestOf(recorder)
    session.channels.channels[0]?.restart()
    await recorder.wait('channel.registered', 2)
    const asked = () => recorder.of('notice').filter(({ message }) => message.includes(`asked {"request_id":"${id}"`))
    await expect.poll(asked).toHaveLength(2)
    await session.end('test')
    expect(recorder.of('permission.resolved')).toMatchObject([{ behavior: 'cancelled', by: 'session-ended' }])
  })
})
