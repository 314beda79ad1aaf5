/** Files are written whole or changed in one place, and only the one that was judged. */
import { chmod, lstat, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { locate } from '../permissions/paths.ts'
import { createFolder, rejection } from '../testing/folder.ts'
import { callTool, findTool } from '../testing/tools.ts'

const write = (cwd: string, path: string, content: string, context: object = {}) =>
  callTool('Write', { path, content }, { cwd, ...context })
const edit = (cwd: string, path: string, old_string: string, new_string: string) =>
  callTool('Edit', { path, old_string, new_string }, { cwd })
const problem = async (promise: Promise<unknown>) => String(await rejection(promise))

describe('Write', () => {
  test('makes files and folders, replaces what was there, keeps the mode', async () => {
    const cwd = await createFolder({ 'old.sh': 'a much longer text' })
    await chmod(join(cwd, 'old.sh'), 0o755)
    expect(await write(cwd, 'a/b/new.txt', 'ä\n')).toEqual({ ok: true, text: 'Wrote a/b/new.txt (3 bytes).' })
    expect(await write(cwd, 'old.sh', 'short')).toEqual({ ok: true, text: 'Replaced old.sh (5 bytes).' })
    expect(await readFile(join(cwd, 'a/b/new.txt'), 'utf8')).toBe('ä\n')
    expect(await readFile(join(cwd, 'old.sh'), 'utf8')).toBe('short')
    expect((await stat(join(cwd, 'old.sh'))).mode & 0o777).toBe(0o755)
    expect(await write(cwd, 'empty', '')).toMatchObject({ ok: true })
  })

  test('what cannot be written says why', async () => {
    const cwd = await createFolder({ 'a.txt': '' })
    await mkdir(join(cwd, 'folder'))
    expect(await problem(write(cwd, 'folder', ''))).toContain('Writing folder failed: it is a folder')
    expect(await problem(write(cwd, 'a.txt/b', ''))).toContain('a part of the path is no folder')
    expect(await rejection(write(cwd, 'x'.repeat(5_000), ''))).toMatchObject({ code: 'file-unwritable' })
  })

  test('what took the place of the judged file meanwhile is left alone', async () => {
    const cwd = await createFolder({ 'outside/target.txt': 'untouched', 'project/a.txt': 'a' })
    const project = join(cwd, 'project')
    const judged = locate('a.txt', { cwd: project, home: cwd })
    await rm(join(project, 'a.txt'))
    await symlink('../outside/target.txt', join(project, 'a.txt'))
    expect(await problem(write(project, 'a.txt', 'x', { place: judged }))).toMatch(/links lead in a circle|replaced/)
    const deep = locate('sub/target.txt', { cwd: project, home: cwd })
    await symlink('../outside', join(project, 'sub'))
    expect(await problem(write(project, 'sub/target.txt', 'x', { place: deep }))).toContain('replaced meanwhile')
    expect(await readFile(join(cwd, 'outside/target.txt'), 'utf8')).toBe('untouched')
    expect((await lstat(join(project, 'a.txt'))).isSymbolicLink()).toBe(true)
  })
})

describe('Edit', () => {
  test('replaces a piece that is there once, exactly', async () => {
    const cwd = await createFolder({ 'a.txt': '\ufeffone\r\ntwo $& $1\r\nthree\r\n' })
    expect(await edit(cwd, 'a.txt', 'two $&', '$& 2')).toEqual({ ok: true, text: 'Changed a.txt, line 2.' })
    expect(await readFile(join(cwd, 'a.txt'), 'utf8')).toBe('\ufeffone\r\n$& 2 $1\r\nthree\r\n')
    await edit(cwd, 'a.txt', '\r\nthree', '')
    expect(await readFile(join(cwd, 'a.txt'), 'utf8')).toBe('\ufeffone\r\n$& 2 $1\r\n')
  })

  test('what is not there, there twice, no text, or no file is not changed', async () => {
    const cwd = await createFolder({
      'a.txt': 'aaa b',
      'latin.txt': Buffer.from([0x61, 0xe4]),
      bin: Buffer.from([0x61, 0]),
    })
    expect(await problem(edit(cwd, 'a.txt', 'c', 'd'))).toContain('old_string is not in it')
    expect(await problem(edit(cwd, 'a.txt', 'aa', 'd'))).toContain('more than once')
    expect(await problem(edit(cwd, 'latin.txt', 'a', 'b'))).toContain('it is not UTF-8 text')
    expect(await problem(edit(cwd, 'bin', 'a', 'b'))).toContain('it is not UTF-8 text')
    expect(await problem(edit(cwd, 'none.txt', 'a', 'b'))).toContain('there is no such file')
    expect(await problem(edit(cwd, 'sub/none.txt', 'a', 'b'))).toContain('there is no such file')
    expect(await readFile(join(cwd, 'a.txt'), 'utf8')).toBe('aaa b')
    await expect(stat(join(cwd, 'sub'))).rejects.toThrow()
  })

  test('a large file keeps everything around the piece', async () => {
    const cwd = await createFolder()
    const text = `${'x'.repeat(300_000)}HERE${'y'.repeat(300_000)}`
    await writeFile(join(cwd, 'a.txt'), text)
    await edit(cwd, 'a.txt', 'HERE', 'there it is')
    expect(await readFile(join(cwd, 'a.txt'), 'utf8')).toBe(text.replace('HERE', 'there it is'))
  })
})

test.each([
  ['Write', { path: 'a' }],
  ['Write', { content: 'a' }],
  ['Write', { path: 'a', content: 7 }],
  ['Edit', { path: 'a', old_string: '', new_string: 'b' }],
  ['Edit', { path: 'a', old_string: 'b', new_string: 'b' }],
  ['Edit', { path: 'a', old_string: 'b' }],
  ['Read', { path: 7 }],
])('%s %j is refused before anybody is asked', (name, input) => {
  expect(() => findTool(name).check(input)).toThrow(expect.objectContaining({ code: 'arguments-invalid' }))
})
