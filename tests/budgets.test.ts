/** What ships stays small: bundles, the part of the command that every start loads, and dependencies at run time. */
import { statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build, type Metafile } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { listFiles, listWorkspaces, ROOT } from './support/repository.ts'

const workspaces = listWorkspaces(listFiles())
const plugins = workspaces.map(({ folder }) => folder).filter((folder) => folder.startsWith('plugins/'))

const MOST_PLUGIN_BYTES = 1_000_000
/** What each start of the command reads, a session or `--version`; the terminal is loaded where there is one. */
const MOST_START_BYTES = 800_000

/** Packages of others, at run time. More is a decision: raise the number together with its reason. */
const MOST_DEPENDENCIES: Readonly<Record<string, number>> = {
  'packages/protocol': 1,
  'packages/channel': 2,
  'packages/host': 6,
  'packages/testkit': 1,
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
  it('starts without the terminal', async () => {
    const files = await loadedAtStart(join(ROOT, 'dist/cli/backchannel.mjs'))
    expect(files.map(({ path }) => path).filter((path) => path.includes('terminal'))).toEqual([])
    expect(files.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(MOST_START_BYTES)
  })
})

/** The built file and the chunks it imports statically, theirs included. */
async function loadedAtStart(entry: string): Promise<{ path: string; bytes: number }[]> {
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
  const loaded = new Map<string, number>()
  const walk = (path: string, { inputs }: Metafile): void => {
    const input = inputs[path]
    if (input === undefined || loaded.has(path)) return
    loaded.set(path, input.bytes)
    for (const { path: next, kind } of input.imports) if (kind !== 'dynamic-import') walk(next, { inputs, outputs: {} })
  }
  walk(relative(ROOT, entry), metafile)
  return [...loaded].map(([path, bytes]) => ({ path, bytes }))
}
