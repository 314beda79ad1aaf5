/** What the terminal knows of a session after its events: channels, the turn and its origin, what waits. */
import { expect, test } from 'vitest'
import type { SessionEvent, StampedEvent } from '../events.ts'
import { UNICODE_GLYPHS } from '../glyphs.ts'
import { createSessionView, reduceSession, type SessionView } from './session-view.ts'

function play(events: readonly SessionEvent[], start: SessionView = createSessionView(UNICODE_GLYPHS)) {
  let view = start
  const gaps: boolean[] = []
  for (const event of events) {
    const step = reduceSession(view, { ...event, at: '' } as StampedEvent, { columns: 80, now: 5_000 })
    view = step.view
    if (step.block) gaps.push(step.block.gap)
  }
  return { view, gaps }
}

const capabilities = { permission: false, tools: [], extension: [] }
const received = (event_id: string, user?: string): SessionEvent => ({
  type: 'event.received',
  source: 'fakechat',
  event_id,
  content: 'hi',
  meta: user === undefined ? {} : { user },
})

test('channels come, go and come back under their name', () => {
  const entry = 'plugin:fakechat@backchannel'
  const { view } = play([
    { type: 'channel.refused', entry: 'plugin:other@somewhere', reason: 'not-allowlisted', message: 'no' },
    { type: 'channel.registered', entry, source: 'fakechat', capabilities },
    { type: 'channel.closed', entry, reason: 'was killed by SIGKILL', restarting: true },
  ])
  expect(view.channels).toEqual([
    { entry: 'plugin:other@somewhere', name: 'other', mark: 'refused' },
    { entry, name: 'fakechat', mark: 'restarting' },
  ])
})

test('a turn knows where it comes from', () => {
  const started = (event_ids: string[]): SessionEvent => ({ type: 'turn.started', turn: 1, input: 'x', event_ids })
  expect(play([received('e1', 'web'), started(['e1'])]).view.turn).toEqual({
    turn: 1,
    startedAt: 5_000,
    origin: 'fakechat · web',
  })
  expect(play([received('e1'), started(['e1'])]).view.turn?.origin).toBe('fakechat')
  expect(play([started([])]).view.turn?.origin).toBeUndefined()
  const finished: SessionEvent = { type: 'turn.finished', turn: 1, outcome: 'completed' }
  expect(play([received('e1'), started(['e1']), finished]).view).toMatchObject({ turn: undefined, origins: new Map() })
})

test('origins of events that no turn takes are forgotten in the end', () => {
  const { view } = play(Array.from({ length: 1_500 }, (_, index) => received(`e${index}`)))
  expect(view.origins.size).toBe(1_000)
  expect(view.origins.has('e1499')).toBe(true)
})

test('a waiting prompt leaves the list with its own turn, whatever other turns start', () => {
  const start = { ...createSessionView(UNICODE_GLYPHS), waiting: ['one', 'two'] }
  const turn = (input: string, event_ids: string[] = []): SessionEvent => ({
    type: 'turn.started',
    turn: 1,
    input,
    event_ids,
  })
  expect(play([turn('<channel …>', ['e1']), turn('from the command line')], start).view.waiting).toEqual(['one', 'two'])
  expect(play([turn('two')], start).view.waiting).toEqual(['one'])
})

test('results stay with their call and notes with each other; everything else has an empty line before it', () => {
  const notice: SessionEvent = { type: 'notice', level: 'info', message: 'x' }
  const { gaps } = play([
    notice,
    notice,
    received('e1'),
    { type: 'tool.called', turn: 1, call_id: 'c', tool: 'LS', input: {} },
    { type: 'tool.finished', turn: 1, call_id: 'c', ok: true, summary: 'x' },
    { type: 'agent.text', turn: 1, text: 'x' },
    notice,
  ])
  expect(gaps).toEqual([true, false, true, true, false, true, true])
})
