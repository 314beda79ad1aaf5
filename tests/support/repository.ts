/** The repository as the checks see it: its files, its workspaces, and which of them are development only. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** Made by installing, building or measuring; never committed. */
const GENERATED = new Set(['node_modules', 'dist', 'dist-types', 'coverage', '.git'])
const SOURCE = /\.(?:ts|tsx|js|cjs|mjs)$/
/** Tests, what only tests import, and what only the build runs. */
const DEVELOPMENT = /\.(?:test|fixture|driver|bench)\.tsx?$|\/test-[^/]+\.tsx?$|\/(?:testing|fixtures)\/|\/build\.ts$/

export interface Manifest {
  readonly name: string
  readonly description?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface Workspace {
  /** From the root, with slashes: `plugins/fakechat`. */
  readonly folder: string
  readonly manifest: Manifest
}

/** Every file that could be committed, from the root, with slashes, in a stable order. */
export function listFiles(below = ''): string[] {
  return readdirSync(join(ROOT, below), { withFileTypes: true })
    .filter((entry) => !GENERATED.has(entry.name))
    .flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory()) return listFiles(path)
      return entry.isFile() ? [path] : []
    })
    .sort()
}

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** Reads a JSON file of ours; a manifest that is none fails the test that asks. */
export function readManifest(path: string): Manifest {
  return JSON.parse(readText(path))
}

export function listWorkspaces(files: readonly string[]): Workspace[] {
  return files
    .filter((path) => /^(?:packages|plugins|examples)\/[^/]+\/package\.json$/.test(path))
    .map((path) => ({ folder: path.slice(0, -'/package.json'.length), manifest: readManifest(path) }))
}

export function isSource(path: string): boolean {
  return SOURCE.test(path)
}

/** Files that may use test tools and the development dependencies of the repository. */
export function isDevelopment(path: string): boolean {
  return DEVELOPMENT.test(`/${path}`) || path.startsWith('tests/') || path.startsWith('scripts/')
}

export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(basename(path))
}
