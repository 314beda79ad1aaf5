/** What a release publishes: the branch is the built marketplace, grows by a commit a release, and is never forced. */
import { execFile } from 'node:child_process'
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { createTempDirectory, type TempDirectory } from '@backchannel/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { publish } from '../scripts/publish/publish.ts'
import { ROOT, readText } from './support/repository.ts'

const run = promisify(execFile)
const MARKETPLACE = join(ROOT, 'dist/marketplace')
const VERSION: string = JSON.parse(readText('package.json')).version

let folder: TempDirectory
let remote: string
beforeEach(async () => {
  folder = await createTempDirectory()
  remote = join(folder.path, 'remote.git')
  await run('git', ['init', '--quiet', '--bare', remote])
})
afterEach(() => folder.remove())

const script = (...args: readonly string[]) =>
  run(process.execPath, [join(ROOT, 'scripts/publish-marketplace.ts'), '--remote', remote, ...args])
const inRemote = async (...args: readonly string[]) => (await run('git', args, { cwd: remote })).stdout.trim()

async function contentOf(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    await Promise.all(
      files
        .map((file) => [relative(root, file), file] as const)
        .filter(([name]) => !name.startsWith('.git/'))
        .map(async ([name, file]) => [name, await readFile(file, 'base64')] as const),
    ),
  )
}

describe('npm run publish-marketplace', () => {
  it('publishes dist/marketplace as it is, with no history of the sources', async () => {
    const { stdout } = await script('--tag', `v${VERSION}`)
    expect(stdout).toMatch(new RegExp(`\\n${VERSION}: \\d+ files, published on marketplace as [0-9a-f]{12}\\n$`))
    const clone = join(folder.path, 'clone')
    await run('git', ['clone', '--quiet', '--branch', 'marketplace', remote, clone])
    expect(await contentOf(clone)).toEqual(await contentOf(MARKETPLACE))
    expect(await inRemote('rev-list', '--count', 'marketplace')).toBe('1')
    expect(await inRemote('branch', '--format=%(refname:short)')).toBe('marketplace')
    expect((await script()).stdout).toContain('there already')
    expect(await inRemote('rev-list', '--count', 'marketplace')).toBe('1')
  })

  it('pushes nothing in a dry run, and lists what would be there', async () => {
    const { stdout } = await script('--dry-run')
    expect(stdout).toContain('  plugins/fakechat/start.cjs\n')
    expect(stdout).toContain('would be published on marketplace')
    expect(await inRemote('branch')).toBe('')
  })

  it('refuses the tag of another version', async () => {
    await expect(script('--tag', 'v99.0.0')).rejects.toMatchObject({
      code: 1,
      stderr: `publish-marketplace: The tag is v99.0.0, but package.json has version ${VERSION}. The tag of it is v${VERSION}.\n`,
    })
    expect(await inRemote('branch')).toBe('')
  })
})

describe('publish', () => {
  let built: string
  let count = 0
  beforeEach(async () => {
    built = join(folder.path, 'built')
    await cp(join(MARKETPLACE, '.claude-plugin'), join(built, '.claude-plugin'), { recursive: true })
  })

  async function release(version: string, text: string) {
    const manifest = join(built, '.claude-plugin/marketplace.json')
    const { metadata, ...rest } = JSON.parse(await readFile(manifest, 'utf8'))
    await writeFile(manifest, JSON.stringify({ ...rest, metadata: { ...metadata, version } }))
    await writeFile(join(built, 'a.txt'), text)
    const scratch = await createTempDirectory()
    try {
      const where = { folder: built, scratch: scratch.path, remote, branch: 'marketplace' }
      return await publish({ ...where, version, builtFrom: `commit ${++count}`, dryRun: false })
    } finally {
      await scratch.remove()
    }
  }

  it('adds a commit a release, so that a clone moves forward', async () => {
    const first = await release('1.0.0', 'one')
    const clone = join(folder.path, 'clone')
    await run('git', ['clone', '--quiet', '--branch', 'marketplace', remote, clone])
    const second = await release('1.1.0', 'two')
    expect(await inRemote('rev-parse', `${second.commit}^`)).toBe(first.commit)
    await run('git', ['pull', '--quiet', '--ff-only'], { cwd: clone })
    expect(await readFile(join(clone, 'a.txt'), 'utf8')).toBe('two')
  })

  it('S-25: refuses another build of a version that is out', async () => {
    await release('1.0.0', 'one')
    await expect(release('1.0.0', 'other')).rejects.toThrow('Another build of 1.0.0 is published.')
    expect(await inRemote('show', 'marketplace:a.txt')).toBe('one')
  })

  it('takes line ends and ignored names as they are', async () => {
    await writeFile(join(built, '.gitignore'), 'a.txt\n')
    await writeFile(join(built, '.gitattributes'), '')
    await release('1.0.0', 'one\r\ntwo\n')
    expect(await run('git', ['show', 'marketplace:a.txt'], { cwd: remote })).toMatchObject({ stdout: 'one\r\ntwo\n' })
  })
})
