/** A journal that was replaced counts anew: what a session has in hand since the one before closes nothing in the new one. */
import { join } from 'node:path'
import { createTempDirectory, waitFor } from '@backchannel/testkit'
import { expect, test } from 'vitest'
import type { OfferedEvent } from '../session-end.ts'
import { createDispatch } from './dispatch.ts'
import { openStrictJournal } from './journal.fixture.ts'

test('read, by an event of the same number in the journal before', async () => {
  await using folder = await createTempDirectory()
  const memory = {
    boundTo: () => undefined,
    sentBy: () => undefined,
    current: () => undefined,
    setCurrent() {},
    noteSeen() {},
  }
  const nothing = { outcome() {}, waits() {}, moved() {}, changed() {}, left() {} }
  const dispatch = createDispatch({ ...nothing, memory, warn: (message) => expect.fail(message) })
  const offered: OfferedEvent[] = []
  const port = { writable: true, offer: (event: OfferedEvent) => void offered.push(event) }
  dispatch.attach({ id: '1', name: 'api', pid: process.pid, cwd: '/' }, port, {
    unfinished: [],
    finished: [],
    takes: true,
  })
  const before = openStrictJournal(join(folder.path, 'before.db'), dispatch)
  dispatch.start(before, { receipts: false })
  await before.append({ eventId: 'old', content: 'old', meta: {} })
  await waitFor(() => offered.length === 1, { what: 'the first event' })
  dispatch.pause()
  await before.close()

  const after = openStrictJournal(join(folder.path, 'after.db'), dispatch)
  dispatch.start(after, { receipts: false })
  await after.append({ eventId: 'new', content: 'new', meta: {} })
  await waitFor(() => offered.length === 2, { what: 'the second event' })
  dispatch.outcome('1', { eventId: 'old', state: 'read' })
  await after.append({ eventId: 'last', content: 'last', meta: {} })
  expect(after.look(0, 10).map(({ eventId }) => eventId)).toEqual(['new', 'last'])
  dispatch.outcome('1', { eventId: 'new', state: 'read' })
  await after.append({ eventId: 'end', content: 'end', meta: {} })
  expect(after.look(0, 10).map(({ eventId }) => eventId)).toEqual(['last', 'end'])
  dispatch.close()
  await after.close()
})
