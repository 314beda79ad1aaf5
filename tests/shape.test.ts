/** The same shape everywhere: how files open, how long and how they are named, and what every plugin and package has. */
import { homedir } from 'node:os'
import { extname, posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isSource, isTest, listFiles, listWorkspaces, ROOT, readText } from './support/repository.ts'

const files = listFiles()
const workspaces = listWorkspaces(files)
const sources = files.filter((path) => isSource(path) && !path.startsWith('.'))
const plugins = workspaces.map(({ folder }) => folder).filter((folder) => folder.startsWith('plugins/'))

const MOST_LINES = 350
const MOST_TEST_LINES = 600
const MOST_ENTRY_LINES = 40
const KEBAB_CASE = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*\.[a-z]+$/
const TEXT = new Set([
  '.ts',
  '.tsx',
  '.js',
  '.cjs',
  '.mjs',
  '.json',
  '.md',
  '.html',
  '.css',
  '.sh',
  '.yml',
  '.yaml',
  '.svg',
  '',
])

function countLines(path: string): number {
  return readText(path).replace(/\n$/, '').split('\n').length
}

/** Of the files, those a rule finds something in; an empty list reads well in a failure and in a pass. */
function offenders(paths: readonly string[], problem: (path: string) => string | false | undefined): string[] {
  return paths.flatMap((path) => {
    const found = problem(path)
    return found ? [`${path}: ${found}`] : []
  })
}

describe('every source file', () => {
  it('opens with a comment that says why it exists', () => {
    const opens = /^(?:#!.*\n)?\/\*\*(?: |\n \* )\S/
    expect(offenders(sources, (path) => !opens.test(readText(path)) && 'does not open with /** … */')).toEqual([])
  })

  it('is short', () => {
    expect(
      offenders(sources, (path) => {
        const lines = countLines(path)
        return lines > (isTest(path) ? MOST_TEST_LINES : MOST_LINES) && `${lines} lines`
      }),
    ).toEqual([])
  })

  it('has a median length that a reader likes', () => {
    const lengths = sources
      .filter((path) => !isTest(path))
      .map(countLines)
      .sort((one, other) => one - other)
    const median = lengths[Math.floor(lengths.length / 2)] ?? 0
    process.stdout.write(`${lengths.length} source files, median ${median} lines, longest ${lengths.at(-1)}\n`)
    expect(median).toBeLessThanOrEqual(120)
  })

  it('is named in kebab-case', () => {
    expect(offenders(sources, (path) => !KEBAB_CASE.test(posix.basename(path)) && 'is not kebab-case')).toEqual([])
  })

  it('runs every test it has', () => {
    const switched = /\b(?:describe|it|test|suite)\.(?:only|skip|todo|fails)\b|\b(?:xit|xdescribe|fit|fdescribe)\(/
    expect(offenders(sources.filter(isTest), (path) => switched.exec(withoutStrings(readText(path)))?.[0])).toEqual([])
  })
})

describe('every file', () => {
  const texts = files.filter((path) => TEXT.has(extname(path)) && !path.endsWith('package-lock.json'))

  it('is free of unfinished business', () => {
    const marks = new RegExp(['TO', 'FIX', 'XX'].map((start, at) => `\\b${start}${['DO', 'ME', 'X'][at]}\\b`).join('|'))
    expect(offenders(texts, (path) => marks.exec(readText(path))?.[0])).toEqual([])
  })

  it('names no folder of the machine it was written on', () => {
    // Where this checkout is, whose home it is, and the places of the machines we work on; `/home/ada` is an example.
    const places = [ROOT.replace(/\/$/, ''), homedir(), '/root', '/work'].filter((place) => place.length > 4)
    const alternatives = places.map((place) => place.replace(/\W/g, '\\$&')).join('|')
    const named = new RegExp(`(?<![\\w.~/-])(?:${alternatives})/[\\w.]`)
    const own = 'tests/shape.test.ts'
    expect(offenders(texts, (path) => path !== own && named.exec(readText(path))?.[0])).toEqual([])
  })

  it('ends with one line break and has no carriage return', () => {
    expect(
      offenders(texts, (path) => {
        const text = readText(path)
        if (text.includes('\r')) return 'has carriage returns'
        return text !== '' && !/[^\n]\n$/.test(text) && 'does not end with one line break'
      }),
    ).toEqual([])
  })
})

describe.each(plugins)('%s', (folder) => {
  it.each([
    'README.md',
    'package.json',
    'tsconfig.json',
    'src/index.ts',
    'src/channel.ts',
    'src/config.ts',
    'plugin/.claude-plugin/plugin.json',
    'plugin/.mcp.json',
  ])('has %s', (path) => {
    expect(files).toContain(`${folder}/${path}`)
  })

  it('has an entry that only starts it', () => {
    expect(countLines(`${folder}/src/index.ts`)).toBeLessThanOrEqual(MOST_ENTRY_LINES)
  })

  it('is named after its folder, in both manifests', () => {
    const name = posix.basename(folder)
    expect(JSON.parse(readText(`${folder}/package.json`)).name).toBe(`@backchannel/plugin-${name}`)
    expect(JSON.parse(readText(`${folder}/plugin/.claude-plugin/plugin.json`)).name).toBe(name)
    expect(Object.keys(JSON.parse(readText(`${folder}/plugin/.mcp.json`)).mcpServers)).toContain(name)
  })
})

describe.each(workspaces.map(({ folder, manifest }) => [folder, manifest] as const))('%s', (folder, manifest) => {
  it('says what it is', () => {
    expect(manifest.description ?? '').toMatch(/^\S.{10,}\.$/)
  })

  it('is one version with the rest, ESM, under the same licence', () => {
    expect(manifest).toMatchObject({
      type: 'module',
      license: 'MIT',
      version: JSON.parse(readText('package.json')).version,
    })
  })

  it('is type-checked with the rest', () => {
    const references: { path: string }[] = JSON.parse(readText('tsconfig.json')).references
    expect(references.map(({ path }) => path)).toContain(folder)
  })
})

/** A test may talk about switched-off tests in a text. */
function withoutStrings(text: string): string {
  return text.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
}
