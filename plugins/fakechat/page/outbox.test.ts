/** What the person sends goes out in order, once, and is never lost without a word. */
import { deferred, waitFor } from '@backchannel/testkit'
import { expect, test } from 'vitest'
import { createOutbox, type Outbox, type Transport, type UploadResult } from './outbox.ts'
import { createStore, type Store } from './store.ts'

interface Setup {
  readonly store: Store
  readonly outbox: Outbox
  /** Frames that were sent. */
  readonly frames: { id: string; text: string }[]
  /** Answers to uploads, in order. */
  readonly uploads: {
    readonly id: string
    readonly names: readonly string[]
    readonly signal: AbortSignal
    end(result: UploadResult): void
  }[]
  answer(index?: number): void
  states(): (string | undefined)[]
}

function setUp(): Setup {
  const frames: Setup['frames'] = []
  const uploads: Setup['uploads'] = []
  const transport: Transport = {
    sendText: (frame) => frames.push(JSON.parse(frame)),
    upload({ id, files }, _, signal) {
      const result = deferred<UploadResult>()
      uploads.push({ id, names: files.map(({ name }) => name), signal, end: result.resolve })
      return result.promise
    },
  }
  const store = createStore()
  const outbox = createOutbox(store, transport)
  return {
    store,
    outbox,
    frames,
    uploads,
    answer(index = frames.length - 1) {
      const { id } = frames[index]!
      store.apply({ type: 'sent', id, ts: 0 })
      outbox.answered(id)
    },
    states: () => store.entries.value.map(({ delivery }) => delivery?.kind),
  }
}

const none: ReadonlySet<string> = new Set()
const file = () => new File(['x'], 'a.txt')

test('one after the other: the second goes when the first has arrived', () => {
  const { outbox, frames, answer, states } = setUp()
  outbox.connected(none)
  outbox.submit('one', [])
  outbox.submit('two', [])
  expect(frames.map(({ text }) => text)).toEqual(['one'])
  expect(states()).toEqual(['sending', 'waiting'])
  answer()
  expect(frames.map(({ text }) => text)).toEqual(['one', 'two'])
  answer()
  expect([states(), outbox.unsent]).toEqual([['sent', 'sent'], false])
})

test('written while the channel is away, it goes when the channel is there', () => {
  const { outbox, frames, states } = setUp()
  outbox.submit('early', [])
  expect([frames, states(), outbox.unsent]).toEqual([[], ['waiting'], true])
  outbox.connected(none)
  expect(frames).toEqual([{ id: expect.stringMatching(/^u\d{13}-\w+$/), text: 'early' }])
})

test('without an answer it goes again under the same id', () => {
  const { outbox, frames, states } = setUp()
  outbox.connected(none)
  outbox.submit('hello', [])
  outbox.disconnected()
  expect(states()).toEqual(['waiting'])
  outbox.connected(none)
  expect(frames[1]).toEqual(frames[0])
})

test('what the channel knows already does not go again', () => {
  const { store, outbox, frames, states } = setUp()
  outbox.connected(none)
  outbox.submit('hello', [])
  outbox.submit('next', [])
  outbox.disconnected()
  const { id, text } = frames[0]!
  store.apply({
    type: 'hello',
    run: 'a',
    source: 'fakechat',
    receipts: false,
    messages: [{ id, text, from: 'user', ts: 1, state: 'sent' }],
    older: false,
  })
  outbox.connected(new Set([id]))
  expect(frames.map((frame) => frame.text)).toEqual(['hello', 'next'])
  expect(states()).toEqual(['sent', 'sending'])
})

test('a refused message waits for the person, the next one goes', () => {
  const { store, outbox, frames, states } = setUp()
  outbox.connected(none)
  outbox.submit('one', [])
  outbox.submit('two', [])
  const { id } = frames[0]!
  store.apply({ type: 'error', id, error: 'outbox-full', message: 'Full.' })
  outbox.answered(id)
  expect([states(), outbox.unsent]).toEqual([['unsent', 'sending'], true])
  outbox.retry(id)
  expect(states()).toEqual(['waiting', 'sending'])
  outbox.retry(id)
  outbox.discard('unknown')
})

