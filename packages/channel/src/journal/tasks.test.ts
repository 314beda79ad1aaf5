/** What is in hand is found again: after a kill, from another session's journal, and out of a damaged file. */
import { join } from 'node:path'
import { createTempDirectory, type TempDirectory } from '@backchannel/testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTestJournal } from '../fixtures/journals.ts'
import { salvage } from './salvage.ts'

let folder: TempDirectory
let file: string
beforeEach(async () => {
  folder = await createTempDirectory()
  file = join(folder.path, 'journal.db')
})
afterEach(() => folder.remove())

const send = (taskId: string, payload: unknown = { text: taskId }) => ({ taskId, kind: 'send', payload })

test('what is put is open until it is finished, in order, by kind, and once', async () => {
  const { journal } = openTestJournal(file)
  const { tasks } = journal
  expect([await tasks.put(send('b')), await tasks.put(send('a')), await tasks.put(send('b', 'other'))]).toEqual([
    true,
    true,
    false,
  ])
  await tasks.put({ taskId: 'c', kind: 'receive', payload: null })
  await tasks.change('a', { text: 'changed' })
  expect((await tasks.open('send')).map(({ taskId, payload }) => [taskId, payload])).toEqual([
    ['b', { text: 'b' }],
    ['a', { text: 'changed' }],
  ])
  await tasks.finish('b', { ids: ['7'] })
  await tasks.finish('c')
  expect([await tasks.outcome('b'), await tasks.outcome('c')]).toEqual([{ ids: ['7'] }, undefined])
  // A finished one is not done again.
  expect(await tasks.put(send('b'))).toBe(false)
  expect((await tasks.open('send')).map(({ taskId }) => taskId)).toEqual(['a'])
  await journal.close()
  await expect(tasks.put(send('d'))).rejects.toMatchObject({ code: 'closed' })
})

test('the next process finds it, and takes that of a session beside it over', async () => {
  const first = openTestJournal(file)
  await first.journal.tasks.put(send('a'))
  await first.journal.close()
  const other = openTestJournal(join(folder.path, 'journal-2.db'))
  await other.journal.tasks.put(send('b'))
  await other.journal.close()
  const { journal } = openTestJournal(file)
  journal.adopt(join(folder.path, 'journal-2.db'))
  expect((await journal.tasks.open('send')).map(({ taskId }) => taskId)).toEqual(['a', 'b'])
  await journal.close()
})

test('a delivery that a session beside it has finished is known when it comes again', async () => {
  const other = openTestJournal(join(folder.path, 'journal-2.db'))
  await other.append('done', 'delivery-1')
  other.journal.mark('done', 'completed', { close: true })
  await other.append('waits', 'delivery-2')
  await other.journal.close()
  const { journal, append, open } = openTestJournal(file)
  expect(journal.adopt(join(folder.path, 'journal-2.db'))).toBe(1)
  expect((await append('again', 'delivery-1')).duplicate).toBe(true)
  expect((await append('again too', 'delivery-2')).duplicate).toBe(true)
  expect(open()).toEqual(['waits'])
  await journal.close()
})

test('salvaging keeps it', async () => {
  const { journal } = openTestJournal(file)
  await journal.tasks.put(send('a'))
  await journal.close()
  salvage(file)
  const salvaged = openTestJournal(`${file}.salvaged`)
  expect(await salvaged.journal.tasks.open('send')).toHaveLength(1)
  await salvaged.journal.close()
})

test('what can not be written is told by the code of the journal', async () => {
  const { journal } = openTestJournal(file)
  await journal.tasks.put(send('a'))
  await folder.remove()
  await expect(journal.tasks.put(send('b'))).rejects.toMatchObject({ code: 'journal-unavailable' })
  folder = await createTempDirectory()
})
