/** Builds the `backchannel` command. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle, renderLauncher } from './bundle.ts'
import { ROOT } from './paths.ts'

export async function fillCli(target: string): Promise<void> {
  await bundle({
    entryPoints: {
      backchannel: join(ROOT, 'packages/cli/src/index.ts'),
      // A program of its own: what an ACP agent starts for each channel has to be there at once.
      'tools-bridge': join(ROOT, 'packages/host/src/agents/bridge/program.ts'),
    },
    outdir: target,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    // ESM with chunks: the terminal is loaded only where there is one.
    format: 'esm',
    splitting: true,
    legalComments: 'linked',
    external: ['react-devtools-core'],
    banner: { js: REQUIRE_IN_ESM },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  await writeFile(join(target, 'start.cjs'), await renderLauncher('backchannel', "import('./backchannel.mjs')"))
}

/** Dependencies that are CommonJS still call `require` for built-in modules, and one wants to know its file. */
const REQUIRE_IN_ESM =
  "import { createRequire as createRequireInEsm } from 'node:module';const require = createRequireInEsm(import.meta.url), __filename = import.meta.filename;"
