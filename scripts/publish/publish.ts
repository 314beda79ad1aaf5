/** Puts a built marketplace on a branch of its own, one commit a release, so that an update always moves forward. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { git } from './git.ts'

export interface PublishOptions {
  /** The built marketplace. */
  readonly folder: string
  /** The one that it has to be a build of. */
  readonly version: string
  /** An empty folder for the repository in between. */
  readonly scratch: string
  /** Where it goes: a path or an address. */
  readonly remote: string
  readonly branch: string
  /** The commit that it was built from. */
  readonly builtFrom: string
  readonly dryRun: boolean
}

export interface Published {
  readonly outcome: 'published' | 'would be published' | 'there already'
  /** The commit, and the tree in it. */
  readonly commit: string
  readonly tree: string
  /** What is in it, one path each. */
  readonly files: readonly string[]
}

/**
 * @throws where the build is one of another version, or another build of this version is published: installed copies
 *   would never get the difference
 */
export async function publish(options: PublishOptions): Promise<Published> {
  const { folder, version, scratch, remote, branch, dryRun } = options
  await checkVersion(join(folder, '.claude-plugin/marketplace.json'), version)
  const inScratch = (...args: readonly string[]) => git(args, { cwd: scratch, env: identity() })
  await inScratch('init', '--quiet', '--bare')
  const before = await fetchBranch(inScratch, remote, branch)
  await inScratch('--work-tree', folder, 'add', '--force', '--all', '.')
  const tree = await inScratch('write-tree')
  const files = (await inScratch('ls-tree', '-r', '--name-only', tree)).split('\n')
  if (before !== undefined) {
    const same = (await inScratch('rev-parse', `${before}^{tree}`)) === tree
    if (same) return { outcome: 'there already', commit: before, tree, files }
    await refuseSameVersion(inScratch, before, version)
  }
  const message = `Backchannel ${version}\n\nBuilt from ${options.builtFrom}.`
  const parents = before === undefined ? [] : ['-p', before]
  const commit = await inScratch('commit-tree', tree, ...parents, '-m', message)
  if (dryRun) return { outcome: 'would be published', commit, tree, files }
  // Never forced: whoever has the branch can move on to this commit, or git says that somebody else was here.
  await inScratch('push', '--quiet', remote, `${commit}:refs/heads/${branch}`)
  return { outcome: 'published', commit, tree, files }
}

type Git = (...args: readonly string[]) => Promise<string>

async function fetchBranch(run: Git, remote: string, branch: string): Promise<string | undefined> {
  const listed = await run('ls-remote', remote, `refs/heads/${branch}`)
  if (listed === '') return undefined
  await run('fetch', '--quiet', '--depth=1', remote, `refs/heads/${branch}`)
  return run('rev-parse', 'FETCH_HEAD')
}

async function refuseSameVersion(run: Git, before: string, version: string): Promise<void> {
  const text = await run('show', `${before}:.claude-plugin/marketplace.json`)
  if (JSON.parse(text).metadata?.version !== version) return
  throw new Error(
    `Another build of ${version} is published. An installed copy is updated only when the version changes: raise it in package.json, then tag that.`,
  )
}

async function checkVersion(file: string, version: string): Promise<void> {
  const { metadata } = JSON.parse(await readFile(file, 'utf8'))
  if (metadata?.version === version) return
  throw new Error(`${file} is a build of ${metadata?.version}, and package.json has ${version}. Build again.`)
}

function identity(): Record<string, string> {
  const name = 'Backchannel release'
  const email = 'release@backchannel.invalid'
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  }
}
