/** The workflows run what is run here, may do what they must, and use no action that somebody else can change. */
import { describe, expect, it } from 'vitest'
import { listFiles, readText } from './support/repository.ts'

const workflows = listFiles('.github/workflows')

it('are those of a change and of a release', () => {
  expect(workflows).toEqual(['.github/workflows/ci.yml', '.github/workflows/release.yml'])
})

describe.each(workflows)('%s', (path) => {
  const text = readText(path)

  it('pins every action by its commit, and says which version that is', () => {
    const used = [...text.matchAll(/uses: (.+)$/gm)].map(([, action]) => action)
    expect(used.length).toBeGreaterThan(0)
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it('keeps the token from what it checks out, and begins with no more than reading', () => {
    expect(text.match(/persist-credentials: false/g)?.length).toBe(text.match(/actions\/checkout@/g)?.length)
    expect(text).toMatch(/^permissions:(?: \{\}|\n {2}contents: read)\n/m)
  })

  it('takes nothing from outside into a command line', () => {
    const lines = text
      .split('\n')
      .filter((line) => /^\s*(?:- )?run: |^ {10}\S/.test(line) && !/^\s+\w+: \$\{\{/.test(line))
    expect(lines.filter((line) => line.includes('${' + '{'))).toEqual([])
  })

  it('runs scripts that there are', () => {
    const { scripts } = JSON.parse(readText('package.json'))
    for (const [, name = ''] of text.matchAll(/npm run ([\w-]+)/g)) expect(Object.keys(scripts)).toContain(name)
    if (text.includes('.ci/run')) expect(listFiles('.ci')).toEqual(['.ci/run'])
  })
})
