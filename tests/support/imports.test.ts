/** The reader of imports is itself checked: what it misses, the layer test would miss. */
import { describe, expect, it } from 'vitest'
import { findImports, packageOf } from './imports.ts'

async function read(text: string, path = 'a.ts'): Promise<Record<string, 'run' | 'type'>> {
  const found = await findImports(new Map([[path, text]]))
  return Object.fromEntries(
    (found.get(path) ?? []).map(({ specifier, typeOnly }) => [specifier, typeOnly ? 'type' : 'run']),
  )
}

describe('findImports', () => {
  it.each<[string, Record<string, 'run' | 'type'>]>([
    ["import x from 'a'", { a: 'run' }],
    ["import { x, y as z } from 'a'", { a: 'run' }],
    ["import * as x from 'a'", { a: 'run' }],
    ["import 'a'", { a: 'run' }],
    ["import {\n  x,\n  y,\n} from\n  'a'", { a: 'run' }],
    ['import x from "a"', { a: 'run' }],
    ["import x from 'a'; import y from 'b'", { a: 'run', b: 'run' }],
    ["import { type X } from 'a'", { a: 'run' }],
    ["import type { X } from 'a'", { a: 'type' }],
    ["import type X from 'a'", { a: 'type' }],
    ["import type * as X from 'a'", { a: 'type' }],
    ["import type {\n  X,\n} from 'a'", { a: 'type' }],
    ["import type { X } from 'a'\nimport { y } from 'a'", { a: 'run' }],
    ["export { x } from 'a'", { a: 'run' }],
    ["export * from 'a'", { a: 'run' }],
    ["export * as x from 'a'", { a: 'run' }],
    ["export type { X } from 'a'", { a: 'type' }],
    ["export type * from 'a'", { a: 'type' }],
    ["type X = number\nexport type { X }\nimport 'a'", { a: 'run' }],
    ["export type X = { from: 'a' }", {}],
    ["const x = await import('a')", { a: 'run' }],
    ["const x = await import(\n  'a'\n)", { a: 'run' }],
    ["type X = import('a').Y", { a: 'type' }],
    ["let x: typeof import('a')", { a: 'type' }],
    ["const x = require('a')", { a: 'run' }],
    ["process.getBuiltinModule('node:http')", { 'node:http': 'run' }],
    ["import x from './b.ts'\nimport y from '../c.ts'", { './b.ts': 'run', '../c.ts': 'run' }],
    ['const text = "import x from \'a\'"', {}],
    ["const text = `import x from 'a'`", {}],
    ["// import x from 'a'", {}],
    ["/* import x from 'a' */", {}],
    ["/**\n * import('a')\n */\nexport const x = 1", {}],
    ["const x = { import: (name: string) => name }\nx.import('a')", {}],
    ["const pattern = /'/; import('a')", { a: 'run' }],
  ])('%j', async (text, expected) => {
    expect(await read(text)).toEqual(expected)
  })

  it('reads JSX and CommonJS', async () => {
    expect(await read("import { x } from 'a'\nexport const y = <p>don't {x}</p>", 'a.tsx')).toEqual({ a: 'run' })
    expect(await read("const { x } = require('a')", 'a.cjs')).toEqual({ a: 'run' })
  })

  it('keeps the imports of several files apart', async () => {
    const found = await findImports(
      new Map([
        ['one.ts', "import 'a'"],
        ['two.ts', "import 'b'\nimport './one.ts'"],
        ['none.ts', 'export const x = 1'],
      ]),
    )
    expect(found.get('one.ts')).toEqual([{ specifier: 'a', typeOnly: false }])
    expect(found.get('two.ts')?.map(({ specifier }) => specifier)).toEqual(['./one.ts', 'b'])
    expect(found.get('none.ts')).toEqual([])
  })

  it('reads a path that is a file of the repository from the text it was given', async () => {
    expect(await read("import 'a'", 'tests/support/imports.ts')).toEqual({ a: 'run' })
  })

  it('refuses what it cannot read, rather than passing over it', async () => {
    await expect(read('import {')).rejects.toThrow()
  })
})

it.each([
  ['ws', 'ws'],
  ['preact/hooks', 'preact'],
  ['@backchannel/channel', '@backchannel/channel'],
  ['@backchannel/channel/http', '@backchannel/channel'],
  ['node:http', undefined],
  ['http', undefined],
  ['./a.ts', undefined],
  ['../a.ts', undefined],
])('packageOf(%j) is %j', (specifier, name) => {
  expect(packageOf(specifier)).toBe(name)
})
