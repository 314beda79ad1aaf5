/** A disk that is full or read-only: a typed error, nothing acknowledged, and all well again in the same process. */
import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTempDirectory, createTinyDisk, type TinyDisk, tinyDiskProblem, waitFor } from '@backchannel/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { damagePages, openTestJournal } from '../fixtures/journals.ts'
import { createDiskSync } from './disk-sync.ts'
import { takeSlot } from './slot.ts'

const problem = await tinyDiskProblem()
if (problem !== undefined) process.stderr.write(`Skipped, the tests of a full disk: ${problem}.\n`)

const names = (count: number, from = 0) => Array.from({ length: count }, (_, at) => `event ${from + at}`)
const big = (name: string) => `${name} ${'x'.repeat(3_000)}`

describe.skipIf(problem !== undefined)('a full disk', () => {
  let disk: TinyDisk
  let file: string
  beforeEach(async () => {
    disk = await createTinyDisk(2_048)
    file = join(disk.path, 'journal.db')
  })
  afterEach(() => disk[Symbol.asyncDispose]())

  test.each(['process', 'power'] as const)('while it is written, with durability %s', async (durability) => {
    const { journal, append, outcome, reports, open } = openTestJournal(file, { durability })
    const stored: string[] = []
    const refused: string[] = []
    for (const name of names(100).map(big)) {
      if (name.startsWith('event 40 ')) disk.fill()
      const answer = await outcome(name)
      if (answer === 'stored') stored.push(name)
      else refused.push(answer)
    }
    expect(stored.length).toBeGreaterThanOrEqual(40)
    expect(refused.length).toBeGreaterThan(50)
    expect(new Set(refused)).toEqual(new Set(['journal-unavailable']))
    await expect(append(big('one more'))).rejects.toMatchObject({
      message: expect.stringMatching(/^The journal .*journal\.db can't be written: database or disk is full\.$/),
      hint: expect.stringContaining('Check the disk'),
    })
    // Once, however many were refused.
    expect(reports).toHaveLength(1)
    expect(open()).toEqual(stored)

    // What was noted meanwhile is kept, and written in the same process once there is room.
    journal.mark('event-0', 'completed', { close: true })
    expect(await outcome(big('still full'))).toBe('journal-unavailable')
    disk.empty()
    expect(await outcome('room again')).toBe('stored')
    expect(reports.at(-1)).toBe('warn: the journal can be written again')
    expect(open()).toEqual([...stored.slice(1), 'room again'])
    await journal.close()

    const again = openTestJournal(file)
    expect(again.open()).toEqual([...stored.slice(1), 'room again'])
    await again.journal.close()
  })

  test('a mark alone is written when there is room again, although no event comes', async () => {
    const { journal, outcome, open, reports } = openTestJournal(file)
    await outcome('done')
    disk.fill()
    expect(await outcome(big('refused').repeat(30))).toBe('journal-unavailable')
    journal.mark('done', 'completed', { close: true })
    disk.empty()
    await waitFor(() => open().length === 0, { what: 'the mark to be written' })
    expect(reports.at(-1)).toBe('warn: the journal can be written again')
    await journal.close()
  })

  test('at the first start: nothing is left that keeps this process or another out', () => {
    disk.fill()
    for (let attempt = 0; attempt < 20; attempt += 1) expect(() => takeSlot(disk.path, 'test')).toThrow()
    disk.empty()
    const slot = takeSlot(disk.path, 'test')
    expect(slot.name).toBe('journal')
    slot.release()
    const { name, release } = takeSlot(disk.path, 'test')
    expect(name).toBe('journal')
    release()
  })

  test('while a journal is made: a typed error, and the same call works later', async () => {
    disk.fill()
    expect(() => openTestJournal(file)).toThrow(expect.objectContaining({ code: 'journal-unavailable' }))
    disk.empty()
    const { outcome, journal } = openTestJournal(file)
    expect(await outcome('first')).toBe('stored')
    await journal.close()
  })

  test('while the journal of an earlier session is taken over: it stays whole, for later', async () => {
    const orphan = join(disk.path, 'journal-2.db')
    const left = openTestJournal(orphan)
    for (const name of names(30)) await left.append(big(name))
    await left.journal.close()
    const { journal, open } = openTestJournal(file)
    disk.fill()
    expect(() => journal.adopt(orphan)).toThrow()
    expect(open()).toEqual([])
    disk.empty()
    expect(journal.adopt(orphan)).toBe(30)
    expect(open()).toEqual(names(30).map(big))
    expect(journal.store.openCount()).toBe(30)
    expect(existsSync(orphan)).toBe(false)
    await journal.close()
  })

  test('while a damaged journal is replaced: it stays in its place until there is room for what can be read', async () => {
    const { journal, append } = openTestJournal(file)
    for (const name of names(30)) await append(big(name))
    await journal.close()
    damagePages(file, big('event 17'))
    disk.fill()
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(() => openTestJournal(file, { damaged: true })).toThrow(/full/)
      expect(readdirSync(disk.path).sort()).toEqual(['filler', 'journal.db'])
    }
    disk.empty()
    const { open, reports, journal: salvaged } = openTestJournal(file, { damaged: true })
    expect(reports).toEqual([
      expect.stringMatching(`put aside as .*damaged-\\d+, and ${open().length} waiting events were read`),
    ])
    const readable = names(30)
      .map(big)
      .filter((name) => open().includes(name))
    expect(open()).toEqual(readable)
    expect(readable.length).toBeGreaterThanOrEqual(26)
    expect(readable).not.toContain(big('event 17'))
    await salvaged.close()
  })

  test('read-only when it is opened: a typed error, and the same process opens it later', async () => {
    const { journal, outcome } = openTestJournal(file)
    await outcome('before')
    await journal.close()
    disk.setReadOnly(true)
    expect(() => takeSlot(disk.path, 'test')).toThrow()
    expect(() => openTestJournal(file)).toThrow(expect.objectContaining({ code: 'journal-unavailable' }))
    disk.setReadOnly(false)
    const slot = takeSlot(disk.path, 'test')
    expect(slot.name).toBe('journal')
    const again = openTestJournal(file)
    expect([await again.outcome('after'), ...again.open()]).toEqual(['stored', 'before', 'after'])
    await again.journal.close()
    slot.release()
  })
})

test('a flush that failed for want of its file is tried again with the next', async () => {
  await using folder = await createTempDirectory()
  const log = join(folder.path, 'journal.db-wal')
  const disk = createDiskSync(log)
  await expect(disk.sync()).rejects.toMatchObject({ code: 'ENOENT' })
  writeFileSync(log, 'there now')
  await disk.sync()
  await disk.close()
})

test('a lock is given back where its owner can’t be noted, so that this process gets its journal later', async () => {
  await using folder = await createTempDirectory()
  const inTheWay = join(folder.path, 'journal.owner')
  mkdirSync(inTheWay)
  for (let attempt = 0; attempt < 20; attempt += 1) expect(() => takeSlot(folder.path, 'test')).toThrow(/EISDIR/)
  rmdirSync(inTheWay)
  const { name, release } = takeSlot(folder.path, 'test')
  expect(name).toBe('journal')
  release()
})
