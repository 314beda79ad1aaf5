/** Damage met late, in a file that was sound when it was opened or closed: put aside, reported, what can be read is kept. */
import { copyFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createTempDirectory, type TempDirectory } from '@backchannel/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { damagePages, damageWhileOpen, idOf, openTestJournal } from '../fixtures/journals.ts'
import { readJournals } from './report.ts'

const EVENTS = Array.from({ length: 60 }, (_, at) => `event ${at} ${'x'.repeat(1_500)}`)

let folder: TempDirectory
let file: string
beforeEach(async () => {
  folder = await createTempDirectory()
  file = join(folder.path, 'journal.db')
})
afterEach(() => folder.remove())

const aside = () => readdirSync(folder.path).filter((name) => /^journal.*\.db\.damaged-\d+(-\d+)?$/.test(name))
/** A journal with sixty events, all folded into the file. */
const fill = async () => {
  const { journal, append } = openTestJournal(file)
  for (const name of EVENTS) await append(name, `delivery of ${idOf(name)}`)
  journal.mark('event-0', 'completed', { close: true })
  await journal.close()
}

describe('while it was closed', () => {
  test('one page: all other events are offered by the next, closed ones still recognised', async () => {
    await fill()
    expect(damagePages(file, 'event 30 ')).toBeGreaterThan(0)
    const whole = readFileSync(file)
    const met = openTestJournal(file)
    // Opening did not meet it; reading does.
    expect(() => met.journal.takeOpen(0, 100)).toThrow(/malformed/)
    expect(met.damages).toHaveLength(1)
    await met.journal.close()

    const { journal, reports, open, append } = openTestJournal(file, { damaged: true })
    expect(open().length).toBeGreaterThanOrEqual(55)
    expect(open()).toEqual(EVENTS.slice(1).filter((name) => open().includes(name)))
    expect(reports).toEqual([expect.stringContaining(`${open().length} waiting events were read out of it`)])
    expect(aside()).toHaveLength(1)
    expect(readFileSync(join(folder.path, aside()[0] ?? ''))).toEqual(whole)
    expect((await append('again', 'delivery of event-0')).duplicate).toBe(true)
    expect((await append('new', 'new')).duplicate).toBe(false)
    await journal.close()
  })

  test.each([
    ['the header', () => writeFileSync(file, 'x'.repeat(20_000))],
    ['every page but the first', () => void damagePages(file)],
    ['the schema', () => damageSchema()],
    ['its end is missing', () => truncateSync(file, 8_192)],
    ['another program’s database', () => makeOther()],
  ])('%s: a journal that takes events, and the file as it was found', async (_, damage) => {
    await fill()
    damage()
    const found = readFileSync(file)
    let opened = openTestJournal(file)
    try {
      opened.journal.takeOpen(0, 100)
    } catch {
      opened = openTestJournal(file, { damaged: true })
    }
    expect(opened.reports).toEqual([expect.stringMatching(/^error: the journal was damaged; it was put aside as /)])
    expect(readFileSync(join(folder.path, aside()[0] ?? ''))).toEqual(found)
    expect(await opened.outcome('new')).toBe('stored')
    expect(opened.open().at(-1)).toBe('new')
    await opened.journal.close()
  })

  const damageSchema = () => {
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.fill(0xa5, 120, 4_096))
  }
  const makeOther = () => {
    for (const part of ['', '-wal', '-shm']) if (existsSync(`${file}${part}`)) truncateSync(`${file}${part}`, 0)
    const database = new DatabaseSync(file)
    database.exec('CREATE TABLE events (something TEXT); PRAGMA user_version = 2')
    database.close()
  }

  test('a second one at the same time by the clock does not replace the first', async () => {
    const now = () => 5
    for (const text of ['first', 'second']) {
      writeFileSync(file, text.repeat(1_000))
      await openTestJournal(file, { now }).journal.close()
    }
    expect(aside().map((name) => readFileSync(join(folder.path, name), 'utf8').slice(0, 5))).toEqual(['first', 'secon'])
  })

  test('killed in the middle of replacing it: whoever is next goes on from there', async () => {
    await fill()
    copyFileSync(file, `${file}.salvaging`)
    damagePages(file)
    // Killed while it copied: what is half done counts for nothing, and the damaged one is still there to be read.
    const first = openTestJournal(file, { damaged: true })
    expect(first.open()).toEqual([])
    expect(await first.outcome('kept')).toBe('stored')
    await first.journal.close()
    expect(existsSync(`${file}.salvaging`)).toBe(false)
    // Killed before the finished copy was put in place.
    copyFileSync(file, `${file}.salvaged`)
    damagePages(file)
    const second = openTestJournal(file)
    expect(second.open()).toEqual(['kept'])
    expect(second.reports).toEqual([expect.stringContaining('and 1 waiting events were read out of it')])
    expect(aside()).toHaveLength(2)
    await second.journal.close()
  })
})

