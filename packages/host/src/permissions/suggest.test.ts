/** Rules that are offered allow the very call they were made for, and nothing beside it. */
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDecisionBench, type RuleTexts } from '../testing/permissions.ts'
import { decide } from './decide.ts'
import { suggestRules } from './suggest.ts'

test.each<[string, readonly string[] | undefined, RuleTexts?]>([
  ['git status', ['Bash(git status)']],
  ['git status && npm test', ['Bash(git status)', 'Bash(npm test)']],
  ['git status && npm test', ['Bash(npm test)'], { allow: ['Bash(git *)'] }],
  ['git commit -m "two words"', ["Bash(git commit -m 'two words')"]],
  [`echo "it's"`, [`Bash(echo 'it'"'"'s')`]],
  ['sudo rm x', ['Bash(sudo rm x)']],
  ['cat .env', ['Bash(cat .env)']],
  ['echo (x)', undefined],
  ['echo x > y', undefined],
  ['echo $(x)', undefined],
  ['cat *.md', ["Bash(cat '*.md')"]],
  ['cat .e*', undefined],
  ['cat ~/.backchannel/x', undefined],
  ['npm test', undefined, { ask: ['Bash(npm *)'] }],
  ['npm test', undefined, { deny: ['Bash(npm *)'] }],
])('%j: %j', async (command, expected, rules = {}) => {
  const { context } = await createDecisionBench()
  expect(suggestRules({ name: 'Bash', input: { command } }, context({ rules }))).toEqual(expected)
})

test('files and tools', async () => {
  const { cwd, context } = await createDecisionBench()
  const given = (name: string, input: object, channel?: { source: string; tool: string }) =>
    suggestRules({ name, input: { ...input }, ...(channel ? { channel } : {}) }, context())
  expect(given('Write', { path: 'a.txt' })).toEqual([`Edit(/${join(cwd, 'a.txt')})`])
  expect(given('Read', { path: '.env' })).toEqual([`Read(/${join(cwd, '.env')})`])
  expect(given('Write', { path: 'a*.txt' })).toBeUndefined()
  expect(given('mcp__files__get', {}, { source: 'files', tool: 'get' })).toEqual(['mcp__files__get'])
  expect(given('LS', { path: '..' })).toBeUndefined()
  expect(given('Unknown', {})).toBeUndefined()
})

test('whatever the words, the rule is for them alone', async () => {
  const { context } = await createDecisionBench()
  const word = fc.oneof(fc.stringMatching(/^[a-z*'"\\ ;&|$()]{1,8}$/), fc.constantFrom('a b', '*', "'", '"', '\\'))
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
  const behavior = (command: string, allow: readonly string[]) =>
    decide({ name: 'Bash', input: { command } }, context({ rules: { allow } })).behavior
  fc.assert(
    fc.property(fc.array(word, { maxLength: 3 }), word, (words, other) => {
      const command = ['run', ...words.map(quoted)].join(' ')
      const rules = suggestRules({ name: 'Bash', input: { command } }, context())
      if (!rules) return
      expect(behavior(command, rules)).toBe('allow')
      expect(behavior(`${command} ${quoted(other)}`, rules)).toBe('ask')
    }),
    { numRuns: 200 },
  )
})
