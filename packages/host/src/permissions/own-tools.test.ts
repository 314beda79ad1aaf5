/** Which file or folder a tool of an agent touches, by whatever argument it names it. */
import { expect, test } from 'vitest'
import { createDecisionBench } from '../testing/permissions.ts'
import { pathOf } from './own-tools.ts'

test.each<[string, Record<string, unknown>, string | undefined]>([
  ['Read', { file_path: 'a' }, 'read a'],
  ['Read', { path: 'a', file_path: 'b' }, 'read a'],
  ['Edit', { file_path: 'a' }, 'write a'],
  ['MultiEdit', { file_path: 'a' }, 'write a'],
  ['NotebookEdit', { notebook_path: 'a.ipynb' }, 'write a.ipynb'],
  ['LS', {}, 'read .'],
  ['Grep', { pattern: '/etc/passwd' }, 'read .'],
  ['Grep', { pattern: 'x', path: '/etc' }, 'read /etc'],
  ['Glob', { pattern: '**/*.ts' }, 'read .'],
  ['Glob', { pattern: '/etc/*' }, 'read /etc/'],
  ['Glob', { pattern: '~/.ssh/*', path: 'src' }, 'read ~/.ssh/'],
  ['Glob', { pattern: '../other/*' }, 'read ../other/'],
  ['Glob', { pattern: '*/../../x' }, 'read ..'],
  ['Read', { file_path: 5 }, undefined],
  ['constructor', { path: 'a' }, undefined],
])('%s %j', (name, input, expected) => {
  const found = pathOf(name, input)
  expect(found && `${found.access} ${found.path}`).toBe(expected)
})

test('what touches nothing runs in every mode, unless a rule says otherwise; everything else asks', async () => {
  const bench = await createDecisionBench()
  const judge = (name: string, request = {}) => bench.path(name, 'x', request).behavior
  expect([judge('ToolSearch'), judge('Agent', { mode: 'plan' }), judge('WebFetch')]).toEqual(['allow', 'allow', 'ask'])
  expect(judge('Agent', { rules: { deny: ['Agent'] } })).toBe('deny')
  expect(judge('Agent', { rules: { ask: ['Agent'] } })).toBe('ask')
})
