/** The log of `backchannel up` stays bounded, and nobody else can read it. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRotatingLog } from './rotating-log.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backchannel-log-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('it begins a new file when one is full, and keeps a few', async () => {
  const file = join(folder, 'logs', 'up.log')
  const options = { mostBytes: 200, keep: 2 }
  for (let run = 0; run < 2; run += 1) {
    const log = createRotatingLog(file, options)
    for (let at = 0; at < 12; at += 1) log.write(`line ${run} ${at} ${'x'.repeat(30)}`)
  }
  expect((await readdir(join(folder, 'logs'))).sort()).toEqual(['up.log', 'up.log.1', 'up.log.2'])
  for (const name of ['up.log', 'up.log.1', 'up.log.2']) {
    const found = await stat(join(folder, 'logs', name))
    expect(found.size).toBeLessThanOrEqual(200)
    expect(found.mode & 0o777).toBe(0o600)
  }
  expect(await readFile(file, 'utf8')).toMatch(/^\d{4}-.*Z line 1 11 x+\n$/m)
})
