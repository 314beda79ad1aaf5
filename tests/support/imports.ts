/** Every module a source file names, read by a real parser, type imports included. */
import { isBuiltin } from 'node:module'
import { build, type Loader, type Plugin } from 'esbuild'

export interface Import {
  readonly specifier: string
  /** Named only by `import type`, `export type` or `import('…')` in a type: gone at run time. */
  readonly typeOnly: boolean
}

/** The imports of each file, given by path and text; each specifier once per file, in alphabetical order. */
export async function findImports(sources: ReadonlyMap<string, string>): Promise<Map<string, Import[]>> {
  const atRunTime = await parse(sources)
  const all = await parse(new Map([...sources].map(([path, text]) => [path, withoutTypeMarks(text)])))
  return new Map(
    [...sources].map(([path, text]) => {
      const run = new Set([...(atRunTime.get(path) ?? []), ...builtinCalls(text)])
      const every = new Set([...run, ...(all.get(path) ?? []), ...importCalls(text)])
      return [path, [...every].sort().map((specifier) => ({ specifier, typeOnly: !run.has(specifier) }))]
    }),
  )
}

/** The package of a specifier: `ws`, `@scope/name`; undefined for a relative path or a module of the runtime. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('/') || isBuiltin(specifier)) return undefined
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** Lets esbuild read every file and ask where each import is; the answer is always "elsewhere". */
async function parse(sources: ReadonlyMap<string, string>): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>([...sources.keys()].map((path) => [path, new Set()]))
  // Numbers for names: esbuild would rewrite the path of a file that exists.
  const paths = [...sources.keys()]
  const pathOf = (name: string): string => paths[Number(name)] ?? ''
  const collect: Plugin = {
    name: 'collect-imports',
    setup(building) {
      building.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        if (kind === 'entry-point') return { path, namespace: 'source' }
        found.get(pathOf(importer))?.add(path)
        return { path, external: true }
      })
      building.onLoad({ filter: /.*/, namespace: 'source' }, ({ path }) => ({
        contents: sources.get(pathOf(path)) ?? '',
        loader: loaderOf(pathOf(path)),
      }))
    },
  }
  await build({
    entryPoints: paths.map((_path, at) => String(at)),
    bundle: true,
    write: false,
    outdir: 'nowhere',
    format: 'esm',
    platform: 'node',
    jsx: 'preserve',
    logLevel: 'silent',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [collect],
  })
  return found
}

function loaderOf(path: string): Loader {
  if (path.endsWith('.tsx')) return 'tsx'
  return path.endsWith('.ts') ? 'ts' : 'js'
}

/** Turns type imports into ordinary ones, so that the parser reports them. */
function withoutTypeMarks(text: string): string {
  return text
    .replace(/^([ \t]*import) type (?!from\b|,)/gm, '$1 ')
    .replace(/^([ \t]*export) type (?=(?:\{[^}]*\}|\*(?: as \w+)?)\s*from\b)/gm, '$1 ')
}

/** `import('x')`, also where it is a type, which a parser of JavaScript drops. */
function importCalls(text: string): string[] {
  return [...withoutComments(text).matchAll(/(?<![.\w])import\(\s*(['"])([^'"\n]+)\1\s*[),]/g)].map(
    ([, , name = '']) => name,
  )
}

/** `process.getBuiltinModule('node:http')` imports too. */
function builtinCalls(text: string): string[] {
  return [...withoutComments(text).matchAll(/\bgetBuiltinModule\(\s*(['"])([^'"\n]+)\1\s*\)/g)].map(
    ([, , name = '']) => name,
  )
}

/** Whole-line comments only: what is left over may only be too much, never too little. */
function withoutComments(text: string): string {
  return text.replace(/^\s*(?:\/\/|\/?\*).*$/gm, '')
}
