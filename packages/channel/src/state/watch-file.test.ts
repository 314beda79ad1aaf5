/** A change by somebody else is seen, whether the file is written, switched in, made or taken away. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory } from '@backchannel/testkit'
import { expect, it } from 'vitest'
import { watchFile } from './watch-file.ts'

it('sees each way in which a file changes, and nothing of its neighbours', async () => {
  await using folder = await createTempDirectory()
  const file = join(folder.path, 'access.json')
  let seen = 0
  const watching = watchFile(file, () => {
    seen += 1
  })
  const changes = [
    () => writeFile(file, '{}'),
    () => writeFile(file, '{"a": 1}'),
    () => writeFile(`${file}.aside`, '[]').then(() => rename(`${file}.aside`, file)),
    () => rm(file),
  ]
  for (const change of changes) {
    const before = seen
    await change()
    await expect.poll(() => seen).toBeGreaterThan(before)
  }
  const before = seen
  await writeFile(join(folder.path, 'journal.db'), '')
  watching.close()
  await writeFile(file, 'late')
  expect(seen).toBe(before)
})

it('finds a folder that comes later, by the net below the notices', async () => {
  await using folder = await createTempDirectory()
  const file = join(folder.path, 'later', 'access.json')
  let seen = 0
  const watching = watchFile(
    file,
    () => {
      seen += 1
    },
    { lookMs: 20 },
  )
  await mkdir(join(folder.path, 'later'))
  await writeFile(file, '{}')
  await expect.poll(() => seen).toBe(1)
  watching.close()
})
