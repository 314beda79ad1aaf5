/** Every documented form of where a plugin is, and every way to write one wrong. */
import { expect, test } from 'vitest'
import { JsonField } from '../../json/field.ts'
import { type PluginSource, parsePluginSource } from './plugin-source.ts'

const parse = (value: unknown, prefix = '') =>
  parsePluginSource(
    new JsonField({ source: value }, { file: 'm.json', code: 'plugin-invalid' }).member('source'),
    prefix,
  )
const COMMIT = 'a'.repeat(40)

test.each<[unknown, PluginSource]>([
  ['./plugins/chat', { kind: 'path', path: './plugins/chat' }],
  ['.', { kind: 'path', path: './' }],
  [
    { source: 'github', repo: 'acme/chat' },
    { kind: 'git', repository: 'acme/chat' },
  ],
  [
    { source: 'github', repo: 'acme/chat', ref: 'v1', sha: COMMIT },
    { kind: 'git', repository: 'acme/chat', ref: 'v1', commit: COMMIT },
  ],
  [
    { source: 'url', url: 'https://h/a.git' },
    { kind: 'git', repository: 'https://h/a.git' },
  ],
  [
    { source: 'git-subdir', url: 'acme/all', path: 'tools/chat' },
    { kind: 'git', repository: 'acme/all', path: 'tools/chat' },
  ],
  [
    { source: 'npm', package: '@acme/chat' },
    { kind: 'unsupported', form: 'npm' },
  ],
  [
    { source: 'archive', url: 'https://h/a.zip' },
    { kind: 'unsupported', form: 'archive' },
  ],
  [
    { source: 'command', command: 'x' },
    { kind: 'unsupported', form: 'command' },
  ],
])('%j', (value, source) => {
  expect(parse(value)).toEqual(source)
})

test('a bare name counts from metadata.pluginRoot', () => {
  expect(parse('chat', './plugins')).toEqual({ kind: 'path', path: './plugins/chat' })
})

test.each<[unknown, string]>([
  ['plugins/chat', 'source must be a path that starts with "./"'],
  ['../chat', 'source must be a path that starts with "./"'],
  [7, 'source must be a path that starts with "./", or an object with "source", got 7'],
  [{ source: 'pip' }, 'source.source must be one of "github", "url", "git-subdir", "npm"'],
  [{ source: 'github', repo: 'acme' }, 'source.repo must be owner/repository'],
  [{ source: 'github', repo: '-x/y' }, 'source.repo must be owner/repository'],
  [{ source: 'url', url: 'acme/chat' }, 'source.url must be a git URL'],
  [{ source: 'git-subdir', url: 'acme/all' }, 'source.path must be the path of a folder in the repository'],
  [{ source: 'git-subdir', url: 'acme/all', path: '../x' }, 'source.path must be the path of a folder'],
  [{ source: 'github', repo: 'acme/chat', sha: 'abc' }, 'source.sha must be a commit'],
])('%j is refused: %s', (value, message) => {
  expect(() => parse(value)).toThrow(message)
})
