/** What a screen reader is told of the page's messages, and what it is spared. */
import { expect, test } from 'vitest'
import type { Message } from '../src/wire.ts'
import { followNews } from './news.ts'
import { createStore } from './store.ts'

const answer = (id: string, ts: number): Message => ({ id, from: 'assistant', text: id, ts })
const failed: Message = { id: 'u1', from: 'user', text: 'mine', ts: 1, state: 'failed', reason: 'the model is away' }

function greet(store: ReturnType<typeof createStore>, ...messages: Message[]) {
  store.apply({ type: 'hello', run: 'a', source: 'fakechat', receipts: true, messages, older: false })
  store.connection.value = { kind: 'open' }
}

function follow(store: ReturnType<typeof createStore>): string[] {
  const said: string[] = []
  followNews(store, (text) => void said.push(text))
  return said
}

test('what was said before is not said again, whether the page follows before the greeting or after it', () => {
  const early = createStore()
  const beforehand = follow(early)
  greet(early, failed, answer('m1', 2))
  const late = createStore()
  greet(late, failed, answer('m1', 2))
  const afterwards = follow(late)
  expect([beforehand, afterwards]).toEqual([[], []])
  for (const store of [early, late]) store.apply({ type: 'msg', id: 'm2', from: 'assistant', text: 'new', ts: 3 })
  expect([beforehand, afterwards]).toEqual([['Agent: new'], ['Agent: new']])
})

test('what goes wrong with a message is said, and what another page writes', () => {
  const store = createStore()
  const said = follow(store)
  greet(store)
  store.apply({ type: 'user', id: 'u1', text: 'there', ts: 1 })
  store.apply({ type: 'state', id: 'u1', state: 'failed', reason: 'the model is away' })
  expect(said).toEqual(['You, in another page: there', expect.stringMatching(/^Your message there: failed/)])
})
