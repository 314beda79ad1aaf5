/** Replies and edits: every file is sent or none, errors name the file, and the result says what is so. */
import { mkdir, readdir, readFile, symlink, truncate, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ask, connectSocket, openTestChat, type TestChat } from './chat.fixture.ts'

const noAbort = new AbortController().signal

async function outbox(chat: TestChat): Promise<string[]> {
  return readdir(join(chat.directory, 'outbox')).catch(() => [])
}

async function write(chat: TestChat, name: string, content = name): Promise<string> {
  const path = join(chat.directory, name)
  await writeFile(path, content)
  return path
}

test('all files are sent, as they were at that moment', async () => {
  await using chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  const paths = await Promise.all(['a.txt', 'b.bin', 'c.txt'].map((name) => write(chat, name)))
  await chat.chat.reply({ text: 'three', files: paths }, noAbort)
  for (const path of paths) await unlink(path)
  const frame = await page.next('msg')
  const files = frame['files'] as { url: string; name: string; size: number; mime: string }[]
  expect(files.map(({ name, size, mime }) => [name, size, mime])).toEqual([
    ['a.txt', 5, 'text/plain'],
    ['b.bin', 5, 'application/octet-stream'],
    ['c.txt', 5, 'text/plain'],
  ])
  expect(frame['file']).toEqual(files[0])
  for (const { url, name } of files) expect((await ask(chat.port, url)).body).toBe(name)
})

test.skipIf(process.platform === 'win32')('a link is sent as the file it leads to, under its own name', async () => {
  await using chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  await symlink(await write(chat, 'real.txt'), join(chat.directory, 'link.txt'))
  await chat.chat.reply({ text: '', files: [join(chat.directory, 'link.txt')] }, noAbort)
  expect((await page.next('msg'))['file']).toMatchObject({ name: 'link.txt', size: 8 })
})

const BAD_FILES: readonly (readonly [string, string, (chat: TestChat) => Promise<string>])[] = [
  ['missing', 'file-unreadable', async (chat: TestChat) => join(chat.directory, 'missing.txt')],
  ['relative', 'file-unreadable', async () => 'package.json'],
  [
    'a folder',
    'file-unreadable',
    async (chat: TestChat) => {
      await mkdir(join(chat.directory, 'folder'))
      return join(chat.directory, 'folder')
    },
  ],
  ...(process.platform === 'win32' ? [] : [['a device', 'file-unreadable', async () => '/dev/zero'] as const]),
  [
    'too large',
    'file-too-large',
    async (chat: TestChat) => {
      const path = await write(chat, 'huge.iso')
      await truncate(path, 50 * 1024 * 1024 + 1)
      return path
    },
  ],
]

test.each(BAD_FILES)('with one file that is %s nothing is sent, and the error names it', async (_, code, prepare) => {
  await using chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  const bad = await prepare(chat)
  const failure = chat.chat.reply({ text: 'two', files: [await write(chat, 'good.txt'), bad] }, noAbort)
  await expect(failure).rejects.toMatchObject({ code, message: expect.stringContaining(bad), hint: expect.any(String) })
  expect(await outbox(chat)).toEqual([])
  await chat.chat.reply({ text: 'without' }, noAbort)
  expect(await page.next('msg')).toMatchObject({ text: 'without' })
})

test('an outbox that cannot be written is told to the agent; text still goes', async () => {
  await using chat = await openTestChat({ prepare: (directory) => writeFile(join(directory, 'outbox'), '') })
  const failure = chat.chat.reply({ text: 'file', files: [await write(chat, 'a.txt')] }, noAbort)
  await expect(failure).rejects.toMatchObject({ code: 'state-unwritable', message: expect.stringContaining('outbox') })
  expect(await chat.chat.reply({ text: 'text' }, noAbort)).toMatch(/^sent /)
})

test('an edit keeps the files, and says so when nobody sees it yet', async () => {
  await using chat = await openTestChat()
  const sent = await chat.chat.reply({ text: 'draft', files: [await write(chat, 'a.txt')] }, noAbort)
  const id = /\((.+)\)/.exec(sent)?.[1] ?? ''
  expect(chat.chat.edit(id, 'final')).toBe('ok; no page is open, it is shown when one connects')
  await using page = await connectSocket(chat.port)
  expect(page.frames[0]?.['messages']).toMatchObject([{ id, text: 'final', edited: true, files: [{ name: 'a.txt' }] }])
  expect(await page.next('msg')).toMatchObject({ text: 'final', file: { name: 'a.txt' } })
})

test('an edit of nothing, or of what the user wrote, is an error that names the id', async () => {
  await using chat = await openTestChat()
  await using page = await connectSocket(chat.port)
  page.send({ id: 'u1', text: 'mine' })
  await page.next('sent')
  for (const id of ['m1780000000000-7', 'u1', 'toString', '__proto__']) {
    expect(() => chat.chat.edit(id, 'x')).toThrow(expect.objectContaining({ code: 'message-unknown' }))
    expect(() => chat.chat.edit(id, 'x')).toThrow(id)
  }
  expect(page.frames.map(({ type }) => type)).toEqual(['hello', 'sent'])
})

test('old files go at a start, young ones and strange ones stay', async () => {
  const names = ['1700000000000.png', '1700000000000-abc123.txt', `${Date.now()}-abc123.txt`, 'notes.txt', '1700.png']
  await using chat = await openTestChat({
    keepDays: 30,
    async prepare(directory) {
      await mkdir(join(directory, 'outbox'))
      for (const name of names) await writeFile(join(directory, 'outbox', name), '')
    },
  })
  await chat.chat.close()
  expect((await outbox(chat)).sort()).toEqual(names.slice(2).sort())
  expect(await readFile(join(chat.directory, 'outbox', 'notes.txt'), 'utf8')).toBe('')
})
