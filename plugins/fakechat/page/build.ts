/** Bundles the page into one document that needs nothing from anywhere: the channel serves it as it is. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Metafile } from 'esbuild'

export interface BuiltPage {
  /** The whole page, script and style inline. */
  readonly text: string
  /** Says what went in. */
  readonly metafile: Metafile
}

/** The same sources give the same text. */
export async function buildPage(): Promise<BuiltPage> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(import.meta.dirname, 'index.tsx'), join(import.meta.dirname, 'styles.css')],
    bundle: true,
    metafile: true,
    write: false,
    outdir: 'page',
    platform: 'browser',
    // Browsers of the last three years; the style uses light-dark().
    target: ['chrome123', 'firefox120', 'safari17.5'],
    format: 'esm',
    minify: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const textOf = (extension: string) =>
    outputFiles.find(({ path }) => path.endsWith(extension))?.text.trim() ??
    fail(`the bundle of the page has no ${extension} file`)
  const template = await readFile(join(import.meta.dirname, 'index.html'), 'utf8')
  // By a function: "$&" in the script must stay what it is.
  const text = template.replace('/* style */', () => textOf('.css')).replace('/* script */', () => textOf('.js'))
  return { text, metafile }
}

function fail(problem: string): never {
  throw new Error(problem)
}
