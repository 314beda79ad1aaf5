/** Bots are heard, and not without end. */
import { expect, it } from 'vitest'
import { createLoopGuard, MOST_IN_A_ROW } from './loop-guard.ts'

const bot = { id: 'b', isBot: true }
const person = { id: 'p', isBot: false }
const chat = (id: string) => ({ chat: { id, kind: 'group' as const }, ts: 0 })

it('hears so many messages of bots in a row, in each chat, until a person writes or it has been quiet', () => {
  let now = 0
  const guard = createLoopGuard(() => now)
  const say = (id: string, sender: typeof bot, times = 1) =>
    Array.from({ length: times }, () => guard.isTooMany({ ...chat(id), sender })).at(-1)
  expect(say('one', bot, MOST_IN_A_ROW)).toBe(false)
  expect(say('one', bot)).toBe(true)
  expect(say('one', { id: 'another', isBot: true })).toBe(true)
  expect(say('other', bot)).toBe(false)
  expect(say('one', person)).toBe(false)
  expect(say('one', bot, MOST_IN_A_ROW)).toBe(false)
  expect(say('one', bot)).toBe(true)
  now += 60 * 60_000
  expect(say('one', bot)).toBe(false)
})
