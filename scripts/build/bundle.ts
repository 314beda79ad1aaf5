/** How everything is bundled, and the launcher in front of a bundle. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuildOptions, build, type Metafile } from 'esbuild'

const COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node22.18',
  // Identifiers stay: a stack says where it was, and esbuild's way to keep names costs a call for each closure made.
  minifyWhitespace: true,
  minifySyntax: true,
  // The licences of what is bundled are a file of their own.
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
}

/** @returns the files that went in, as paths from the current folder */
export async function bundle(options: BuildOptions): Promise<readonly string[]> {
  const { metafile } = await build({ ...COMMON, ...options })
  return metafile ? bundledFiles(metafile) : []
}

/** Those of which something is left: what was shaken off is not shipped. */
export function bundledFiles({ outputs }: Metafile): readonly string[] {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  )
}

/** The few lines that an old Node can parse too, so that it says what is needed. */
export async function renderLauncher(name: string, load: string): Promise<string> {
  const template = await readFile(join(import.meta.dirname, 'launcher.cjs'), 'utf8')
  return template.replaceAll('__NAME__', name).replace('__LOAD__', load)
}
