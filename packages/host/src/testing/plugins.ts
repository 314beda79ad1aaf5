/** A home with plugins, marketplaces to add and repositories to fetch from, all in folders of one test. */
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type PluginResult, runPlugin, type VerbPorts, verbPorts } from '../plugins/index.ts'
import { type HostPaths, hostPaths } from '../settings/paths.ts'
import { createFolder, writeFiles } from './folder.ts'

export interface PluginHome {
  /** The folder everything is in; `project` is the current one. */
  readonly root: string
  readonly paths: HostPaths
  readonly ports: VerbPorts
  /** What was told while something went on. */
  readonly steps: readonly string[]
  /** Runs a line of `backchannel plugin`; words are separated by single spaces. */
  run(line: string): Promise<PluginResult>
  /** As {@link run}, for what must succeed. @returns its text */
  done(line: string): Promise<string>
}

/** @param files below `root`: marketplaces to add, mostly */
export async function createPluginHome(
  files: Readonly<Record<string, unknown>> = {},
  given: Partial<VerbPorts> = {},
): Promise<PluginHome> {
  const root = await createFolder({ 'built-in/.claude-plugin/marketplace.json': BUILT_IN, ...files })
  await mkdir(join(root, 'project'), { recursive: true })
  const paths = hostPaths({ BACKCHANNEL_HOME: join(root, 'home') }, process.platform, root)
  const steps: string[] = []
  const ports: VerbPorts = {
    ...verbPorts({
      paths,
      builtin: join(root, 'built-in'),
      cwd: join(root, 'project'),
      env: { ...GIT_ENVIRONMENT, HOME: root },
      signal: new AbortController().signal,
      progress: (step) => void (steps.at(-1) === step || steps.push(step)),
    }),
    ...given,
  }
  const run = (line: string) => runPlugin(line.split(' '), ports, 'backchannel plugin')
  return {
    root,
    paths,
    ports,
    steps,
    run,
    async done(line) {
      const { ok, text } = await run(line)
      if (!ok) throw new Error(`${line}: ${text}`)
      return text
    },
  }
}

/** A marketplace with one plugin a name, each with a server that does nothing, below `folder`. */
export function marketplaceFiles(
  folder: string,
  name: string,
  plugins: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { chat: {} },
): Record<string, unknown> {
  const listed = Object.keys(plugins).map((plugin) => ({ name: plugin, source: `./${plugin}` }))
  const files = Object.entries(plugins).flatMap(([plugin, own]) =>
    Object.entries({
      '.claude-plugin/plugin.json': { name: plugin, version: '1.0.0', description: 'A plugin' },
      '.mcp.json': { [plugin]: { command: 'node', args: [`${ROOT}/server.js`] } },
      'server.js': '// nothing',
      ...own,
    }).map(([file, content]) => [`${folder}/${plugin}/${file}`, content] as const),
  )
  return {
    [`${folder}/.claude-plugin/marketplace.json`]: { name, owner: { name: 'Someone' }, plugins: listed },
    ...Object.fromEntries(files),
  }
}

/** Commits files to a repository that is made for it. @returns the URL for it, and the commit */
export async function commitFiles(
  repository: string,
  files: Readonly<Record<string, unknown>>,
  { branch = 'main', tag }: { readonly branch?: string; readonly tag?: string } = {},
): Promise<{ readonly url: string; readonly commit: string }> {
  await mkdir(repository, { recursive: true })
  await git(repository, 'init', '--quiet', `--initial-branch=${branch}`)
  await git(repository, 'checkout', '--quiet', '-B', branch)
  await writeFiles(repository, files)
  await git(repository, 'add', '--all', '--force')
  await git(repository, 'commit', '--quiet', '--allow-empty', '--message', 'A change')
  if (tag !== undefined) await git(repository, 'tag', tag)
  return { url: `file://${repository}`, commit: (await git(repository, 'rev-parse', 'HEAD')).trim() }
}

export async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', [...args], { cwd: folder, env: GIT_ENVIRONMENT })
  return stdout
}

/** Nothing of the machine's own configuration. */
export const GIT_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Someone',
  GIT_AUTHOR_EMAIL: 'someone@example.com',
  GIT_COMMITTER_NAME: 'Someone',
  GIT_COMMITTER_EMAIL: 'someone@example.com',
}

const ROOT = ['$', '{CLAUDE_PLUGIN_ROOT}'].join('')
const BUILT_IN = { name: 'backchannel', owner: { name: 'Backchannel' }, plugins: [] }
