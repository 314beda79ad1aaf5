/** Where the pinned client is once it is installed, and which one that is. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder with the lockfile. */
export const FOLDER: string = join(import.meta.dirname, '..')

const PACKAGE = '@anthropic-ai/claude-code'

export function pinnedVersion(): string {
  const { dependencies } = readJson(join(FOLDER, 'package.json')) as { dependencies: Record<string, string> }
  return dependencies[PACKAGE] ?? ''
}

/** The client's program for this machine; the package has one a platform, and a launcher that would only find it. */
export function clientPath(): string {
  return join(
    FOLDER,
    'node_modules',
    `${PACKAGE}-${platform()}`,
    process.platform === 'win32' ? 'claude.exe' : 'claude',
  )
}

export function isInstalled(): boolean {
  const manifest = join(clientPath(), '../package.json')
  return existsSync(clientPath()) && (readJson(manifest) as { version: string }).version === pinnedVersion()
}

function platform(): string {
  const name = `${process.platform}-${process.arch}`
  return process.platform === 'linux' && !hasGlibc() ? `${name}-musl` : name
}

function hasGlibc(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime !== undefined
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
