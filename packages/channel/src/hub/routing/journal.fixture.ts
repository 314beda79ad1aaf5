/** For tests: a journal behind a dispatch; whatever it complains of, or loses, fails the test. */
import { expect } from 'vitest'
import { type Journal, openJournal } from '../../journal/journal.ts'
import type { Dispatch } from './dispatch.ts'

export function openStrictJournal(file: string, dispatch: Dispatch): Journal {
  return openJournal({
    file,
    durability: 'process',
    keepClosed: 100,
    mostOpen: 1_000,
    onLost: () => expect.fail('lost'),
    claim: (count) => dispatch.claim(count),
    offer: (events) => dispatch.offer(events),
    report: (_level, message) => expect.fail(message),
    now: () => Date.now(),
  })
}
