/** Journals of other versions: an older one is brought up with all that is in it, a newer one is left as it is. */
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createTempDirectory, type TempDirectory } from '@backchannel/testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTestJournal } from '../fixtures/journals.ts'

/** As version 1 made it, word for word. */
const VERSION_1 = `
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL UNIQUE,
  delivery_id TEXT,
  content TEXT NOT NULL,
  meta TEXT NOT NULL,
  state INTEGER NOT NULL,
  reason TEXT,
  stored_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  closed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX events_by_delivery ON events (delivery_id) WHERE delivery_id IS NOT NULL;
CREATE INDEX events_open ON events (seq) WHERE closed_at IS NULL;
CREATE INDEX events_closed ON events (seq) WHERE closed_at IS NOT NULL;
PRAGMA user_version = 1;
`
const FACTS = 'CREATE TABLE facts (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;'
const EVENTS = `
INSERT INTO events VALUES (1, 'a', 'd1', 'done', '{}', 4, NULL, 1000, 2000, 2000);
INSERT INTO events VALUES (2, 'b', 'd2', 'under way', '{"path":"/x"}', 1, NULL, 1001, 2001, NULL);
INSERT INTO events VALUES (7, 'c', NULL, 'waits', '{}', 0, NULL, 1002, 1002, NULL);
`

let folder: TempDirectory
let file: string
beforeEach(async () => {
  folder = await createTempDirectory()
  file = join(folder.path, 'journal.db')
})
afterEach(() => folder.remove())

/** @param live the connection stays open, so that what it wrote is in the log alone, as after a kill */
const make = (sql: string, live = false) => {
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA journal_mode = WAL;${sql}`)
  if (!live) database.close()
  return database
}

test.each([
  ['version 1', FACTS],
  ['the first files of version 1', ''],
])('%s is brought up, with its events, states and delivery ids', async (_, facts) => {
  make(VERSION_1 + facts + EVENTS)
  const { journal, append, outcome, reports } = openTestJournal(file)
  expect(reports).toEqual([])
  expect(journal.takeOpen(0, 10)).toEqual([
    expect.objectContaining({ seq: 2, eventId: 'b', content: 'under way', meta: { path: '/x' }, state: 'offered' }),
    expect.objectContaining({ seq: 7, eventId: 'c', content: 'waits', state: 'stored', storedAt: 1002 }),
  ])
  expect((await append('again', 'd1')).stored).toMatchObject({ eventId: 'a', state: 'completed' })
  journal.note('reply')
  expect(await outcome('new')).toBe('stored')
  await journal.close()
  const database = new DatabaseSync(file)
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 })
  expect(database.prepare("SELECT name FROM sqlite_master WHERE name = 'events_closed'").get()).toBeUndefined()
  expect(database.prepare('SELECT name FROM facts').all()).toEqual([{ name: 'reply' }])
  expect(database.prepare('SELECT seq FROM events').all()).toEqual([1, 2, 7, 8].map((seq) => ({ seq })))
  database.close()
})

const NEWER = `${VERSION_1}${EVENTS}ALTER TABLE events ADD COLUMN thread TEXT; PRAGMA user_version = 3;`

test('a newer one is refused with what to do, and not a byte of it or of its log changes', () => {
  const newer = make(NEWER, true)
  const copy = join(folder.path, 'copy.db')
  for (const part of ['', '-wal']) copyFileSync(`${file}${part}`, `${copy}${part}`)
  newer.close()
  const before = ['', '-wal'].map((part) => readFileSync(`${copy}${part}`))
  expect(before[1]?.length).toBeGreaterThan(4_096)
  expect(() => openTestJournal(copy)).toThrow(
    expect.objectContaining({
      code: 'journal-unavailable',
      message: `A newer version wrote the journal ${copy} (schema 3; 2 is known here).`,
      hint: expect.stringContaining('Update this channel'),
    }),
  )
  expect(['', '-wal'].map((part) => readFileSync(`${copy}${part}`))).toEqual(before)
})

test('a newer one of an earlier session is not taken over, and stays', async () => {
  make(NEWER)
  const { journal, open } = openTestJournal(join(folder.path, 'own.db'))
  expect(() => journal.adopt(file)).toThrow(/A newer version wrote the journal/)
  expect([open(), existsSync(file)]).toEqual([[], true])
  await journal.close()
})

test('an older one of an earlier session is', async () => {
  make(VERSION_1 + EVENTS)
  const { journal, open } = openTestJournal(join(folder.path, 'own.db'))
  expect(journal.adopt(file)).toBe(2)
  expect([open(), existsSync(file)]).toEqual([['under way', 'waits'], false])
  await journal.close()
})
