/** Processes that open one journal at the same moment, on both runtimes: one gets it, each other one of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { createTempDirectory, type Runtime, runtimeCommand, type TempDirectory } from '@backchannel/testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTestJournal } from '../fixtures/journals.ts'
import { programPath } from '../fixtures/programs.ts'
import { readJournals } from './report.ts'
import { takeSlot } from './slot.ts'

/** Enough for the slower runtime to start; then all try within the same millisecond. */
const START_MS = 700

let folder: TempDirectory
const children: ChildProcess[] = []
beforeEach(async () => {
  folder = await createTempDirectory()
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit')
  }
  await folder.remove()
})

/** What each said. */
const startAtOnce = async (runtimes: readonly Runtime[]): Promise<string[]> => {
  const at = Date.now() + START_MS
  return Promise.all(
    runtimes.map(async (runtime) => {
      const child = spawn(runtimeCommand(runtime), [programPath('holds-slot'), folder.path, `${at}`])
      children.push(child)
      const complaints = text(child.stderr)
      const [said] = await Promise.race([
        once(child.stdout, 'data'),
        once(child, 'exit').then(async () => [await complaints]),
      ])
      return String(said).trim()
    }),
  )
}

test('each gets a slot of its own, the first one among them; the next process has all that was stored', async () => {
  const said = await startAtOnce(['node', 'bun', 'node'])
  expect(said.toSorted()).toEqual(['journal stored', 'journal-2 stored', 'journal-3 stored'])
  const reports = readJournals(folder.path)
  expect(reports.map(({ holder }) => holder?.pid).toSorted()).toEqual(children.map(({ pid }) => pid).toSorted())
  expect(reports.map(({ waiting }) => waiting)).toEqual([1, 1, 1])

  for (const child of children.splice(0)) if (child.kill('SIGKILL')) await once(child, 'exit')
  const slot = takeSlot(folder.path, 'test')
  expect(slot.name).toBe('journal')
  const { journal, open } = openTestJournal(slot.file)
  for (const { file, release } of slot.orphans()) {
    journal.adopt(file)
    release()
  }
  expect(open()).toHaveLength(3)
  await journal.close()
  slot.release()
})

test('a channel whose session was killed is waited for: what it stored last comes first', async () => {
  // The session: it starts the channel, passes on what it says, and is killed.
  const session = spawn(process.execPath, [
    '-e',
    `require('node:child_process').spawn(process.execPath, process.argv.slice(1), { stdio: ['pipe', 'inherit', 'inherit'] })`,
    programPath('holds-slot'),
    folder.path,
    '0',
    '400',
  ])
  children.push(session)
  expect(String((await once(session.stdout, 'data'))[0]).trim()).toBe('journal stored')
  expect(session.kill('SIGKILL')).toBe(true)
  await once(session, 'exit')
  const slot = takeSlot(folder.path, 'test')
  expect(slot.name).toBe('journal')
  const { journal, open } = openTestJournal(slot.file)
  expect(open()).toHaveLength(1)
  await journal.close()
  slot.release()
})

test('with one slot left one gets it, and the other an error that says what to do', async () => {
  const slots = Array.from({ length: 15 }, () => takeSlot(folder.path, 'test'))
  const said = await startAtOnce(['node', 'node'])
  expect(said.toSorted()).toEqual([
    expect.stringMatching(/^16 processes have a journal in .* open already\. End a session/),
    'journal-16 stored',
  ])
  for (const { release } of slots) release()
})
