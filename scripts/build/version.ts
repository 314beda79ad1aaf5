/** The one version of everything that ships: an installed copy is updated when it changes, and only then. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from './paths.ts'

/** Of the repository's package.json. */
export async function readVersion(): Promise<string> {
  const { version }: { version?: unknown } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  if (typeof version === 'string' && /^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)) return version
  throw new Error(`package.json: version must be like "1.2.3", got ${JSON.stringify(version)}.`)
}
