/** Spellings of a protected path without end, and calls without end that have nothing to do with it. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { createTempDirectory } from '@backchannel/testkit'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { judge } from './judge.ts'
import { createProtection, type Protection } from './protected.ts'

let folder: Awaited<ReturnType<typeof createTempDirectory>>
let protection: Protection
let home: string
let cwd: string

beforeAll(async () => {
  folder = await createTempDirectory()
  home = join(folder.path, 'home')
  cwd = join(folder.path, 'project')
  mkdirSync(join(home, '.claude/channels/fakechat/inbox'), { recursive: true })
  mkdirSync(join(home, '.claude/plugins/fakechat'), { recursive: true })
  mkdirSync(join(cwd, 'src'), { recursive: true })
  writeFileSync(join(home, '.claude/channels/fakechat/access.json'), '{}')
  symlinkSync(join(home, '.claude'), join(cwd, 'l1'))
  symlinkSync('../home/.claude/channels', join(cwd, 'l2'))
  symlinkSync('l2/fakechat', join(cwd, 'l3'))
  const env = { HOME: home, USERPROFILE: home }
  protection = createProtection({ channel: 'fakechat', pluginRoot: join(home, '.claude/plugins/fakechat'), env, cwd })
})
afterAll(() => folder[Symbol.asyncDispose]())

const name = fc.constantFrom('access.json', 'approvers.json', 'journal.db', 'sub/x', 'inbox/../access.json', '.env', '')
/** How the folder can be called; resolved when the test runs, since the folders are made first. */
const spelling = fc.constantFrom(
  () => join(home, '.claude/channels/fakechat'),
  () => '~/.claude/channels/fakechat',
  () => relative(cwd, join(home, '.claude/channels/fakechat')),
  () => 'l1/channels/fakechat',
  () => 'l2/fakechat',
  () => 'l3',
  () => './src/../l3',
)
/** Changes of a path that lead to the same place. */
const noise = fc.array(fc.constantFrom('dots', 'slashes', 'detour', 'case'), { maxLength: 4 })

function disturb(path: string, noises: readonly string[]): string {
  return noises.reduce((text, kind) => {
    // `~` stands at the beginning or means nothing; links are found by the file system, which may know the case.
    if (kind === 'dots') return text.replace(/\/(?=[^/]*$)/, '/./')
    if (kind === 'slashes') return text.replace(/\/(?=[^/]*$)/, '///')
    if (kind === 'detour') return text.replace(/\/(?=[^/]*$)/, '/q/../')
    return /^l\d|src/.test(text) ? text : text.replace(/channels|fakechat/g, (word) => word.toUpperCase())
  }, path)
}

const quoting = fc.constantFrom(
  (path: string) => path,
  (path: string) => (path.startsWith('~') ? path : `"${path}"`),
  (path: string) => (path.startsWith('~') ? path : `'${path}'`),
  (path: string) => path.replace('chan', 'ch"a"n').replace('.json', "'.'json"),
  (path: string) => path.replace('fake', 'fa\\ke'),
)
const command = fc.constantFrom(
  (path: string) => `cat ${path}`,
  (path: string) => `true && tee ${path} < x`,
  (path: string) => `echo x >> ${path}`,
  (path: string) => `X=1 env cp ${path} /tmp/y; ls`,
  (path: string) => `sh -c 'cat ${path.replace(/'/g, '')}'`,
  (path: string) => `for f in a ${path}; do cat $f; done`,
  (path: string) => `P=${path}; cat "$P"`,
)

describe('the state, however it is spelled', () => {
  it('is refused to the tools that take a path', () => {
    const tools = fc.constantFrom(['Read', 'file_path'], ['Edit', 'file_path'], ['mcp__x__y', 'where'], ['LS', 'path'])
    fc.assert(
      fc.property(spelling, name, noise, tools, (where, file, noises, [tool = '', field = '']) => {
        const path = disturb(join(where(), file), noises)
        expect(judge({ tool, input: { [field]: path }, cwd }, protection)?.kind).toBe('state')
      }),
      { numRuns: 300 },
    )
  })

  it('is refused to commands', () => {
    fc.assert(
      fc.property(spelling, name, noise, quoting, command, (where, file, noises, quote, line) => {
        const path = quote(disturb(`${where()}/${file}`, noises))
        expect(judge({ tool: 'Bash', input: { command: line(path) }, cwd }, protection)?.kind).toBe('state')
      }),
      { numRuns: 300 },
    )
  })
})

describe('any other call', () => {
  const harmless = fc
    .stringMatching(/^[\w ./"'$*?{}()[\];|&<>=:~-]{0,80}$/)
    // What names none of these leads nowhere near, whatever a shell makes of it; `l1` to `l3` are the links of the test.
    .filter((text) => !/chan|fake|claude|start|server|l[123]|[*?[]/i.test(text))

  it('is let through', () => {
    fc.assert(
      fc.property(harmless, fc.constantFrom('Bash', 'PowerShell', 'mcp__sh__run'), (line, tool) => {
        expect(judge({ tool, input: { command: line }, cwd }, protection)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('is judged without an error, whatever it holds', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom('valueOf', '__proto__', 'Bash', 'Glob', 'Write', 'mcp__x__y'))
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), name, fc.string(), (input, tool, where) => {
        judge({ tool, input, cwd: join(cwd, where.replace(/\0/g, '')) }, protection)
      }),
      { numRuns: 300 },
    )
  })

  it('is judged soon, however long and deep it is', () => {
    let deep: unknown = '~/.claude/channels/fakechat/access.json'
    for (let level = 0; level < 2_000; level++) deep = { a: deep }
    expect(judge({ tool: 'Some', input: deep, cwd }, protection)?.kind).toBe('state')
    const many = Array.from({ length: 50_000 }, (_value, at) => `file-${at}`)
    expect(judge({ tool: 'Some', input: { many }, cwd }, protection)).toBeUndefined()
    const long = `${many.join(' ')}; cat ~/.claude/channels/fakechat/access.json`
    expect(judge({ tool: 'Bash', input: { command: long }, cwd }, protection)?.kind).toBe('state')
    const stars = `cat ${'*'.repeat(3_000)}a ${'**/'.repeat(1_000)}x ${'{a,b}'.repeat(200)}`
    expect(judge({ tool: 'Bash', input: { command: stars }, cwd }, protection)).toBeUndefined()
  })
})
