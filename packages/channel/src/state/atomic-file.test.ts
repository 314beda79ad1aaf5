/** State files: switched in whole, for their owner alone, one writer at a time; what is not understood stays as it is. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTempDirectory } from '@backchannel/testkit'
import { describe, expect, it } from 'vitest'
import { changeJsonState, readJsonState } from './atomic-file.ts'

describe('reading', () => {
  it('gives nothing for a file that is not there', async () => {
    await using folder = await createTempDirectory()
    expect(await readJsonState(join(folder.path, 'none.json'))).toBeUndefined()
  })

  it.each([
    ['half of it', '{"allowFrom": ["1"'],
    ['nothing', ''],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['a secret in the text', 'token=abc123'],
  ])('refuses a file that holds %s, and quotes nothing of it', async (_, content) => {
    await using folder = await createTempDirectory()
    const file = join(folder.path, 'access.json')
    await writeFile(file, content)
    const refused = expect.objectContaining({
      code: 'state-invalid',
      message: `${file} can't be used: it is not valid JSON.`,
    })
    await expect(readJsonState(file)).rejects.toEqual(refused)
    await expect(changeJsonState(file, () => ({ new: true }))).rejects.toEqual(refused)
    expect(await readFile(file)).toEqual(Buffer.from(content))
  })

  it('refuses what is too large, and what is no file', async () => {
    await using folder = await createTempDirectory()
    const file = join(folder.path, 'access.json')
    await writeFile(file, Buffer.alloc(4 * 1024 * 1024 + 1, ' '))
    await expect(readJsonState(file)).rejects.toMatchObject({ code: 'state-invalid' })
    await mkdir(join(folder.path, 'folder.json'))
    await expect(readJsonState(join(folder.path, 'folder.json'))).rejects.toMatchObject({ code: 'state-unwritable' })
  })
})

describe('changing', () => {
  it('makes the folder and the file for their owner alone, and leaves nothing beside it', async () => {
    await using folder = await createTempDirectory()
    const file = join(folder.path, 'new', 'access.json')
    await changeJsonState(file, () => ({ allowFrom: [] }))
    expect(await readFile(file, 'utf8')).toBe('{\n  "allowFrom": []\n}\n')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder.path, 'new'))).mode & 0o777).toBe(0o700)
    expect((await readdir(join(folder.path, 'new'))).sort()).toEqual(['access.json', 'access.json.lock'])
  })

  it('takes the rights of others away from a file that somebody else wrote', async () => {
    await using folder = await createTempDirectory()
    const file = join(folder.path, 'access.json')
    await writeFile(file, '{}', { mode: 0o644 })
    await changeJsonState(file, () => ({}))
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('writes nothing where the change throws or returns nothing, and goes on after it', async () => {
    await using folder = await createTempDirectory()
    const file = join(folder.path, 'access.json')
    await changeJsonState(file, () => undefined)
    const thrown = new Error('no')
    await expect(changeJsonState(file, () => Promise.reject(thrown))).rejects.toBe(thrown)
    expect(await readJsonState(file)).toBeUndefined()
    await changeJsonState(file, () => 1)
    expect(await readJsonState(file)).toBe(1)
  })

  it('loses no change of many in this process and in others', async () => {
    await using folder = await createTempDirectory()
    const file = join(folder.path, 'count.json')
    const module = fileURLToPath(new URL('atomic-file.ts', import.meta.url))
    const program = `
      const { changeJsonState } = await import(${JSON.stringify(module)})
      for (let at = 0; at < 10; at += 1) await changeJsonState(${JSON.stringify(file)}, (count = 0) => count + 1)`
    const others = [1, 2].map(() =>
      spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' }),
    )
    const ends = others.map((other) => once(other, 'close'))
    const own = Array.from({ length: 20 }, () => changeJsonState(file, (count = 0) => Number(count) + 1))
    await Promise.all(own)
    expect(await Promise.all(ends)).toEqual([
      [0, null],
      [0, null],
    ])
    expect(await readJsonState(file)).toBe(40)
  })
})
