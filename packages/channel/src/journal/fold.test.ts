/** When the log is folded: never among events that come one after the other, and soon after the last of them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { createTempDirectory } from '@backchannel/testkit'
import { expect, test, vi } from 'vitest'
import { createDiskSync } from './disk-sync.ts'
import { createFold } from './fold.ts'
import { openDatabase } from './sqlite.ts'

/** How often the log was begun anew: the checkpoint's number in its header. */
function beginnings(file: string): number {
  return readFileSync(`${file}-wal`).readUInt32BE(12)
}

async function open() {
  const folder = await createTempDirectory()
  const file = join(folder.path, 'journal.db')
  const database = openDatabase(file)
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000; CREATE TABLE texts (text)',
  )
  const disk = createDiskSync(`${file}-wal`)
  const fold = createFold(database, disk)
  const insert = database.prepare('INSERT INTO texts VALUES (?)')
  return {
    file,
    fold,
    write(count: number) {
      for (let at = 0; at < count; at += 1) {
        insert.run('text')
        fold.afterWrite(4)
      }
    },
    async [Symbol.asyncDispose]() {
      await fold.close()
      await disk.close()
      database.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

test('once nothing has come for a while it is folded, and the next write finds a new log', async () => {
  await using opened = await open()
  const before = beginnings(opened.file)
  opened.write(100)
  expect(beginnings(opened.file)).toBe(before)
  await vi.waitFor(() => expect(beginnings(opened.file)).toBe(before + 1), 5_000)
  opened.write(1)
  expect(beginnings(opened.file)).toBe(before + 1)
})

test('where events never cease it is folded before SQLite does it', async () => {
  // No moment is quiet.
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  await using opened = await open()
  try {
    const before = beginnings(opened.file)
    opened.write(450)
    await setImmediate()
    expect(beginnings(opened.file)).toBe(before)
    opened.write(100)
    while (beginnings(opened.file) === before) await setImmediate()
  } finally {
    vi.useRealTimers()
  }
})
