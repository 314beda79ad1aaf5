/** With no rule, no path, however written, opens a file outside the project or one that is likely a secret. */
import { execFileSync } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decide } from '../permissions/decide.ts'
import { looksSecret } from '../permissions/secrets.ts'
import { sessionPermissions } from '../permissions/session-permissions.ts'
import { createFolder, rejection } from '../testing/folder.ts'
import { BUILT_IN_TOOLS } from './built-in.ts'
import type { ToolContext } from './tool.ts'

const OUTSIDE = 'a secret of the outside'
const POSIX = process.platform !== 'win32'

/** `parent/project` with files and links; `parent/outside` must stay unread. */
async function createProject(files: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const parent = await createFolder({
    'outside/file.txt': OUTSIDE,
    'project/inside.txt': 'inside',
    'project-2/file.txt': OUTSIDE,
  })
  const project = join(parent, 'project')
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(project, name)), { recursive: true })
    await writeFile(join(project, name), content as string | Uint8Array)
  }
  return project
}

/** As a session does it in its default mode; what needs an approval is an error. */
async function call(name: string, cwd: string, path?: unknown): Promise<string> {
  const tool = BUILT_IN_TOOLS.find((candidate) => candidate.name === name)
  const input = path === undefined ? {} : { path }
  tool?.check(input)
  const home = join(dirname(cwd), 'home')
  const decision = decide(
    { name, input },
    { ...sessionPermissions({ cwd, home, plans: [], env: {} }), cwd, events: [] },
  )
  if (decision.behavior !== 'allow') throw new Error(decision.because)
  return (
    (await tool?.run(input, { ...contextOf(cwd), ...(decision.place ? { place: decision.place } : {}) }))?.text ?? ''
  )
}

function contextOf(cwd: string): ToolContext {
  return {
    cwd,
    home: join(dirname(cwd), 'home'),
    env: {},
    platform: process.platform,
    signal: new AbortController().signal,
  }
}

const read = (cwd: string, path?: unknown) => call('Read', cwd, path)
const list = (cwd: string, path?: unknown) => call('LS', cwd, path)

