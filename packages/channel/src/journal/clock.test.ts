/** A clock that jumps by years while events come: order, states, retention and the doctor go by numbers, not by time. */
import { join } from 'node:path'
import { createTempDirectory } from '@backchannel/testkit'
import { expect, test } from 'vitest'
import { createOrderedId } from '../events/ordered-id.ts'
import { openTestJournal } from '../fixtures/journals.ts'
import { readJournals } from './report.ts'

const TEN_YEARS = 10 * 365 * 24 * 3_600_000

test('order and states are kept, nothing is deleted for its age, and the newest stays the newest', async () => {
  await using folder = await createTempDirectory()
  let offset = 0
  const now = () => Date.now() + offset
  const options = { now, keepClosed: 100 }
  const first = openTestJournal(join(folder.path, 'journal.db'), options)
  const ids: string[] = []
  const contents: string[] = []
  for (const [round, jump] of [0, TEN_YEARS, -TEN_YEARS, 0, -TEN_YEARS, TEN_YEARS].entries()) {
    offset = jump
    for (let at = 0; at < 10; at += 1) {
      const content = `${round} ${at}`
      contents.push(content)
      ids.push(createOrderedId(now()))
      await first.append(content)
      if (at === 9) first.journal.mark(`${round}-9`, 'failed', { close: true, reason: `of-round-${round}` })
    }
  }
  const waiting = contents.filter((content) => !content.endsWith('9'))
  await first.journal.close()
  expect(ids).toEqual(ids.toSorted())
  expect(new Set(ids).size).toBe(ids.length)

  offset = -TEN_YEARS
  const second = openTestJournal(join(folder.path, 'journal.db'), options)
  expect(second.open()).toEqual(waiting)
  expect(contents.every((content) => second.journal.store.find(content.replace(' ', '-')))).toBe(true)
  second.journal.mark('0-0', 'completed', { close: true })
  await second.append('last')
  expect(second.open()).toEqual([...waiting.slice(1), 'last'])
  await second.journal.close()

  const [report] = readJournals(folder.path)
  expect(report?.problems.map(({ reason }) => reason)).toEqual([5, 4, 3, 2, 1].map((round) => `of-round-${round}`))
  // Of the event that came last, though earlier ones bear a later time.
  expect(Math.abs(Date.parse(report?.last_event ?? '') - (Date.now() - TEN_YEARS))).toBeLessThan(60_000)
})
