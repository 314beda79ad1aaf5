/** The history: what was said is there again, page by page, and no state of the disk ends the chat or empties the file. */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory, waitFor } from '@backchannel/testkit'
import { expect, test } from 'vitest'
import type { Message } from '../wire.ts'
import { createHistory, type History, type HistoryOptions } from './history.ts'

interface TestHistory extends History, AsyncDisposable {
  readonly log: string[]
  readonly problems: (string | undefined)[]
}

function openHistory(directory: string, options: Partial<HistoryOptions> = {}): TestHistory {
  const log: string[] = []
  const problems: (string | undefined)[] = []
  const write = (level: string) => (message: string) => void log.push(`${level}: ${message}`)
  const history = createHistory({
    directory,
    log: { info: write('info'), warn: write('warn'), error: write('error') },
    onProblem: (problem) => void problems.push(problem),
    ...options,
  })
  return { ...history, log, problems, [Symbol.asyncDispose]: () => history.close() }
}

const message = (number: number, more: Partial<Message> = {}): Message => ({
  id: `u${number}`,
  from: 'user',
  text: `text ${number}`,
  ts: 1_000 + number,
  state: 'sent',
  ...more,
})
const idsOf = (messages: readonly Message[]) => messages.map(({ id }) => id)

test('everything of a message is there again, as it was last', async () => {
  await using folder = await createTempDirectory()
  const files = [{ url: '/files/1.txt', name: 'a "b".txt', size: 3, mime: 'text/plain' }]
  const answer: Message = { id: 'm1', from: 'assistant', text: 'x\u0000\ud83d\ude00', ts: 2_000, replyTo: 'u1', files }
  {
    await using history = openHistory(folder.path)
    history.save(message(1))
    history.save(answer)
    history.save({ ...answer, text: 'edited', edited: true })
    history.save(message(1, { state: 'failed', reason: 'the agent stopped' }))
  }
  await using history = openHistory(folder.path)
  const expected = [
    message(1, { state: 'failed', reason: 'the agent stopped' }),
    { ...answer, text: 'edited', edited: true },
  ]
  expect(history.before(undefined, 10)).toEqual(expected)
  expect(history.find('m1')).toEqual(expected[1])
  expect(history.find('toString')).toBeUndefined()
  expect(history.findFile('/files/1.txt')).toEqual(files[0])
  expect(history.findFile('/files/1')).toBeUndefined()
  if (process.platform !== 'win32') expect((await stat(join(folder.path, 'history.db'))).mode & 0o777).toBe(0o600)
  expect(history.log).toEqual([])
})

test('older messages come page by page, in the order they were said, also when the clock jumps', async () => {
  await using folder = await createTempDirectory()
  await using history = openHistory(folder.path)
  for (const number of [1, 2]) history.save(message(number))
  for (const number of [3, 7, 8]) history.save(message(number, { ts: 5_000 }))
  history.save(message(9, { ts: 10 }))
  expect(idsOf(history.before(undefined, 2))).toEqual(['u8', 'u9'])
  expect(idsOf(history.before('u8', 2))).toEqual(['u3', 'u7'])
  expect(idsOf(history.before('u3', 9))).toEqual(['u1', 'u2'])
  expect(history.before('u1', 9)).toEqual([])
  expect(history.before('unknown', 9)).toEqual([])
})

test('a page of long messages is short', async () => {
  await using folder = await createTempDirectory()
  await using history = openHistory(folder.path)
  for (let number = 1; number <= 9; number += 1) history.save(message(number, { text: 'x'.repeat(900_000) }))
  expect(idsOf(history.before(undefined, 9))).toEqual(['u8', 'u9'])
  expect(idsOf(history.before('u8', 9))).toEqual(['u6', 'u7'])
})

test('nothing is opened as long as there is nothing to read or to write', async () => {
  await using folder = await createTempDirectory()
  await using history = openHistory(folder.path)
  expect(history.before(undefined, 10)).toEqual([])
  expect(history.find('u1')).toBeUndefined()
  expect(await readdir(folder.path)).toEqual([])
})

test('what was said is on the disk a moment later without anything else', async () => {
  await using folder = await createTempDirectory()
  await using history = openHistory(folder.path)
  history.save(message(1))
  await waitFor(() => readFile(join(folder.path, 'history.db-wal')).then((log) => log.includes('text 1')), {
    what: 'the message in the log of the database',
  })
})

