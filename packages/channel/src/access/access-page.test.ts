/** docs/access.md is true: its reasons and words are those of the code, both ways. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { accessCommands } from './commands/run.ts'
import { GATE_REASONS } from './gate.ts'

const page = readFileSync(new URL('../../../../docs/access.md', import.meta.url), 'utf8')
const section = (title: string) => page.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? ''

it('lists the reasons with their words', () => {
  const rows = [...section('Who gets in').matchAll(/^\| `([a-z-]+)` \| (.+) \|$/gm)].map(([, name, words]) => [
    name,
    words,
  ])
  expect(Object.fromEntries(rows)).toEqual(GATE_REASONS)
})

it('lists the words of the operator', () => {
  const named = [...section('The words').matchAll(/`([a-z]+)\b[^`]*`/g)].map(([, word = '']) => word)
  for (const { name } of accessCommands('sender')) expect(named).toContain(name)
})
