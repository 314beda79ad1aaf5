/** What is put into the inbox and what may be sent: by what a file is, and never by what somebody calls it. */
import { link, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { createTempDirectory, type TempDirectory, waitFor } from '@backchannel/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createInbox, type InboxLimits } from './inbox.ts'
import { createOutgoingFiles } from './outgoing.ts'

let folder: TempDirectory
let state: string
beforeEach(async () => {
  folder = await createTempDirectory()
  state = join(folder.path, '.claude', 'channels', 'lines')
  await mkdir(join(state, 'inbox'), { recursive: true })
})
afterEach(() => folder.remove())

const signal = new AbortController().signal
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

async function* bytes(...chunks: (string | Buffer)[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk)
}

describe('the inbox', () => {
  const save = (body: AsyncIterable<Uint8Array>, name?: string, limits: InboxLimits = { fileBytes: 1_000 }) =>
    createInbox(state, limits).save(async () => ({ body }), { name, signal })

  it.each([
    ['a picture', PNG, 'photo.exe', /\.png$/],
    ['a page that calls itself a picture', '<html>', 'photo.jpg', /\.bin$/],
    ['a text', 'hello', 'notes.TXT', /\.txt$/],
    ['a name that leads elsewhere', 'x', '../../../etc/passwd', /inbox[/\\]\d{13}-\w+\.bin$/],
    ['an extension with more in it', 'x', 'a.p<x>d', /\.bin$/],
  ])('names %s by what it is', async (_, body, name, expected) => {
    const { path } = await save(bytes(body), name)
    expect(path).toMatch(expected)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readFile(path)).toEqual(Buffer.from(body))
  })

  it('leaves nothing of what is too large, breaks off or stands still', async () => {
    await expect(save(bytes('x'.repeat(600), 'x'.repeat(600)))).rejects.toMatchObject({ code: 'file-too-large' })
    const broken = (async function* () {
      yield Buffer.from('half')
      throw new Error('gone')
    })()
    await expect(save(broken)).rejects.toThrow('gone')
    const stuck = (async function* () {
      yield Buffer.from('half')
      await new Promise(() => {})
    })()
    const inbox = createInbox(state, { fileBytes: 1_000 })
    await expect(inbox.save(async () => ({ body: stuck }), { signal, timeoutMs: 30 })).rejects.toThrow(
      /timeout|aborted/i,
    )
    expect(await readdir(join(state, 'inbox'))).toEqual([])
  })

  it('gives up the oldest, and touches nothing that is not of a channel', async () => {
    const inbox = join(state, 'inbox')
    await writeFile(join(inbox, '1000000000000-old.png'), 'old')
    await writeFile(join(inbox, 'mine.txt'), 'kept')
    const { path: first } = await save(bytes('x'.repeat(600)))
    await waitFor(async () => !(await readdir(inbox)).includes('1000000000000-old.png'), { what: 'the old one to go' })
    await setImmediate()
    const limits = { fileBytes: 1_000, totalBytes: 1_000 }
    const { path: second } = await save(bytes('y'.repeat(600)), undefined, limits)
    await waitFor(async () => (await readdir(inbox)).length === 2, { what: 'the first to give way' })
    expect(first).not.toBe(second)
    expect((await readdir(inbox)).sort()).toEqual([second.slice(inbox.length + 1), 'mine.txt'].sort())
  })
})

describe('a file of the agent', () => {
  const env = () => ({ HOME: folder.path, USERPROFILE: folder.path })
  const open = (path: string, maxBytes = 1_000) =>
    createOutgoingFiles({ directory: state, maxBytes, env: env() }).open([path])
  const make = async (path: string, text = 'x') => {
    const full = join(folder.path, path)
    await mkdir(join(full, '..'), { recursive: true })
    await writeFile(full, text)
    return full
  }
  const code = (path: string) =>
    open(path).then(
      async (files) => {
        for (const file of files) await file.close()
        return 'opened'
      },
      (thrown: { code?: string }) => thrown.code,
    )

  it.each([
    ['report.md', 'opened'],
    ['.env.example', 'opened'],
    ['id_rsa.pub', 'opened'],
    ['.claude/channels/lines/inbox/1700000000000-ab.png', 'opened'],
    ['.claude/channels/lines/access.json', 'file-refused'],
    ['.claude/channels/telegram/.env', 'file-refused'],
    ['.claude/channels/telegram/inbox/1700000000000-ab.png', 'file-refused'],
    ['.claude/channels/lines/journal.db', 'file-refused'],
    ['.backchannel/settings.json', 'file-refused'],
    ['.ssh/config', 'file-refused'],
    ['.aws/credentials', 'file-refused'],
    ['project/.env', 'file-refused'],
    ['project/.env.local', 'file-refused'],
    ['project/server.pem', 'file-refused'],
    ['id_ed25519', 'file-refused'],
    ['.claude/.credentials.json', 'file-refused'],
  ])('%s: %s', async (path, expected) => {
    expect(await code(await make(path))).toBe(expected)
  })

  it('is judged by what it is, not by what it is called', async () => {
    const access = await make('.claude/channels/lines/access.json', '{}')
    const soft = join(folder.path, 'soft.txt')
    const hard = join(folder.path, 'hard.txt')
    await symlink(access, soft)
    await link(access, hard)
    const key = await make('notes.txt', '-----BEGIN OPENSSH PRIVATE KEY-----\nabc')
    expect([await code(soft), await code(hard), await code(key)]).toEqual([
      'file-refused',
      'file-refused',
      'file-refused',
    ])
    await mkdir(join(state, 'inbox', 'deep'))
    await symlink(access, join(state, 'inbox', 'innocent.png'))
    expect(await code(join(state, 'inbox', 'innocent.png'))).toBe('file-refused')
  })

  it('that is none, is missing or too large is refused with the reason', async () => {
    expect(await code('relative.txt')).toBe('file-unreadable')
    expect(await code(join(folder.path, 'missing'))).toBe('file-unreadable')
    expect(await code(folder.path)).toBe('file-unreadable')
    expect(await code('/dev/zero')).toBe('file-unreadable')
    const large = await make('large.txt', 'x'.repeat(2_000))
    await expect(open(large)).rejects.toThrow(`file too large: ${large} (0.0MB, max `)
  })

  it('is what was opened, also where its name means another one later, and can be read twice', async () => {
    const path = await make('report.txt', 'the report')
    const [file] = await open(path)
    const { rename } = await import('node:fs/promises')
    await rename(await make('other.txt', 'something else'), path)
    const read = async () => {
      let text = ''
      for await (const chunk of file?.read() ?? []) text += Buffer.from(chunk).toString()
      return text
    }
    expect([await read(), await read()]).toEqual(['the report', 'the report'])
    expect(file).toMatchObject({ name: 'report.txt', size: 10, mime: 'text/plain' })
    await file?.close()
  })

  it('that gets shorter while it is sent is no shorter file', async () => {
    const path = await make('log.txt', 'x'.repeat(500))
    const [file] = await open(path)
    await truncate(path, 100)
    const read = async () => {
      for await (const _ of file?.read() ?? []);
    }
    await expect(read()).rejects.toMatchObject({ code: 'file-unreadable' })
    await file?.close()
  })
})
