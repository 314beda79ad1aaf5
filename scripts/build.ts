/** Builds what ships: `dist/marketplace` with one bundled server file per plugin, and the command in `dist/cli`. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { buildPage } from '../plugins/fakechat/page/build.ts'

const ROOT = join(import.meta.dirname, '..')
const MARKETPLACE = join(ROOT, 'dist/marketplace')
const CLI = join(ROOT, 'dist/cli')

const COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node22.18',
  minify: true,
  keepNames: true,
  legalComments: 'linked',
  logLevel: 'warning',
}

/** What a plugin's bundle needs besides its code. */
const DEFINITIONS: Record<string, () => Promise<Record<string, string>>> = {
  fakechat: async () => ({ __PAGE_HTML__: JSON.stringify(await buildPage()) }),
}

async function buildPlugin(name: string): Promise<void> {
  const source = join(ROOT, 'plugins', name)
  const target = join(MARKETPLACE, 'plugins', name)
  await mkdir(target, { recursive: true })
  await cp(join(source, 'plugin'), target, { recursive: true })
  await cp(join(source, 'README.md'), join(target, 'README.md'))
  await writeFile(join(target, 'start.cjs'), await renderLauncher(name, "require('./server.cjs')"))
  await build({
    ...COMMON,
    entryPoints: [join(source, 'src/index.ts')],
    outfile: join(target, 'server.cjs'),
    // CommonJS: the ESM namespace of node:http alone would cost a channel 22 ms and 13 MB.
    format: 'cjs',
    define: (await DEFINITIONS[name]?.()) ?? {},
  })
}

async function buildCli(): Promise<void> {
  await build({
    ...COMMON,
    entryPoints: { backchannel: join(ROOT, 'packages/cli/src/index.ts') },
    outdir: CLI,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    // ESM with chunks: the terminal is loaded only where there is one.
    format: 'esm',
    splitting: true,
    external: ['react-devtools-core'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
    },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  await writeFile(join(CLI, 'start.cjs'), await renderLauncher('backchannel', "import('./backchannel.mjs')"))
}

/** The few lines that an old Node can parse too, so that it says what is needed. */
async function renderLauncher(name: string, load: string): Promise<string> {
  const template = await readFile(join(import.meta.dirname, 'launcher.cjs'), 'utf8')
  return template.replaceAll('__NAME__', name).replace('__LOAD__', load)
}

async function buildAll(): Promise<void> {
  await rm(join(ROOT, 'dist'), { recursive: true, force: true })
  const plugins = (await readdir(join(ROOT, 'plugins'), { withFileTypes: true })).filter((entry) => entry.isDirectory())
  await mkdir(join(MARKETPLACE, '.claude-plugin'), { recursive: true })
  await cp(join(ROOT, 'plugins/marketplace.json'), join(MARKETPLACE, '.claude-plugin/marketplace.json'))
  await Promise.all([...plugins.map(({ name }) => buildPlugin(name)), buildCli()])
}

await buildAll()