describe('reading', () => {
  test('inside the project, by any way of writing it', async () => {
    const cwd = await createProject({ 'a/b.txt': 'nested' })
    expect(await read(cwd, 'inside.txt')).toBe('inside')
    expect(await read(cwd, './a/../a//b.txt')).toBe('nested')
    expect(await read(cwd, join(cwd, 'a/b.txt'))).toBe('nested')
    expect(await read(cwd, '../project/inside.txt')).toBe('inside')
  })

  test.each([
    '../outside/file.txt',
    'a/../../outside/file.txt',
    '/etc/passwd',
    '../project-2/file.txt',
    '..',
    '../',
    '/',
  ])('not outside: %s', async (path) => {
    const cwd = await createProject()
    const error = await rejection(read(cwd, path))
    expect(error).toMatchObject({
      message: `reading "${path}", which lies outside the project, needs an approval`,
    })
    expect(String(await rejection(list(cwd, path)))).toContain('needs an approval')
  })

  test('whether a file outside exists makes no difference to the answer', async () => {
    const cwd = await createProject()
    const messages = await Promise.all(
      ['../outside/file.txt', '../outside/none.txt'].map(async (path) => String(await rejection(read(cwd, path)))),
    )
    expect(messages[0]?.replace('file.txt', 'none.txt')).toBe(messages[1])
  })

  test.runIf(POSIX)('not through a link, to a file or on the way to one; a link inside is fine', async () => {
    const cwd = await createProject({ 'a/b.txt': 'nested' })
    await symlink('../outside/file.txt', join(cwd, 'link.txt'))
    await symlink('../outside', join(cwd, 'folder'))
    await symlink('a/b.txt', join(cwd, 'fine.txt'))
    await symlink('circle', join(cwd, 'circle'))
    for (const path of ['link.txt', 'folder/file.txt', 'folder/../folder/file.txt']) {
      expect(await rejection(read(cwd, path))).toMatchObject({
        message: expect.stringContaining('outside the project'),
      })
    }
    expect(await rejection(list(cwd, 'folder'))).toMatchObject({
      message: expect.stringContaining('outside the project'),
    })
    expect(await read(cwd, 'fine.txt')).toBe('nested')
    expect(await rejection(read(cwd, 'circle'))).toMatchObject({ message: expect.stringContaining('in a circle') })
  })

  test.runIf(POSIX)('a project that is itself named by a link', async () => {
    const cwd = await createProject()
    const link = join(dirname(cwd), 'link')
    await symlink(cwd, link)
    expect(await read(link, 'inside.txt')).toBe('inside')
    expect(await read(link, join(cwd, 'inside.txt'))).toBe('inside')
    expect(String(await rejection(read(link, '../outside/file.txt')))).toContain('outside the project')
  })

  test.runIf(POSIX)('not a secret, also through a link of another name', async () => {
    const cwd = await createProject({ '.env': 'KEY=1', '.git/config': 'url = https://token@host' })
    await symlink('.env', join(cwd, 'harmless.txt'))
    for (const path of ['.env', './.ENV', 'harmless.txt', '.git/config', '.git/../.env']) {
      const outcome = await rejection(read(cwd, path))
      expect(String(outcome)).toMatch(/looks like a secret|no such file/)
    }
  })

  test('what is no file, is not there, or is no path', async () => {
    const cwd = await createProject({ 'a/b.txt': '' })
    const problem = async (path: unknown) => String(await rejection(read(cwd, path)))
    expect(await problem('a')).toContain('it is a folder')
    expect(await problem('none.txt')).toContain('there is no such file')
    expect(await problem('inside.txt/x')).toContain('a part of the path is no folder')
    expect(await problem('a\0b')).toContain('that is no path')
    expect(await problem('x'.repeat(10_000))).toContain('the path is too long')
    expect((await problem('x'.repeat(10_000))).length).toBeLessThan(400)
    expect(await problem(undefined)).toContain('"path": expected a string, got undefined')
    expect(await problem('')).toContain('"path": expected a string, got an empty one')
    expect(await problem(['inside.txt'])).toContain('"path": expected a string, got object')
  })

  test.runIf(POSIX)('a pipe is not waited for', async () => {
    const cwd = await createProject()
    execFileSync('mkfifo', [join(cwd, 'pipe')])
    expect(String(await rejection(read(cwd, 'pipe')))).toContain('it is no regular file')
  })

  test('a huge file is cut between two characters and says how much is left', async () => {
    const cwd = await createProject({ 'huge.txt': `x${'ä'.repeat(50_000)}` })
    const text = await read(cwd, 'huge.txt')
    expect(text).not.toContain('\ufffd')
    expect(text.endsWith('ä\n… (34465 more bytes)')).toBe(true)
  })

  test('a file without text is refused; one that is not UTF-8 is shown as well as it can be', async () => {
    const cwd = await createProject({
      'image.png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2]),
      'latin.txt': Buffer.from([0x61, 0xe4, 0x62]),
      'empty.txt': '',
    })
    expect(String(await rejection(read(cwd, 'image.png')))).toContain('it is not a text file')
    expect(await read(cwd, 'latin.txt')).toBe('a\ufffdb')
    expect(await read(cwd, 'empty.txt')).toBe('')
  })
})

