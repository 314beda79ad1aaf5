/** The rules of the layers (docs/architecture.md) as functions, so that a test can show them wrong arrows. */
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { type Import, packageOf } from './imports.ts'
import { isDevelopment, type Manifest, type Workspace } from './repository.ts'

type Layer = 'protocol' | 'channel' | 'host' | 'testkit' | 'cli' | 'plugin' | 'example'

/** What each layer may import of the others. Whatever is not here is a wrong arrow. */
const ARROWS: Readonly<Record<Layer, readonly Layer[]>> = {
  protocol: [],
  channel: ['protocol'],
  host: ['protocol'],
  testkit: ['protocol', 'channel'],
  cli: ['host', 'protocol'],
  plugin: ['channel'],
  example: ['channel'],
}
/** Whose tests may import the test kit: all but the layer it stands on itself. */
const TESTED: readonly Layer[] = ['channel', 'host', 'cli', 'plugin', 'example']
const TEST_TOOLS = new Set(['vitest', 'fast-check'])

/** Why a file may not import a module, or undefined where it may. */
export function checkArrow(path: string, specifier: string, workspaces: readonly Workspace[]): string | undefined {
  const own = workspaces.find(({ folder }) => path.startsWith(`${folder}/`))
  if (!own) return `${path} is in no workspace`
  const from = layerOf(own.folder)
  if (!from) return `${own.folder} is no layer of docs/architecture.md`
  if (specifier.startsWith('.') || specifier.startsWith('/')) return checkRelative(path, specifier, own)
  if (isBuiltin(specifier)) {
    return from === 'protocol' && !isDevelopment(path)
      ? `${path} imports ${specifier}, but protocol is pure`
      : undefined
  }
  const name = packageOf(specifier) ?? specifier
  if (TEST_TOOLS.has(name) && from !== 'testkit' && !isDevelopment(path))
    return `${path} imports ${name} outside a test`
  const target = workspaces.find(({ manifest }) => manifest.name === name)
  if (!target || target === own) return undefined
  const to = layerOf(target.folder)
  if (to === 'testkit' && TESTED.includes(from)) {
    return isDevelopment(path) ? undefined : `${path} imports the test kit outside a test`
  }
  return to && ARROWS[from].includes(to) ? undefined : `${path} imports ${specifier}: ${from} may not import ${to}`
}

/** What a workspace imports and does not declare, or declares and does not import. */
export function checkDependencies(
  workspace: Workspace,
  imports: ReadonlyMap<string, readonly Import[]>,
  root: Manifest,
  jsx: string | undefined,
): string[] {
  const { manifest, folder } = workspace
  const shipped = new Set(
    Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }),
  )
  const declared = new Set([...shipped, ...Object.keys(manifest.devDependencies ?? {})])
  const common = new Set(Object.keys(root.devDependencies ?? {}))
  const used = new Set<string>(jsx === undefined ? [] : [jsx])
  const problems = new Set<string>()
  for (const [path, named] of imports) {
    for (const { specifier, typeOnly } of named) {
      const name = packageOf(specifier)
      if (name === undefined || name === manifest.name) continue
      used.add(name)
      // A page is bundled into one file by the build, so what it imports need not be installed to run.
      const lenient = typeOnly || isDevelopment(path) || path.startsWith(`${folder}/page/`)
      const known = shipped.has(name) || (lenient && (declared.has(name) || declared.has(typesOf(name))))
      if (known || (isDevelopment(path) && common.has(name))) continue
      const where = declared.has(name) ? 'declared for development only' : 'not declared'
      problems.add(`${path} imports ${name}, which is ${where} in ${folder}/package.json`)
    }
  }
  for (const name of declared) {
    // An optional peer is looked for at run time, wherever it is.
    if (manifest.peerDependenciesMeta?.[name]?.optional) continue
    if (used.has(name) || [...used].some((one) => typesOf(one) === name)) continue
    problems.add(`${folder}/package.json declares ${name}, which no file imports`)
  }
  return [...problems]
}

function checkRelative(path: string, specifier: string, own: Workspace): string | undefined {
  const target = posix.join(posix.dirname(path), specifier)
  if (specifier.startsWith('.') && target.startsWith(`${own.folder}/`)) return undefined
  return `${path} reaches out of ${own.folder} with ${specifier}`
}

function layerOf(folder: string): Layer | undefined {
  if (folder.startsWith('plugins/')) return 'plugin'
  if (folder.startsWith('examples/')) return 'example'
  const name = folder.replace(/^packages\//, '')
  return Object.hasOwn(ARROWS, name) ? (name as Layer) : undefined
}

/** Where the types of a package without its own are: `@types/ws`, `@types/scope__name`. */
function typesOf(name: string): string {
  return `@types/${name.replace(/^@/, '').replace('/', '__')}`
}
