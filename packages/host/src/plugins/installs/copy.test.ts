/** A copy is whole, bounded, and holds nothing that leads out of it. */
import { execFile } from 'node:child_process'
import { chmod, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createFolder, rejection, writeFiles } from '../../testing/folder.ts'
import { type CopyRequest, copyFolder } from './copy.ts'

const FILES = { 'a.txt': 'one', 'below/b.txt': 'two', '.mcp.json': {}, '.git/config': 'x', 'below/.git/config': 'x' }

async function copy(from: string, given: Partial<CopyRequest> = {}) {
  const to = join(await createFolder(), 'copy')
  const { signal } = new AbortController()
  return { to, copied: copyFolder({ from, to, signal, progress: () => {}, ...given }) }
}

const digestOf = async (from: string) => (await (await copy(from)).copied).digest

test('everything but the history, with what may be run', async () => {
  const from = await createFolder(FILES)
  await chmod(join(from, 'a.txt'), 0o755)
  const { to, copied } = await copy(from)
  expect(await copied).toMatchObject({ files: 3, bytes: 8 })
  expect((await readdir(to, { recursive: true })).sort()).toEqual(['.mcp.json', 'a.txt', 'below', 'below/b.txt'])
  expect([await readFile(join(to, 'below/b.txt'), 'utf8'), (await stat(join(to, 'a.txt'))).mode & 0o777]).toEqual([
    'two',
    0o755,
  ])
})

test('the digest is that of names, content and what may be run', async () => {
  const [from, same] = [await createFolder(FILES), await createFolder(FILES)]
  const digest = await digestOf(from)
  expect(await digestOf(same)).toBe(digest)
  await writeFiles(from, { '.git/other': 'x' })
  expect(await digestOf(from)).toBe(digest)
  const others = [digest]
  await chmod(join(from, 'a.txt'), 0o755)
  others.push(await digestOf(from))
  await writeFiles(from, { 'a.txt': 'onf' })
  others.push(await digestOf(from))
  await writeFiles(from, { c: '' })
  others.push(await digestOf(from))
  await symlink('a.txt', join(from, 'd'))
  others.push(await digestOf(from))
  expect(new Set(others).size).toBe(others.length)
})

describe('links', () => {
  test('that stay inside stay links, and lead to the copy', async () => {
    const from = await createFolder(FILES)
    await symlink('../a.txt', join(from, 'below/relative'))
    await symlink(join(from, 'below'), join(from, 'absolute'))
    await symlink('.', join(from, 'itself'))
    const { to, copied } = await copy(from)
    await copied
    const links = await Promise.all(['below/relative', 'absolute', 'itself'].map((name) => readlink(join(to, name))))
    expect(links).toEqual(['../a.txt', 'below', '.'])
    expect(await readFile(join(to, 'absolute/b.txt'), 'utf8')).toBe('two')
  })

  test.each(['/etc/passwd', '..', '../..', 'missing', '../copy-other', 'loop'])('to %s are refused', async (target) => {
    const from = await createFolder(FILES)
    await symlink(target, join(from, 'loop'))
    const { copied } = await copy(from)
    expect(await rejection(copied)).toMatchObject({
      code: 'plugin-invalid',
      message: expect.stringContaining('is a link that leads out of the plugin'),
    })
  })

  test('through another link that leads out are refused too', async () => {
    const [from, outside] = [await createFolder(FILES), await createFolder({ 'x.txt': 'x' })]
    await symlink(outside, join(from, 'z-out'))
    await symlink('z-out/x.txt', join(from, 'in'))
    expect(String(await rejection((await copy(from)).copied))).toContain('leads out')
  })
})

test.skipIf(process.platform === 'win32')('a pipe is refused, not waited for', async () => {
  const from = await createFolder(FILES)
  await promisify(execFile)('mkfifo', [join(from, 'pipe')])
  expect(String(await rejection((await copy(from)).copied))).toContain('pipe is neither a file nor a folder')
})

test('limits: files, bytes, depth', async () => {
  const from = await createFolder(FILES)
  const refused = async (given: Partial<CopyRequest>) => String(await rejection((await copy(from, given)).copied))
  expect(await refused({ limits: { files: 3, bytes: 100 } })).toContain('holds more than 3 files and folders')
  expect(await refused({ limits: { files: 100, bytes: 7 } })).toContain('holds more than 0 MiB')
  await writeFiles(from, { [`${'d/'.repeat(70)}x`]: '' })
  expect(await refused({})).toContain('folders more than 64 deep')
})

test('it stops when it is given up', async () => {
  const from = await createFolder(FILES)
  await writeFile(join(from, 'large'), Buffer.alloc(1_000_000))
  const stop = new AbortController()
  stop.abort()
  expect(await rejection((await copy(from, { signal: stop.signal })).copied)).toMatchObject({ name: 'AbortError' })
})