describe('listing', () => {
  test('folders are marked, secrets are named and not readable', async () => {
    const cwd = await createProject({ 'src/a.ts': '', '.env': '', 'README.md': '' })
    expect((await list(cwd)).split('\n')).toEqual(['.env (looks like a secret)', 'README.md', 'inside.txt', 'src/'])
    expect(await list(cwd, 'src')).toBe('a.ts')
    expect(String(await rejection(list(cwd, 'README.md')))).toContain('it is a file, not a folder')
  })

  test('only folders inside the project count as secret ones', async () => {
    const cwd = join(await createFolder({ '.claude/work/a.txt': '', '.claude/work/.aws/b.txt': '' }), '.claude/work')
    expect((await list(cwd, cwd)).split('\n')).toEqual(['.aws/ (looks like a secret)', 'a.txt'])
    expect(String(await rejection(list(cwd, '.aws')))).toContain('looks like a secret')
  })

  test('an empty folder, a very full one, and names that would pass for several', async () => {
    const cwd = await createProject()
    await mkdir(join(cwd, 'empty'))
    await mkdir(join(cwd, 'full'))
    await Promise.all(Array.from({ length: 510 }, (_, at) => writeFile(join(cwd, 'full', `f${at}`), '')))
    expect(await list(cwd, 'empty')).toBe('(empty folder)')
    const lines = (await list(cwd, 'full')).split('\n')
    expect([lines.length, lines.at(-1)]).toEqual([501, '… and 10 more'])
    if (POSIX) {
      await writeFile(join(cwd, 'empty', 'one\ntwo'), '')
      expect(await list(cwd, 'empty')).toBe('one\ufffdtwo')
    }
  })
})

test('likely secrets, by name', () => {
  const secrets = [
    '.env',
    '.env.local',
    'a/.ENV',
    '.npmrc',
    'id_ed25519',
    'server.PEM',
    'secrets.json',
    'Token',
    '.mcp.json',
    ...[
      '.envrc',
      '.env-prod',
      '.netrc',
      'id_work',
      'credentials',
      'aws_credentials.key',
      'x.tfstate',
      '.git-credentials',
    ],
    ...['kubeconfig', 'kubeconfig-prod', 'client_secret_1.json', 'service-account.json', '.pgpass'],
  ]
  const folders = [
    '.ssh/known_hosts',
    'a/.aws/x',
    '.backchannel/settings.json',
    '.git/config',
    '.git/modules/x/config',
    'a\\.ssh\\x',
    '/proc/self/environ',
    '/proc/1/fd/3',
  ]
  const fine = [
    'env.ts',
    'tokenizer.ts',
    'secrets.test.ts',
    '.gitignore',
    '.git/HEAD',
    'config',
    'src/config',
    'keyboard.ts',
    '',
  ]
  expect([...secrets, ...folders].filter((path) => !looksSecret(path))).toEqual([])
  expect(fine.filter(looksSecret)).toEqual([])
})

test('whatever the path, what opens lies inside', async () => {
  const cwd = await createProject({ 'a/b/c.txt': 'deep' })
  if (POSIX) {
    await symlink('../../outside', join(cwd, 'a/out'))
    await symlink('/', join(cwd, 'root'))
    await symlink('..', join(cwd, 'up'))
    await symlink('a', join(cwd, 'same'))
  }
  const part = fc.constantFrom(
    '..',
    '.',
    'a',
    'b',
    'c.txt',
    'inside.txt',
    'out',
    'root',
    'up',
    'same',
    'outside',
    'file.txt',
    '',
    'etc',
    'passwd',
    '\0',
    '~',
    '%2e%2e',
    '..\\',
    'project',
    'project-2',
  )
  const path = fc.oneof(
    fc
      .tuple(fc.boolean(), fc.array(part, { maxLength: 8 }))
      .map(([absolute, parts]) => (absolute ? '/' : '') + parts.join('/')),
    fc.array(part, { maxLength: 6 }).map((parts) => `${cwd}/${parts.join('/')}`),
    fc.string(),
  )
  await fc.assert(
    fc.asyncProperty(path, async (given) => {
      const text = await read(cwd, given).catch(() => '')
      expect(['', 'inside', 'deep']).toContain(text)
    }),
    { numRuns: 500 },
  )
})
