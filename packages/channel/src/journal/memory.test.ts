/** What was kept is known again: by the next process, in another session's journal, and out of a damaged file. */
import { join } from 'node:path'
import { createTempDirectory, type TempDirectory } from '@backchannel/testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTestJournal } from '../fixtures/journals.ts'
import { salvage } from './salvage.ts'

let folder: TempDirectory
let file: string
let other: string
beforeEach(async () => {
  folder = await createTempDirectory()
  file = join(folder.path, 'journal.db')
  other = join(folder.path, 'journal-2.db')
})
afterEach(() => folder.remove())

async function keep(path: string, value: unknown, now = Date.now): Promise<void> {
  const { journal } = openTestJournal(path, { now })
  await journal.memory.keep('place', value)
  await journal.close()
}

test('what is kept takes the place of what was, and the next process knows it', async () => {
  const { journal } = openTestJournal(file)
  expect(await journal.memory.recall('place')).toBeUndefined()
  await journal.memory.keep('place', { row: 1 })
  await journal.memory.keep('place', { row: 2 })
  await journal.memory.keep('another', null)
  await journal.close()
  await expect(journal.memory.keep('place', 3)).rejects.toMatchObject({ code: 'closed' })
  const next = openTestJournal(file).journal
  expect([await next.memory.recall('place'), await next.memory.recall('another')]).toEqual([{ row: 2 }, null])
  await next.close()
})

test.each([
  ['later', 2_000, { row: 'of the other' }],
  ['earlier', 500, { row: 'own' }],
])('of two journals what was kept later counts: the other one %s', async (_, at, expected) => {
  await keep(file, { row: 'own' }, () => 1_000)
  await keep(other, { row: 'of the other' }, () => at)
  const { journal } = openTestJournal(file)
  journal.adopt(other)
  expect(await journal.memory.recall('place')).toEqual(expected)
  await journal.close()
})

test('a clock that was set back makes nothing older', async () => {
  const { journal } = openTestJournal(file, { now: () => 1_000 })
  await journal.memory.keep('place', 1)
  await journal.close()
  await keep(file, 2, () => 10)
  await keep(other, 'between', () => 1_000)
  const next = openTestJournal(file).journal
  next.adopt(other)
  expect(await next.memory.recall('place')).toBe(2)
  await next.close()
})

test('it is read out of a file that is put aside', async () => {
  await keep(file, { row: 7 })
  salvage(file)
  const { journal } = openTestJournal(`${file}.salvaged`)
  expect(await journal.memory.recall('place')).toEqual({ row: 7 })
  await journal.close()
})
