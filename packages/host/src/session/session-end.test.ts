/** How a session ends: within two seconds, once, with nothing left behind and nothing lost before it. */
import { deferred, isAlive, staysTrue } from '@backchannel/testkit'
import { expect, test } from 'vitest'
import type { Agent } from '../agents/agent.ts'
import { kitServer } from '../testing/servers.ts'
import { createAgent, openSession } from '../testing/session.ts'

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

test.runIf(process.platform !== 'win32')(
  'comes within two seconds, everything gone, whatever agent and servers do',
  async () => {
    const hanging: Partial<Agent> = { close: () => new Promise(() => {}) }
    const agent = createAgent(() => new Promise(() => {}), hanging)
    const { session, recorder } = openSession({
      agent,
      servers: { deaf: kitServer('ignores-eof'), parent: kitServer('spawns-child', { INHERIT: '1' }) },
    })
    await recorder.wait('event.received', 2)
    await recorder.wait('turn.started')
    const child = Number(
      recorder
        .of('event.received')
        .find(({ source }) => source === 'parent')
        ?.content.split(' ')[1],
    )
    const pid = Number(/pid (\d+)/.exec((await recorder.notice(/deaf: .*pid/)).message)?.[1])
    expect([isAlive(child), isAlive(pid)]).toEqual([true, true])
    expect(await timed(() => session.end('SIGTERM'))).toBeLessThan(2_000)
    expect([isAlive(child), isAlive(pid)]).toEqual([false, false])
    expect(recorder.of('turn.finished')).toMatchObject([{ outcome: 'interrupted' }])
    expect(recorder.events.at(-1)).toEqual({ type: 'session.ended', reason: 'SIGTERM' })
    expect(await session.ended).toBe('SIGTERM')
  },
)

test('is one, with the first reason; nothing is told and no input is taken after it', async () => {
  const talk = deferred()
  const agent = createAgent(async (turn) => {
    await talk.promise
    turn.say('from the grave')
  })
  const { session, recorder } = openSession({ agent, servers: { chat: kitServer('sdk-channel') } })
  await recorder.wait('turn.started')
  await Promise.all([session.end('first'), session.end('second')])
  talk.resolve()
  session.input({ type: 'prompt', text: 'too late' })
  session.input({ type: 'command', text: '/help' })
  session.notice('info', 'too late')
  expect(await session.ended).toBe('first')
  expect(await staysTrue(() => recorder.events.at(-1)?.type === 'session.ended', 100)).toBe(true)
  expect(recorder.of('session.ended')).toEqual([{ type: 'session.ended', reason: 'first' }])
})

test('is possible before anything has started', async () => {
  const { session, recorder } = openSession({
    agent: createAgent(async () => {}),
    servers: { chat: kitServer('sdk-channel'), slow: kitServer('never-initializes') },
  })
  session.input({ type: 'prompt', text: 'never run' })
  expect(await timed(() => session.end('early'))).toBeLessThan(2_000)
  expect(recorder.of('turn.started')).toEqual([])
})

test('of an agent whose closing fails is an end all the same', async () => {
  for (const close of [
    () => Promise.reject(new Error('no')),
    () => {
      throw new Error('no')
    },
  ]) {
    const { session } = openSession({ agent: createAgent(async () => {}, { close }) })
    await session.end('done')
    expect(await session.ended).toBe('done')
  }
})

test('comes by itself where the agent can’t be started', async () => {
  const start = () => Promise.reject(new Error('no key was found'))
  const { session, recorder } = openSession({ agent: createAgent(async () => {}, { start }) })
  expect(await session.ended).toBe('failed')
  expect(recorder.of('notice')).toEqual([
    { type: 'notice', level: 'error', message: 'The agent could not be started: no key was found' },
  ])
})

test('when idle: after what came in before, at once where there is nothing', async () => {
  const agent = createAgent(async () => {})
  const busy = openSession({ agent })
  busy.session.input({ type: 'prompt', text: 'one' })
  busy.session.input({ type: 'prompt', text: 'two' })
  busy.session.endWhenIdle('completed')
  expect(await busy.session.ended).toBe('completed')
  expect(busy.recorder.of('turn.finished')).toHaveLength(2)

  const idle = openSession({ agent })
  await idle.session.settled
  idle.session.endWhenIdle('completed')
  expect(await idle.session.ended).toBe('completed')
})

test('when idle, at whatever moment it is asked for: the prompt before it is never lost', async () => {
  for (let ticks = 0; ticks < 12; ticks += 1) {
    const { session, recorder } = openSession({ agent: createAgent(async () => {}) })
    await session.settled
    await new Promise((resolve) => setImmediate(resolve))
    session.input({ type: 'prompt', text: 'one' })
    for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
    session.endWhenIdle('completed')
    await session.ended
    expect(recorder.of('turn.finished')).toHaveLength(1)
  }
})
