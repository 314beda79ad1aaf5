/** Files as people and editors leave them: marks, encodings, sizes, links, folders, pipes. */
import { execFile } from 'node:child_process'
import { chmod, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createFolder, rejection } from '../testing/folder.ts'
import { LARGEST_JSON_FILE, readJsonFile } from './read.ts'

const read = (folder: string, name: string) => readJsonFile({ file: join(folder, name), code: 'settings-invalid' })

test('a byte order mark is passed over', async () => {
  const folder = await createFolder({ 'a.json': '\ufeff{"a": 1}' })
  expect(await read(folder, 'a.json')).toEqual({ value: { a: 1 } })
})

test('a missing file is no error', async () => {
  expect(await read(await createFolder(), 'a.json')).toBeUndefined()
  expect(await read(await createFolder(), 'no-folder/a.json')).toBeUndefined()
})

test('malformed JSON: file, line, column, what came and what to do', async () => {
  const folder = await createFolder({ 'a.json': '{\n  "a": 1,\n  // why\n}' })
  expect(await rejection(read(folder, 'a.json'))).toMatchObject({
    code: 'settings-invalid',
    message: `${folder}/a.json is not valid JSON: line 3, column 3: expected a key in double quotes, got "/".`,
    hint: 'JSON takes no comments; remove it.',
  })
})

test('what cannot be read says why', async () => {
  const folder = await createFolder({
    'utf16.json': Buffer.from('\ufeff{}', 'utf16le'),
    'latin1.json': Buffer.from('{"a": "é"}', 'latin1'),
    'large.json': `"${'x'.repeat(LARGEST_JSON_FILE)}"`,
    file: '',
  })
  await mkdir(join(folder, 'folder.json'))
  await symlink(join(folder, 'nowhere'), join(folder, 'link.json'))
  const message = async (name: string) => String(await rejection(read(folder, name)))
  expect(await message('utf16.json')).toContain('is written in UTF-16')
  expect(await message('latin1.json')).toContain('is not valid UTF-8')
  expect(await message('large.json')).toContain('is too large: 1048578 bytes, where at most 1048576 are taken')
  expect(await message('folder.json')).toContain('is a folder, not a file')
  expect(await message('link.json')).toContain('is a link to a file that does not exist')
  expect(await message('file/a.json')).toContain('cannot be read (ENOTDIR)')
})

test.skipIf(process.platform === 'win32')('a pipe is refused, not waited for', async () => {
  const folder = await createFolder()
  await promisify(execFile)('mkfifo', [join(folder, 'pipe.json')])
  expect(String(await rejection(read(folder, 'pipe.json')))).toContain('is not a plain file')
})

test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('a file without read permission', async () => {
  const folder = await createFolder({ 'a.json': '{}' })
  await chmod(join(folder, 'a.json'), 0o000)
  expect(await rejection(read(folder, 'a.json'))).toMatchObject({ hint: expect.stringContaining('read permission') })
})
