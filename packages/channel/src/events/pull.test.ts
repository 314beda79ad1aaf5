/** What waits is handed out once to a session that pulls, and once more, labelled, where nothing proves that it was read. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createTempDirectory, type TempDirectory } from '@backchannel/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openTestJournal } from '../fixtures/journals.ts'
import { createPipe, settled } from '../fixtures/pipe.ts'
import { releaseLock, takeLock } from '../journal/lock.ts'
import { createLog } from '../log.ts'
import { createOutput } from '../stdio/output.ts'
import { createJournaledPath } from './journaled.ts'
import { createPull, PULL_UNITS, type Pull } from './pull.ts'

let folder: TempDirectory
const open: Pull[] = []
beforeEach(async () => {
  folder = await createTempDirectory()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((pull) => pull.close()))
  await folder.remove()
})

const log = createLog('test', () => {})

/** A process that pulls; `prove` answers its pings as a host does that has read everything. */
const start = () => {
  const pipe = createPipe(1024 * 1024)
  const output = createOutput(
    () => {},
    pipe.stream,
    (chunk) => pipe.stream.write(chunk),
  )
  const pull = createPull(folder.path, output, log)
  open.push(pull)
  const prove = async () => {
    await settled()
    for (const line of pipe.lines) pull.answered(JSON.parse(line).id)
    await settled()
  }
  const contents = (most = 50) =>
    pull.take(most).events.map(({ content, redelivered }) => `${content}${redelivered ? '*' : ''}`)
  return { pull, pipe, output, prove, contents }
}

const fill = async (contents: readonly string[], name = 'journal') => {
  const { journal, append } = openTestJournal(join(folder.path, `${name}.db`))
  await Promise.all(contents.map((content) => append(content)))
  await journal.close()
}

it('hands out what waits, oldest first, so many at a time, and says how many are left', async () => {
  await fill(['a', 'b', 'c'])
  const { pull, contents, prove } = start()
  expect(pull.take(2)).toMatchObject({ events: [{ content: 'a' }, { content: 'b' }], left: 1, otherwise: 'not' })
  expect(contents()).toEqual(['c'])
  expect(contents()).toEqual([])
  await prove()
  expect(start().contents()).toEqual([])
})

it('hands out again, labelled, what the host has not proved to have read', async () => {
  await fill(['a', 'b'])
  const first = start()
  expect(first.contents(1)).toEqual(['a'])
  await settled()
  expect(first.pipe.lines.map((line) => JSON.parse(line).method)).toEqual(['ping'])
  await first.pull.close()
  const second = start()
  expect(second.contents()).toEqual(['a*', 'b'])
  await second.prove()
  expect(start().contents()).toEqual([])
})

it('keeps other processes out until it knows, and no longer', async () => {
  await fill(['a'])
  const { contents, prove } = start()
  expect(contents()).toEqual(['a'])
  expect(takeLock(folder.path, 'journal')).toBe(false)
  await prove()
  expect(takeLock(folder.path, 'journal')).toBe(true)
  releaseLock(folder.path, 'journal')
})

it('leaves a journal alone that another process has, and reads the others', async () => {
  await fill(['theirs'])
  await fill(['left behind'], 'journal-2')
  expect(takeLock(folder.path, 'journal')).toBe(true)
  try {
    expect(start().contents()).toEqual(['left behind'])
  } finally {
    releaseLock(folder.path, 'journal')
  }
})

it('stays below a size, though one event alone may be larger', async () => {
  const large = 'x'.repeat(PULL_UNITS * 2)
  await fill(['first', `${'y'.repeat(PULL_UNITS - 10)}`, 'third', large, 'last'])
  const { contents, pull } = start()
  expect(contents().map((content) => content.length)).toEqual([5, PULL_UNITS - 10])
  expect(contents()).toEqual(['third'])
  expect(pull.take(50)).toMatchObject({ events: [{ content: large }], left: 1 })
  expect(contents()).toEqual(['last'])
})

it('makes nothing where there is nothing', async () => {
  const { pull } = start()
  expect(pull.take(5)).toEqual({ events: [], left: 0, holders: [], otherwise: 'not' })
  expect(await readdir(folder.path)).toEqual([])
  const missing = createPull(join(folder.path, 'missing'), start().output, log)
  expect(missing.take(5).events).toEqual([])
  expect(existsSync(join(folder.path, 'missing'))).toBe(false)
})

it('says what is wrong with a journal, unless another one has something', async () => {
  await fill(['a'])
  const newer = new DatabaseSync(join(folder.path, 'journal.db'))
  newer.exec('PRAGMA user_version = 99')
  newer.close()
  const { pull, contents } = start()
  expect(() => pull.take(5)).toThrow(expect.objectContaining({ code: 'journal-unavailable' }))
  await fill(['b'], 'journal-2')
  expect(contents()).toEqual(['b'])
})

it('a session that registers the channel meanwhile gets it all, labelled, with its own journal', async () => {
  await fill(['a', 'b'])
  const { output, pipe } = start()
  const path = createJournaledPath({ directory: folder.path }, output, log)
  try {
    expect(path.pull(1).events).toMatchObject([{ content: 'a', redelivered: false }])
    path.open({ receipts: true, source: 'test' })
    await settled()
    const events = pipe.lines.map((line) => JSON.parse(line)).filter(({ method }) => method !== 'ping')
    expect(events.map(({ params }) => [params.content, params.meta?.redelivered])).toEqual([
      ['a', 'true'],
      ['b', undefined],
    ])
    expect(path.pull(5)).toMatchObject({ events: [], left: 2, otherwise: 'registered' })
    expect((await readdir(folder.path)).filter((name) => name.endsWith('.db'))).toEqual(['journal.db'])
  } finally {
    await path.close()
  }
})