describe('the log that a kill left', () => {
  const PAGE = 4_096 + 24
  /** Ten groups, none of them folded, and the journal as a kill leaves it. */
  const kill = async () => {
    const { journal, append } = openTestJournal(join(folder.path, 'running.db'))
    for (const name of EVENTS.slice(0, 10)) await append(name)
    for (const part of ['', '-wal']) copyFileSync(join(folder.path, `running.db${part}`), `${file}${part}`)
    await journal.close()
    return readFileSync(`${file}-wal`)
  }

  test.each([
    ['a frame in its middle', (log: Buffer) => void log.fill(0xa5, 32 + 20 * PAGE + 100, 32 + 20 * PAGE + 200)],
    ['its header', (log: Buffer) => void log.fill(0, 0, 32)],
    ['a number in its header', (log: Buffer) => void log.fill(0, 16, 20)],
  ])('%s: what comes before it is kept, the rest is not missing without a word', async (_, damage) => {
    const log = await kill()
    damage(log)
    writeFileSync(`${file}-wal`, log)
    const { journal, open, reports, outcome } = openTestJournal(file)
    expect(open()).toEqual(EVENTS.slice(0, open().length))
    expect(open().length).toBeLessThan(10)
    expect(reports).toEqual([expect.stringMatching(/^error: the end of the journal's log was damaged.*; a copy is /)])
    expect(await outcome('new')).toBe('stored')
    await journal.close()
    const copy = readdirSync(folder.path).find((name) => name.startsWith('journal.db.damaged-log-')) ?? ''
    expect(readFileSync(join(folder.path, copy))).toEqual(log)
    expect(readJournals(folder.path)[0]?.set_aside).toEqual([join(folder.path, copy)])
  })

  test('whole, or ending in a group that was never finished, is nothing to speak of', async () => {
    const log = await kill()
    for (const end of [log.length, log.length - 10, log.length - PAGE]) {
      writeFileSync(`${file}-wal`, log.subarray(0, end))
      const { journal, open, reports } = openTestJournal(file)
      expect([reports, open().length >= 9]).toEqual([[], true])
      await journal.close()
    }
  })
})

describe('while it is open', () => {
  test('met by writing: what is refused is told, what was noted goes to the next, and the log stays the next one’s', async () => {
    await fill()
    const { journal, outcome, damages } = openTestJournal(file)
    damageWhileOpen(file)
    journal.mark('event-1', 'completed', { close: true })
    const answers = await Promise.all(['a', 'b'].map((name) => outcome(name)))
    expect(new Set(answers)).toEqual(new Set(['journal-unavailable']))
    expect(damages).toEqual([[{ eventId: 'event-1', state: 'completed', reason: undefined, close: true }]])
    expect(await outcome('c')).toBe('closed')

    const next = openTestJournal(file, { damaged: true })
    expect(await next.outcome('new')).toBe('stored')
    await journal.close()
    // A kill now: what is stored is in the log alone.
    const copy = join(folder.path, 'after-the-kill.db')
    for (const part of ['', '-wal']) copyFileSync(`${file}${part}`, `${copy}${part}`)
    const killed = openTestJournal(copy)
    expect(killed.open()).toEqual(['new'])
    await killed.journal.close()
    await next.journal.close()
  })

  test('bytes within a row, which SQLite can’t tell: that event is left out, the others are offered', async () => {
    await fill()
    const other = new DatabaseSync(file)
    other.exec(`UPDATE events SET meta = '{"path":' WHERE seq = 9; UPDATE events SET state = 77 WHERE seq = 12`)
    other.close()
    const { journal, damages } = openTestJournal(file)
    expect(() => journal.takeOpen(0, 100)).toThrow(/event number 9 can't be read/)
    expect(damages).toHaveLength(1)
    const next = openTestJournal(file, { damaged: true })
    expect(next.open()).toEqual(EVENTS.filter((_, at) => ![0, 8, 11].includes(at)))
    await next.journal.close()
  })
})

test('the damaged journal of an earlier session is read as far as it goes, once, and put aside', async () => {
  await fill()
  const orphan = join(folder.path, 'journal-2.db')
  copyFileSync(file, orphan)
  damagePages(orphan, 'event 30 ')
  const { journal, open, reports, append } = openTestJournal(join(folder.path, 'own.db'))
  await append('own')
  expect(journal.adopt(orphan)).toBeGreaterThanOrEqual(55)
  expect(open()[0]).toBe('own')
  expect(reports).toEqual([expect.stringContaining('of an earlier session was damaged; it was put aside as')])
  expect(existsSync(orphan)).toBe(false)
  expect(aside()).toHaveLength(1)
  await journal.close()
})
