/**
 * Builds what ships: `dist/marketplace` with one bundled server file per plugin, and the command in `dist/cli`.
 * `node scripts/build.ts fakechat cli` builds those parts only. Each part is built aside and switched in whole, so that
 * a session that runs never sees half of one.
 */
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { buildPage } from '../plugins/fakechat/page/build.ts'

const ROOT = join(import.meta.dirname, '..')
const MARKETPLACE = join(ROOT, 'dist/marketplace')
const CLI = join(ROOT, 'dist/cli')

const COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node22.18',
  // Identifiers stay: a stack says where it was, and esbuild's way to keep names costs a call for each closure made.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'linked',
  logLevel: 'warning',
}

/** What a plugin's bundle needs besides its code. */
const DEFINITIONS: Record<string, () => Promise<Record<string, string>>> = {
  fakechat: async () => ({ __PAGE_HTML__: JSON.stringify(await buildPage()) }),
}

async function buildPlugin(name: string): Promise<void> {
  const source = join(ROOT, 'plugins', name)
  await replaceFolder(join(MARKETPLACE, 'plugins', name), (target) => fillPlugin(name, source, target))
}

async function fillPlugin(name: string, source: string, target: string): Promise<void> {
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

async function fillCli(target: string): Promise<void> {
  await build({
    ...COMMON,
    entryPoints: { backchannel: join(ROOT, 'packages/cli/src/index.ts') },
    outdir: target,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    // ESM with chunks: the terminal is loaded only where there is one.
    format: 'esm',
    splitting: true,
    external: ['react-devtools-core'],
    banner: { js: REQUIRE_IN_ESM },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  await writeFile(join(target, 'start.cjs'), await renderLauncher('backchannel', "import('./backchannel.mjs')"))
}

/** Dependencies that are CommonJS still call `require` for built-in modules, and one wants to know its file. */
const REQUIRE_IN_ESM =
  "import { createRequire as createRequireInEsm } from 'node:module';const require = createRequireInEsm(import.meta.url), __filename = import.meta.filename;"

async function replaceFolder(folder: string, fill: (target: string) => Promise<void>): Promise<void> {
  const aside = `${folder}.building-${process.pid}`
  await mkdir(aside, { recursive: true })
  try {
    await fill(aside)
    await rm(folder, { recursive: true, force: true })
    await mkdir(dirname(folder), { recursive: true })
    await rename(aside, folder)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

/** The few lines that an old Node can parse too, so that it says what is needed. */
async function renderLauncher(name: string, load: string): Promise<string> {
  const template = await readFile(join(import.meta.dirname, 'launcher.cjs'), 'utf8')
  return template.replaceAll('__NAME__', name).replace('__LOAD__', load)
}

async function buildMarketplace(): Promise<void> {
  await replaceFolder(join(MARKETPLACE, '.claude-plugin'), (target) =>
    cp(join(ROOT, 'plugins/marketplace.json'), join(target, 'marketplace.json')),
  )
}

async function findPlugins(): Promise<string[]> {
  const entries = await readdir(join(ROOT, 'plugins'), { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

const plugins = await findPlugins()
const wanted = process.argv.length > 2 ? process.argv.slice(2) : [...plugins, 'cli']
const parts = await Promise.allSettled([
  buildMarketplace(),
  ...plugins.filter((name) => wanted.includes(name)).map(buildPlugin),
  ...(wanted.includes('cli') ? [replaceFolder(CLI, fillCli)] : []),
])
for (const part of parts) if (part.status === 'rejected') throw part.reason