test('only so many messages are kept, and only so much text', async () => {
  await using folder = await createTempDirectory()
  const shrunk = async (keep: { count: number; units: number }) => {
    await using history = openHistory(folder.path, { keep })
    history.save(message(0))
    await waitFor(() => idsOf(history.before(undefined, 100)).length < 10, { what: 'the oldest to go' })
    return idsOf(history.before(undefined, 100))
  }
  {
    await using history = openHistory(folder.path)
    for (let number = 1; number <= 20; number += 1) history.save(message(number, { text: 'x'.repeat(10) }))
  }
  expect(await shrunk({ count: 5, units: 1000 })).toEqual(['u17', 'u18', 'u19', 'u20', 'u0'])
  expect(await shrunk({ count: 5, units: 25 })).toEqual(['u20', 'u0'])
})

test('two channels at a time have a history each; the one that comes later has both', async () => {
  await using folder = await createTempDirectory()
  {
    await using first = openHistory(folder.path)
    await using second = openHistory(folder.path)
    first.save(message(1))
    second.save(message(2))
    expect(idsOf(first.before(undefined, 9))).toEqual(['u1'])
    expect(idsOf(second.before(undefined, 9))).toEqual(['u2'])
  }
  await using later = openHistory(folder.path)
  expect(idsOf(later.before(undefined, 9))).toEqual(['u1', 'u2'])
  expect((await readdir(folder.path)).filter((name) => name.includes('-2'))).toEqual([])
})

test('a damaged file is put aside whole and told, what can be read of it is kept, and the chat goes on', async () => {
  await using folder = await createTempDirectory()
  const file = join(folder.path, 'history.db')
  await writeFile(file, 'this is no database, but somebody may still want it')
  {
    await using history = openHistory(folder.path)
    history.save(message(1))
    expect(idsOf(history.before(undefined, 9))).toEqual(['u1'])
    expect(history.log).toEqual([
      expect.stringMatching(/^error: the history was damaged; .*history\.db\.damaged-\d+, and 0 /),
    ])
  }
  const aside = (await readdir(folder.path)).find((name) => name.includes('damaged')) ?? ''
  expect(await readFile(join(folder.path, aside), 'utf8')).toContain('somebody may still want it')

  {
    await using history = openHistory(folder.path)
    for (let number = 2; number <= 400; number += 1) history.save(message(number, { text: 'long '.repeat(50) }))
  }
  const bytes = await readFile(file)
  // Pages in the middle, after the schema and the first messages.
  bytes.fill(0xff, Math.floor(bytes.length / 8192) * 4096, Math.floor(bytes.length / 8192 + 4) * 4096)
  await writeFile(file, bytes)
  await using history = openHistory(folder.path)
  for (let at: string | undefined = undefined, more = true; more; ) {
    const page: readonly Message[] = history.before(at, 100)
    at = page[0]?.id
    more = page.length > 0
  }
  history.save(message(500))
  await waitFor(() => history.log.length > 0, { what: 'the damage to be told' })
  expect(history.log[0]).toContain('The history')
  await waitFor(() => history.log.some((line) => /damaged.* and \d{2,} messages were read/.test(line)), {
    what: 'what could be read',
  })
  expect(idsOf(history.before(undefined, 1))).toEqual(['u500'])
})

test('where nothing can be written it says so once, and when it can, everything is written after all', async () => {
  await using folder = await createTempDirectory()
  const state = join(folder.path, 'state')
  await writeFile(state, 'in the way')
  await using history = openHistory(state)
  history.save(message(1))
  history.save(message(2))
  await waitFor(() => history.problems.length > 0, { what: 'the problem' })
  expect(history.problems).toEqual([expect.stringContaining(`The history in ${state} can't be used: `)])
  expect(history.before(undefined, 9)).toEqual([])
  expect(history.find('u1')).toEqual(message(1))
  await rm(state)
  history.save(message(3))
  await waitFor(() => history.problems.length > 1, { what: 'the end of the problem' })
  expect(history.problems.at(-1)).toBeUndefined()
  expect(idsOf(history.before(undefined, 9))).toEqual(['u1', 'u2', 'u3'])
  expect(history.log).toEqual([
    expect.stringMatching(/^error: The history .* The chat goes on/),
    'warn: the history can be written again',
  ])
})

test('a history of a newer version is left alone', async () => {
  await using folder = await createTempDirectory()
  {
    await using history = openHistory(folder.path)
    history.save(message(1))
  }
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  const database = new DatabaseSync(join(folder.path, 'history.db'))
  database.exec('PRAGMA user_version = 99')
  database.close()
  await using history = openHistory(folder.path)
  expect(history.before(undefined, 9)).toEqual([])
  expect(history.problems).toEqual([expect.stringContaining('a newer version wrote it')])
  expect((await readdir(folder.path)).some((name) => name.includes('damaged'))).toBe(false)
})
