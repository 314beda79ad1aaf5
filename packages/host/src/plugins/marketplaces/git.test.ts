/** Fetching with the real git, from repositories of the test: what comes, what is kept out, and how it ends early. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createFolder, rejection } from '../../testing/folder.ts'
import { commitFiles, GIT_ENVIRONMENT, git } from '../../testing/plugins.ts'
import { type FetchRequest, fetchRepository } from './git.ts'

async function fetchFrom(url: string, given: Partial<FetchRequest> = {}) {
  const into = join(await createFolder(), 'into')
  await mkdir(into)
  const details: string[] = []
  const request: FetchRequest = {
    url,
    into,
    env: GIT_ENVIRONMENT,
    signal: new AbortController().signal,
    progress: (detail) => void details.push(detail),
    ...given,
  }
  return { into, details, commit: fetchRepository(request) }
}

describe('fetches', () => {
  test('a branch, a tag and a commit, without the history', async () => {
    const repository = await createFolder()
    const first = await commitFiles(repository, { 'a.txt': 'one' }, { tag: 'v1' })
    await commitFiles(repository, { 'a.txt': 'two' })
    const other = await commitFiles(repository, { 'a.txt': 'three' }, { branch: 'feature/x' })
    await git(repository, 'checkout', '--quiet', 'main')
    for (const [ref, text] of [
      [undefined, 'two'],
      ['v1', 'one'],
      ['feature/x', 'three'],
      [first.commit, 'one'],
    ] as const) {
      const { into, commit } = await fetchFrom(first.url, ref === undefined ? {} : { ref })
      expect((await commit).length).toBe(40)
      expect([await readFile(join(into, 'a.txt'), 'utf8'), await readdir(into)]).toEqual([text, ['a.txt']])
    }
    expect(await (await fetchFrom(first.url, { ref: 'feature/x' })).commit).toBe(other.commit)
  })

  test('no submodules, and runs no hook of a template', async () => {
    const inner = await commitFiles(await createFolder(), { 'inner.txt': 'x' })
    const repository = await createFolder()
    await commitFiles(repository, { 'a.txt': 'x' })
    await git(repository, '-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', inner.url, 'sub')
    const { url } = await commitFiles(repository, {})
    const home = await createFolder({ 'template/hooks/post-checkout': '#!/bin/sh\ntouch "$HOME/ran"\n' })
    const env = { ...GIT_ENVIRONMENT, HOME: home, GIT_TEMPLATE_DIR: join(home, 'template') }
    const { into, commit } = await fetchFrom(url, { env })
    await commit
    expect([existsSync(join(into, 'sub/inner.txt')), existsSync(join(home, 'ran'))]).toEqual([false, false])
  })
})

describe('fails', () => {
  test("with git's own words", async () => {
    const missing = join(await createFolder(), 'none')
    const { commit } = await fetchFrom(`file://${missing}`)
    expect(await rejection(commit)).toMatchObject({
      code: 'fetch-failed',
      message: expect.stringMatching(/^file:.*none could not be fetched: .*does not (exist|appear)/),
      hint: expect.stringContaining('Nothing was changed'),
    })
    const { url } = await commitFiles(await createFolder(), { 'a.txt': 'x' })
    const other = await fetchFrom(url, { ref: 'no-such-branch' })
    expect(String(await rejection(other.commit))).toContain("couldn't find remote ref no-such-branch")
  })

  test('where there is no git', async () => {
    const { commit } = await fetchFrom('file:///x', { env: { PATH: '/nonexistent' } })
    expect(String(await rejection(commit))).toContain('there is no command "git" here')
  })

  test.each(['ext::sh -c "touch ran"', '--upload-pack=touch ran'])('and runs nothing for the URL %j', async (url) => {
    const { into, commit } = await fetchFrom(url)
    expect(await rejection(commit)).toMatchObject({ code: 'fetch-failed' })
    expect(existsSync(join(into, 'ran'))).toBe(false)
  })

  test('when it takes too long or too much', async () => {
    const { url } = await commitFiles(await createFolder(), { 'a.txt': 'x', 'b.txt': 'x', 'c.txt': 'x' })
    const limits = { bytes: 1_000_000_000, files: 1_000, milliseconds: 60_000 }
    const files = await fetchFrom(url, { limits: { ...limits, files: 2 } })
    expect(await rejection(files.commit)).toMatchObject({ code: 'plugin-too-large' })
    const time = await fetchFrom(url, { limits: { ...limits, milliseconds: 0 } })
    expect(String(await rejection(time.commit))).toContain('it took more than 0 seconds')
  })

  test('when it is given up, and leaves no process behind', async () => {
    const asked = Promise.withResolvers<void>()
    const server = createServer(() => asked.resolve())
    onTestFinished(() => void server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const closed = Promise.withResolvers<void>()
    server.on('connection', (socket) => socket.once('close', () => closed.resolve()))
    const stop = new AbortController()
    const { port } = server.address() as AddressInfo
    const { commit } = await fetchFrom(`http://127.0.0.1:${port}/a.git`, { signal: stop.signal })
    const failure = rejection(commit)
    await asked.promise
    stop.abort()
    expect(await failure).toMatchObject({ name: 'AbortError' })
    await closed.promise
  })
})

test('credentials go to the server that they are for, and nowhere else', async () => {
  const seen: (string | undefined)[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(401).end('no s3cret here')
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.git`
  // A stand-in for git that writes down how it was called, then is git.
  const log = join(await createFolder(), 'log')
  const real = (await git('/', '--exec-path')).trim()
  const bin = await createFolder({ git: `#!/bin/sh\necho "$@" >> ${log}\nexec "${real}/git" "$@"\n` })
  await chmod(join(bin, 'git'), 0o755)
  const env = { ...GIT_ENVIRONMENT, PATH: `${bin}:${GIT_ENVIRONMENT['PATH']}` }
  const { commit } = await fetchFrom(url, { credentials: 'ada:s3cret', env })
  const error = await rejection(commit)
  expect(seen[0]).toBe(`Basic ${Buffer.from('ada:s3cret').toString('base64')}`)
  expect(`${String(error)} ${await readFile(log, 'utf8')}`).not.toMatch(/s3cret|YWRh/)
})

test('over HTTP, with credentials and without', async () => {
  const root = await createFolder()
  const { commit: wanted } = await commitFiles(join(root, 'a'), { 'a.txt': 'x' })
  const url = `${await serveRepositories(root, 'ada:s3cret')}/a/.git`
  const opened = await fetchFrom(url, { credentials: 'ada:s3cret' })
  expect(await opened.commit).toBe(wanted)
  expect(opened.details.join()).toMatch(/Receiving objects|Resolving|%/)
  const { commit } = await fetchFrom(url)
  expect(String(await rejection(commit))).toMatch(
    /could not be fetched: .*(could not read Username|Authentication failed)/,
  )
})

/** The web server that comes with git, behind a password. @returns its address */
async function serveRepositories(root: string, credentials: string): Promise<string> {
  const wanted = `Basic ${Buffer.from(credentials).toString('base64')}`
  const server = createServer((request, response) => {
    if (request.headers.authorization !== wanted) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end()
      return
    }
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost')
    const env = {
      ...GIT_ENVIRONMENT,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    }
    const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] })
    request.pipe(child.stdin)
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('close', () => {
      const answer = Buffer.concat(chunks)
      const end = answer.indexOf('\r\n\r\n')
      const headers = answer.subarray(0, end).toString().split('\r\n')
      const pairs = headers.map((line) => line.split(': ', 2) as [string, string])
      response.writeHead(200, Object.fromEntries(pairs)).end(answer.subarray(end + 4))
    })
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a link in a repository is kept as it is; the copy of a plugin judges it', async () => {
  const repository = await createFolder({ 'a.txt': 'x' })
  await symlink('/etc/passwd', join(repository, 'link'))
  const { url } = await commitFiles(repository, {})
  const { into, commit } = await fetchFrom(url)
  await commit
  expect((await readdir(into)).sort()).toEqual(['a.txt', 'link'])
})