test('a discarded message is gone', () => {
  const { store, outbox, frames } = setUp()
  outbox.connected(none)
  outbox.submit('one', [file()])
  outbox.submit('x'.repeat(2_000_000), [])
  expect(frames).toEqual([])
  const [first] = store.entries.value
  outbox.discard(first!.id)
  expect(store.entries.value).toHaveLength(1)
})

test('a text that no frame can hold is refused before it is sent', () => {
  const { store, outbox, frames } = setUp()
  outbox.connected(none)
  outbox.submit('ü'.repeat(600_000), [])
  expect(frames).toEqual([])
  expect(store.entries.value[0]?.delivery).toEqual({
    kind: 'unsent',
    reason: expect.stringMatching(/1\.1 MB.*1 MB/),
    hint: expect.any(String),
  })
})

test('an upload: refused with the reason of the channel, retried by hand, sent', async () => {
  const { store, outbox, uploads, states } = setUp()
  outbox.connected(none)
  outbox.submit('see file', [file()])
  uploads[0]!.end({ kind: 'refused', reason: 'No space.', hint: 'Free some.' })
  await waitFor(() => states()[0] === 'unsent', { what: 'the refusal' })
  expect(store.entries.value[0]?.delivery).toEqual({ kind: 'unsent', reason: 'No space.', hint: 'Free some.' })
  outbox.retry(store.entries.value[0]!.id)
  uploads[1]!.end({ kind: 'sent' })
  await waitFor(() => states()[0] === 'sent', { what: 'the end of the upload' })
  expect([uploads[1]!.id === uploads[0]!.id, outbox.unsent]).toEqual([true, false])
})

test('an upload that is cut off with the channel goes again when it is back; one that always breaks is given up', async () => {
  const { store, outbox, uploads, states } = setUp()
  outbox.connected(none)
  outbox.submit('', [file()])
  outbox.disconnected()
  uploads[0]!.end({ kind: 'lost' })
  await waitFor(() => states()[0] === 'waiting', { what: 'it to wait' })
  outbox.connected(none)
  for (const at of [1, 2, 3]) {
    await waitFor(() => uploads.length > at, { what: 'another attempt' })
    uploads[at]!.end({ kind: 'lost' })
  }
  await waitFor(() => states()[0] === 'unsent', { what: 'it to be given up' })
  expect(store.entries.value[0]?.delivery).toMatchObject({ reason: 'The upload was cut off.' })
})

test('what has not gone out can be taken back, text and files; a frame on its way can not', () => {
  const { store, outbox, uploads, frames, answer } = setUp()
  outbox.connected(none)
  outbox.submit('on its way', [])
  outbox.submit('waits', [])
  const [sending, waiting] = store.entries.value.map(({ id }) => id)
  expect(outbox.cancel(sending!)).toBeUndefined()
  expect(outbox.cancel(waiting!)).toMatchObject({ text: 'waits' })
  expect(outbox.cancel(waiting!)).toBeUndefined()
  answer()
  outbox.submit('with a file', [file()])
  expect(outbox.cancel(uploads[0]!.id)).toMatchObject({ text: 'with a file', files: [{ name: 'a.txt' }] })
  expect([uploads[0]!.signal.aborted, frames.length, store.entries.value.length]).toEqual([true, 1, 1])
  outbox.submit('the next', [])
  expect(frames.map(({ text }) => text)).toEqual(['on its way', 'the next'])
})

test('one file of several can be left out; the last one takes the message along', async () => {
  const { store, outbox, uploads, states } = setUp()
  outbox.connected(none)
  outbox.submit('', [new File(['x'], 'a.txt'), new File(['x'], 'b.txt')])
  const { id } = uploads[0]!
  outbox.cancelFile(id, 0)
  uploads[0]!.end({ kind: 'lost' })
  expect([uploads[0]!.signal.aborted, uploads[1]!.names]).toEqual([true, ['b.txt']])
  expect(store.find(id)?.files.map(({ name }) => name)).toEqual(['b.txt'])
  uploads[1]!.end({ kind: 'refused', reason: 'No space.' })
  await waitFor(() => states()[0] === 'unsent', { what: 'the refusal' })
  outbox.cancelFile(id, 0)
  expect([store.entries.value, outbox.unsent]).toEqual([[], false])
})
