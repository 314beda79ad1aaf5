/** What frames of the channel make of the page's messages. */
import { describe, expect, test } from 'vitest'
import type { HelloFrame, Message } from '../src/wire.ts'
import type { Entry } from './entry.ts'
import { createStore } from './store.ts'

const hello = (run: string, ...messages: Message[]): HelloFrame => ({
  type: 'hello',
  run,
  source: 'fakechat',
  receipts: true,
  messages,
  older: false,
})
const own = (id: string, ts: number): Entry => ({
  id,
  from: 'user',
  text: id,
  ts,
  files: [],
  edited: false,
  delivery: { kind: 'waiting' },
})
const said = (at: number): Message => ({ id: `m${at}`, from: 'assistant', text: `${at}`, ts: at })
const ids = (store: ReturnType<typeof createStore>) => store.entries.value.map(({ id }) => id)

describe('frames', () => {
  test('a message comes once, however often it is told', () => {
    const store = createStore()
    const frame = { type: 'msg', id: 'm1', from: 'assistant', text: 'hi', ts: 1 } as const
    store.apply(hello('a', { id: 'm1', from: 'assistant', text: 'hi', ts: 1 }))
    store.apply(frame)
    store.apply(frame)
    expect(ids(store)).toEqual(['m1'])
  })

  test('an edit keeps the files', () => {
    const store = createStore()
    const file = { url: '/files/a', name: 'a', size: 1, mime: 'text/plain' }
    store.apply({ type: 'msg', id: 'm1', from: 'assistant', text: 'draft', ts: 1, file, files: [file] })
    store.apply({ type: 'edit', id: 'm1', text: 'final' })
    expect(store.find('m1')).toMatchObject({ text: 'final', edited: true, files: [file] })
  })

  test('an answer does not take back what a receipt said', () => {
    const store = createStore()
    store.add(own('u1', 1))
    store.apply({ type: 'state', id: 'u1', state: 'started' })
    store.apply({ type: 'sent', id: 'u1', ts: 1 })
    expect(store.find('u1')?.delivery).toEqual({ kind: 'started' })
  })

  test('an error belongs to its message, or to the page', () => {
    const store = createStore()
    store.add(own('u1', 1))
    store.apply({ type: 'error', id: 'u1', error: 'outbox-full', message: 'Full.', hint: 'Later.' })
    store.apply({ type: 'error', error: 'message-invalid', message: 'What?', hint: 'Say it again.' })
    expect(store.find('u1')?.delivery).toEqual({ kind: 'unsent', reason: 'Full.', hint: 'Later.' })
    expect(store.notice.value).toBe('What? Say it again.')
  })
})

describe('coming back', () => {
  test('to the same run: what was missed is put in its place', () => {
    const store = createStore()
    store.apply(hello('a'))
    store.apply({ type: 'msg', id: 'm1', from: 'assistant', text: 'one', ts: 10 })
    store.add(own('u2', 40))
    store.apply(
      hello(
        'a',
        { id: 'm1', from: 'assistant', text: 'one, edited', ts: 10, edited: true },
        { id: 'u1', from: 'user', text: 'from another page', ts: 20, state: 'completed' },
        { id: 'm3', from: 'assistant', text: 'three', ts: 30 },
      ),
    )
    expect(ids(store)).toEqual(['m1', 'u1', 'm3', 'u2'])
    expect(store.find('m1')).toMatchObject({ text: 'one, edited', edited: true })
    expect(store.find('u1')?.delivery).toEqual({ kind: 'completed' })
  })

  test('to another run: everything stays, and nothing stays "working" for ever', () => {
    const store = createStore()
    store.apply(hello('a', { id: 'u1', from: 'user', text: 'x', ts: 1, state: 'started' }))
    store.connection.value = { kind: 'open' }
    expect(store.working.value).toBe(true)
    store.apply(hello('b'))
    expect(ids(store)).toEqual(['u1'])
    expect(store.find('u1')?.delivery).toEqual({ kind: 'sent' })
    expect(store.working.value).toBe(false)
  })

  test('after more than comes at once: what lies before the gap is asked for again, what waits here stays', () => {
    const store = createStore()
    store.apply(hello('a', said(1), said(2)))
    store.add(own('u1', 3))
    store.apply({ ...hello('a', said(8), said(9)), older: true })
    expect([ids(store), store.older.value]).toEqual([['m8', 'm9', 'u1'], 'more'])
  })

  test('without a gap: what was loaded before stays', () => {
    const store = createStore()
    store.apply({ ...hello('a', said(3)), older: true })
    store.apply({ type: 'older', before: 'm3', messages: [said(1), said(2)], older: true })
    store.apply({ ...hello('a', said(3), said(4)), older: true })
    expect([ids(store), store.older.value]).toEqual([['m1', 'm2', 'm3', 'm4'], 'more'])
  })
})

test('older messages come before the others, once, and only those that were asked for', () => {
  const store = createStore()
  store.apply({ ...hello('a', said(3), said(4)), older: true })
  expect(store.older.value).toBe('more')
  store.apply({ type: 'older', before: 'm4', messages: [said(9)], older: true })
  expect(ids(store)).toEqual(['m3', 'm4'])
  store.apply({ type: 'older', before: 'm3', messages: [said(1), said(2), said(3)], older: false })
  expect([ids(store), store.older.value]).toEqual([['m1', 'm2', 'm3', 'm4'], 'none'])
})

test('a problem that lasts stays until it is over, and is forgotten with the connection it came from', () => {
  const store = createStore()
  store.apply({ type: 'problem', message: 'No disk.' })
  expect(store.problem.value).toBe('No disk.')
  store.apply({ type: 'problem' })
  expect(store.problem.value).toBeUndefined()
  store.apply({ type: 'problem', message: 'No disk.' })
  store.apply(hello('b'))
  expect(store.problem.value).toBeUndefined()
})

test('a page that stays open for days stays bounded', () => {
  const store = createStore()
  for (let at = 0; at < 1200; at += 1) store.apply({ type: 'msg', id: `m${at}`, from: 'assistant', text: '', ts: at })
  expect(store.entries.value).toHaveLength(1000)
  expect(store.entries.value.at(-1)?.id).toBe('m1199')
  expect(store.older.value).toBe('more')
})
