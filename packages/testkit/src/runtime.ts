/** The runtimes that every channel must work on, and where their commands are. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export type Runtime = 'node' | 'bun'

export const RUNTIMES: readonly Runtime[] = ['node', 'bun']

/**
 * The absolute path of a runtime's command: the Node that runs this, or the Bun of the npm package `bun`.
 * @throws Error if that package is not installed.
 */
export function runtimeCommand(runtime: Runtime): string {
  return runtime === 'node' ? process.execPath : findBun()
}

function findBun(): string {
  const require = createRequire(import.meta.url)
  let manifestPath: string
  try {
    manifestPath = require.resolve('bun/package.json')
  } catch (cause) {
    throw new Error('The npm package "bun" is not installed. Add it to devDependencies, or test on node only.', {
      cause,
    })
  }
  const manifest = require(manifestPath) as { readonly bin: { readonly bun: string } }
  return join(dirname(manifestPath), manifest.bin.bun)
}
