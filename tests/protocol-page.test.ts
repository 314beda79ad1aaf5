/** docs/protocol.md is true: its example prints what it says, and its tables list the methods there are. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CAPABILITIES, EXTENSION_METHODS, METHODS, parseCapabilities } from '@backchannel/protocol'
import { expect, it } from 'vitest'
import { listFiles, ROOT, readText } from './support/repository.ts'

const page = readText('docs/protocol.md')
const [code = '', output = ''] = [...page.matchAll(/^```(?:ts|text)\n([\s\S]*?)^```$/gm)].map(([, text]) => text)

it('prints what it says', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module-typescript', '--no-warnings', '--eval', code],
    { cwd: ROOT, timeout: 20_000 },
  )
  expect(stdout).toBe(output)
})

it('lists the methods, both ways', () => {
  const listed = page.match(/`(?:notifications|backchannel)\/[\w/]+`/g)?.map((name) => name.slice(1, -1))
  expect(listed?.sort()).toEqual([...Object.values(METHODS), ...Object.values(EXTENSION_METHODS)].sort())
})

it('names the features and the capability of the extension', () => {
  const features = [...page.matchAll(/^\| `(\w+)` \| `(?:notifications\/)?backchannel/gm)].map(([, feature]) => feature)
  expect(page).toContain(`experimental["${CAPABILITIES.extension}"]`)
  expect(parseCapabilities({ [CAPABILITIES.extension]: { version: 1, features } }).features).toEqual(new Set(features))
})

it('names the files of the package, both ways', () => {
  const named = [...page.matchAll(/^\| (`[^|]+`) \| [^|]+ \|$/gm)].flatMap(
    ([, cell = '']) => cell.match(/[\w-]+(?:\.ts|\/)/g) ?? [],
  )
  const internal = new Set(['index.ts', 'record.ts', 'quote.ts'])
  const there = listFiles('packages/protocol/src')
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => path.replace('packages/protocol/src/', '').replace(/\/.*/, '/'))
  expect([...new Set(there)].filter((name) => !internal.has(name)).sort()).toEqual([...new Set(named)].sort())
})
