/** Where paths lead: through links, to what is not there yet, and never with a throw. */
import { mkdir, realpath, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFolder } from '../testing/folder.ts'
import { matchesPath, matchGlob } from './path-pattern.ts'
import { isInside, locate } from './paths.ts'

async function createTree() {
  const root = await createFolder({ 'project/a/b.txt': '', 'other/c.txt': '' })
  const cwd = join(root, 'project')
  await symlink('../other', join(cwd, 'out'))
  await symlink('a', join(cwd, 'same'))
  await symlink('../other/new.txt', join(cwd, 'dangling'))
  await symlink('dangling', join(cwd, 'twice'))
  await symlink('circle', join(cwd, 'circle'))
  await symlink(join(root, 'project'), join(root, 'link'))
  return { root, cwd, folders: { cwd, home: join(root, 'home') } }
}

test('where paths lead', async () => {
  const { root, cwd, folders } = await createTree()
  const real = (path: string) => locate(path, folders).real
  expect(real('a/b.txt')).toBe(join(cwd, 'a/b.txt'))
  expect(real('same/b.txt')).toBe(join(cwd, 'a/b.txt'))
  expect(real('out/c.txt')).toBe(join(root, 'other/c.txt'))
  expect(real('out/none/deep.txt')).toBe(join(root, 'other/none/deep.txt'))
  expect(real('dangling')).toBe(join(root, 'other/new.txt'))
  expect(real('twice')).toBe(join(root, 'other/new.txt'))
  expect(real('none/../a/./b.txt')).toBe(join(cwd, 'a/b.txt'))
  expect(real('a/b.txt/x')).toBe(join(cwd, 'a/b.txt/x'))
  expect(real('circle')).toBe(join(cwd, 'circle'))
  expect(real('~')).toBe(join(root, 'home'))
  expect(real('~/x')).toBe(join(root, 'home/x'))
  expect(real('~x')).toBe(join(cwd, '~x'))
  expect(real(join(root, 'link/a/b.txt'))).toBe(join(cwd, 'a/b.txt'))
  expect(locate('a', { ...folders, cwd: join(root, 'link') })).toEqual({ named: join(cwd, 'a'), real: join(cwd, 'a') })
})

test('inside', () => {
  const cases: [string, string, boolean][] = [
    ['/a', '/a', true],
    ['/a', '/a/b', true],
    ['/a', '/ab', false],
    ['/a', '/', false],
    ['/a', '/a/../b', false],
    ['/a', '/a/..b', true],
    ['/', '/x', true],
    ['/a', '/A/b', false],
  ]
  for (const [folder, path, expected] of cases)
    expect([folder, path, isInside(folder, path)]).toEqual([folder, path, expected])
  expect(isInside('/a', '/A/b', true)).toBe(true)
})

test('no path makes it throw, and what is inside by its real path is there by the disk', async () => {
  const { cwd, folders } = await createTree()
  await mkdir(join(cwd, 'deep'))
  const part = fc.constantFrom(
    '..',
    '.',
    'a',
    'b.txt',
    'out',
    'same',
    'dangling',
    'twice',
    'circle',
    'deep',
    '',
    '~',
    '\0',
    'x'.repeat(300),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 6 }), fc.boolean(), async (parts, absolute) => {
      const { named, real } = locate(`${absolute ? '/' : ''}${parts.join('/')}`, folders)
      const actual = await realpath(named).catch(() => undefined)
      if (actual !== undefined) expect(real).toBe(actual)
    }),
    { numRuns: 500 },
  )
})

test.each<[pattern: string, path: string, expected: boolean]>([
  ['*.md', 'a.md', true],
  ['*.md', 'deep/er/a.md', true],
  ['./*.md', 'deep/a.md', false],
  ['src', 'src/deep/a', true],
  ['src', 'deep/src/a', true],
  ['src/', 'deep/src/a', true],
  ['/src', 'deep/src', false],
  ['src/**', 'src', true],
  ['src/**/x', 'src/x', true],
  ['src/**/x', 'src/a/b/x/y', true],
  ['**/x', 'a/x', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['.', 'anything/below', true],
  ['./', 'anything', true],
  ['../other/**', '../other/x', true],
  ['../other/**', '../others/x', false],
  ['~/docs', '~/docs/a', true],
  ['a*b*c', 'aXbXc', true],
  ['a*b*c', 'aXc', false],
])('pattern %j, path %j: %s', async (pattern, path, expected) => {
  const root = await createFolder({ 'p/x': '' })
  const folders = { cwd: join(root, 'p'), home: join(root, 'home') }
  for (const need of ['every', 'some'] as const)
    expect(matchesPath({ text: pattern }, locate(path, folders), folders, need)).toBe(expected)
})

test('a folder with a wildcard in its name is only itself', async () => {
  const root = await createFolder({ 'p*/x': '', 'pq/x': '' })
  const folders = { cwd: join(root, 'p*'), home: root }
  expect(matchesPath({ text: './x' }, locate('x', folders), folders, 'some')).toBe(true)
  expect(matchesPath({ text: './x' }, locate('../pq/x', folders), folders, 'some')).toBe(false)
})

test('wildcards take time that is linear enough', () => {
  const startedAt = performance.now()
  expect(matchGlob(`${'a*'.repeat(200)}b`, 'a'.repeat(5_000))).toBe(false)
  expect(performance.now() - startedAt).toBeLessThan(1_000)
})
