/** Shows that a debug file is private, redacted, and that an unwritable path says what to do. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EventStream } from '../ui/events.ts'
import { createDebugFile } from './debug-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backchannel-debug-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('writes one redacted object a line, for the owner only', async () => {
  const stream = new EventStream(() => new Date(0))
  const debug = await createDebugFile(stream, true, { logs: join(folder, 'logs') })
  stream.emit({ type: 'notice', level: 'info', message: `the key is ghp_${'A1b2'.repeat(9)}` })
  await debug.close()
  await debug.close()
  expect(await readFile(debug.path, 'utf8')).toBe(
    '{"type":"notice","at":"1970-01-01T00:00:00.000Z","level":"info","message":"the key is [REDACTED]"}\n',
  )
  expect((await stat(debug.path)).mode & 0o777).toBe(0o600)
  expect((await stat(join(folder, 'logs'))).mode & 0o777).toBe(0o700)
})

test('refuses a path that cannot be written, naming it', async () => {
  await writeFile(join(folder, 'file'), '')
  await expect(
    createDebugFile(new EventStream(), join(folder, 'file', 'below'), { logs: folder }),
  ).rejects.toMatchObject({
    code: 'state-unwritable',
    message: expect.stringContaining(join(folder, 'file', 'below')),
  })
})
