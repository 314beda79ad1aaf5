/** What ships stays small: bundles, the part of the command that every start loads, and dependencies at run time. */
import { readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build, type Metafile } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { listFiles, listWorkspaces, ROOT } from './support/repository.ts'

const workspaces = listWorkspaces(listFiles())
const plugins = workspaces.map(({ folder }) => folder).filter((folder) => folder.startsWith('plugins/'))

const MOST_PLUGIN_BYTES = 1_000_000
/** What each start of the command reads before it knows what is wanted. */
const MOST_START_BYTES = 150_000
/**
 * What a session reads without a terminal: 150 KB of it parse shell commands, so that rules hold for what really runs
 * (decision 0023); 20 KB ask questions and stop a turn, which must not depend on a file that is read at that moment.
 */
const MOST_SESSION_BYTES = 940_000

/** Packages of others, at run time. More is a decision: raise the number together with its reason. */
const MOST_DEPENDENCIES: Readonly<Record<string, number>> = {
  'packages/protocol': 1,
  // Three of them read Markdown, for channels on chat platforms and for fakechat's page: decision 0019.
  'packages/channel': 5,
  // The client of the Agent Client Protocol among them: decision 0024.
  'packages/host': 7,
  // The SDK for servers of others, fast-check for hostile texts: who runs the suites needs both.
  'packages/testkit': 2,
  'packages/cli': 1,
}
const MOST_OF_A_PLUGIN = 3
const MOST_OF_AN_EXAMPLE = 0

function mostDependencies(folder: string): number {
  if (folder.startsWith('plugins/')) return MOST_OF_A_PLUGIN
  if (folder.startsWith('examples/')) return MOST_OF_AN_EXAMPLE
  return MOST_DEPENDENCIES[folder] ?? 0
}

describe('a plugin', () => {
  it.each(plugins)('%s is one file of at most a megabyte', (folder) => {
    const path = join(ROOT, 'dist/marketplace', folder, 'server.cjs')
    const { size } = statSync(path, { throwIfNoEntry: false }) ?? { size: Number.NaN }
    expect(size, `${folder} is not built: run "npm run build"`).not.toBeNaN()
    expect(size).toBeLessThanOrEqual(MOST_PLUGIN_BYTES)
  })
})

describe('a workspace', () => {
  it.each(workspaces.map(({ folder, manifest }) => [folder, manifest] as const))(
    '%s needs few packages of others to run',
    (folder, { dependencies = {} }) => {
      const own = new Set(workspaces.map(({ manifest }) => manifest.name))
      const foreign = Object.keys(dependencies).filter((name) => !own.has(name))
      expect(foreign.length, foreign.join(', ')).toBeLessThanOrEqual(mostDependencies(folder))
    },
  )
})

describe('the command', () => {
  const isTerminal = ({ path }: { path: string }) => path.includes('terminal')
  const sum = (files: readonly { bytes: number }[]) => files.reduce((total, { bytes }) => total + bytes, 0)

  it('loads little before it knows what is wanted', async () => {
    const files = await loaded(join(ROOT, 'dist/cli/backchannel.mjs'))
    expect(sum(files)).toBeLessThanOrEqual(MOST_START_BYTES)
  })

  it('runs a session without the terminal', async () => {
    const chunks = readdirSync(join(ROOT, 'dist/cli/chunks')).filter((name) => /^session-.*\.mjs$/.test(name))
    expect(chunks).toHaveLength(1)
    const files = await loaded(join(ROOT, 'dist/cli/chunks', chunks[0] ?? ''))
    expect(files.filter(isTerminal)).toEqual([])
    expect(sum(files)).toBeLessThanOrEqual(MOST_SESSION_BYTES)
  })
})

/** A built file and the chunks it imports statically, theirs included. */
async function loaded(entry: string): Promise<{ path: string; bytes: number }[]> {
  const { metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: ROOT,
    bundle: true,
    format: 'esm',
    platform: 'node',
    splitting: true,
    external: ['react-devtools-core'],
    write: false,
    metafile: true,
    outdir: 'nowhere',
    logLevel: 'silent',
  })
  const found = new Map<string, number>()
  const walk = (path: string, { inputs }: Metafile): void => {
    const input = inputs[path]
    if (input === undefined || found.has(path)) return
    found.set(path, input.bytes)
    for (const { path: next, kind } of input.imports) if (kind !== 'dynamic-import') walk(next, { inputs, outputs: {} })
  }
  walk(relative(ROOT, entry), metafile)
  return [...found].map(([path, bytes]) => ({ path, bytes }))
}
