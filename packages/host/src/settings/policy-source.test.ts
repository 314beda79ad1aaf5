/** A policy that is followed: whatever happens to the managed files and their folders, the session learns of it. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { waitFor } from '@backchannel/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { writeFiles } from '../testing/folder.ts'
import { deploy } from '../testing/policy.ts'
import { openPolicy, type PolicyOptions } from './policy-source.ts'

const ON = { channelsEnabled: true }
const OFF = { channelsEnabled: false }
/** Longer than any test: what is noticed, a watcher has noticed. */
const NEVER_MS = 1_000_000

async function follow(
  files: Readonly<Record<string, unknown>>,
  given: Partial<PolicyOptions> & { flagName?: string } = {},
) {
  const { root, paths } = await deploy(files)
  // The system folder itself comes and goes, too.
  const moved = {
    managed: { file: join(root, 'etc/managed-settings.json'), folder: join(root, 'etc/managed-settings.d') },
    claudeManaged: paths.claudeManaged,
  }
  const { flagName, ...options } = given
  const flag = flagName === undefined ? undefined : join(root, flagName)
  const source = await openPolicy({ paths: moved, lookMs: NEVER_MS, flag, ...options })
  let changes = 0
  const stop = source.watch(() => {
    changes += 1
  })
  onTestFinished(stop)
  const allowed = () => source.current.policy.channelsAllowed
  return {
    root,
    source,
    stop,
    allowed,
    changes: () => changes,
    write: (written: Readonly<Record<string, unknown>>) => writeFiles(root, written),
    until: (expected: boolean, what: string) => waitFor(() => allowed() === expected, { what }),
  }
}

describe('is noticed', () => {
  test('a folder and a file that were not there, a changed file, a deleted folder', async () => {
    const { root, write, until, allowed } = await follow({})
    expect(allowed()).toBe(true)
    await write({ 'etc/managed-settings.json': OFF })
    await until(false, 'the new file')
    await write({ 'etc/managed-settings.json': ON })
    await until(true, 'the changed file')
    await write({ 'etc/managed-settings.json': {} })
    await until(false, 'the changed file')
    await rm(join(root, 'etc'), { recursive: true })
    await until(true, 'the deleted folder')
    await write({ 'etc/managed-settings.json': OFF })
    await until(false, 'the folder that was made again')
  })

  test('a file in the folder of further files, made, renamed into place and deleted', async () => {
    const { root, write, until } = await follow({ 'etc/managed-settings.json': ON })
    await write({ 'etc/managed-settings.d/10.json': OFF })
    await until(false, 'the first file of a new folder')
    await rm(join(root, 'etc/managed-settings.d/10.json'))
    await until(true, 'the deleted file')
    await write({ 'etc/aside.tmp': OFF })
    await rename(join(root, 'etc/aside.tmp'), join(root, 'etc/managed-settings.d/20.json'))
    await until(false, 'the renamed file')
    await rename(join(root, 'etc/managed-settings.d'), join(root, 'elsewhere'))
    await until(true, 'the renamed folder')
  })

  test('the folder above, put away and back', async () => {
    const { root, until } = await follow({ 'etc/managed-settings.json': OFF })
    await rename(join(root, 'etc'), join(root, 'away'))
    await until(true, 'the folder put away')
    await rename(join(root, 'away'), join(root, 'etc'))
    await until(false, 'the folder put back')
  })

  test('Claude Code’s file, and the file after --managed-settings', async () => {
    const { root, write, until } = await follow({ 'given/flag.json': ON }, { flagName: 'given/flag.json' })
    await write({ 'claude/managed-settings.json': OFF })
    await until(false, 'Claude Code’s file')
    await rm(dirname(join(root, 'claude/managed-settings.json')), { recursive: true })
    await until(true, 'its end')
    await rm(join(root, 'given/flag.json'))
    await until(false, 'a flag’s file that is gone')
    await write({ 'given/flag.json': ON })
    await until(true, 'a flag’s file that is back')
  })

  test('what changed between the first reading and the watch', async () => {
    const { root, paths } = await deploy({})
    const source = await openPolicy({ paths, lookMs: NEVER_MS })
    await writeFile(join(root, 'managed-settings.json'), '{}')
    onTestFinished(source.watch(() => {}))
    await waitFor(() => !source.current.policy.channelsAllowed, { what: 'the change' })
  })

  test('what no watcher sees, by looking now and then', async () => {
    const { write, until } = await follow({}, { lookMs: 5, watchPlaces: () => ({ renew() {}, close() {} }) })
    await write({ 'etc/managed-settings.json': OFF })
    await until(false, 'the change')
  })

  test('a file that stays broken: it blocks, and says why', async () => {
    const { source, write, until } = await follow({ 'etc/managed-settings.json': ON })
    await write({ 'etc/managed-settings.json': '{"channelsEnabled": true' })
    await until(false, 'the broken file')
    expect(source.current.policy.because).toContain('is not valid JSON: line 1')
  })
})

test('what changes nothing is not told', async () => {
  const { root, changes, write, until } = await follow({ 'etc/managed-settings.json': ON })
  await mkdir(join(root, 'etc/other'))
  await write({ 'etc/other.json': '{}', 'etc/managed-settings.json': { ...ON, more: 1 } })
  await write({ 'etc/managed-settings.json': OFF })
  await until(false, 'the change')
  expect(changes()).toBe(1)
})

test('once stopped, nothing is watched or read any more', async () => {
  let sign = () => {}
  const calls: string[] = []
  const watch = (_: readonly string[], changed: () => void) => {
    sign = changed
    return { renew: () => void calls.push('read'), close: () => void calls.push('close') }
  }
  const { stop, changes, write, until } = await follow({}, { watchPlaces: watch })
  await write({ 'etc/managed-settings.json': OFF })
  sign()
  await until(false, 'the change')
  calls.length = 0
  stop()
  sign()
  expect(calls).toEqual(['close'])
  expect(changes()).toBe(1)
})
