/** What may stand after `marketplace add`, what it means, and what never reaches git. */
import { homedir } from 'node:os'
import { BackchannelError } from '@backchannel/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Address, checkRef, gitUrl, parseAddress, parseGitAddress } from './address.ts'
import { hideCredentials } from './credentials.ts'

const parse = (text: string, folders: readonly string[] = []) =>
  parseAddress(text, '/src', (path) => folders.includes(path))
const github = (repository: string): Address['source'] => ({ kind: 'github', repository })
const repository = (url: string): Address['source'] => ({ kind: 'git', url })
const folder = (path: string): Address['source'] => ({ kind: 'folder', path })

test.each<[string, Address]>([
  ['acme/plugins', { source: github('acme/plugins') }],
  ['acme/plugins@v2', { source: github('acme/plugins'), ref: 'v2' }],
  ['acme/plugins#feature/x', { source: github('acme/plugins'), ref: 'feature/x' }],
  ['acme/plugins.git', { source: github('acme/plugins') }],
  ['https://github.com/acme/plugins', { source: github('acme/plugins') }],
  ['https://github.com/acme/plugins.git#v2', { source: github('acme/plugins'), ref: 'v2' }],
  ['https://git.example.com/a/b.git', { source: repository('https://git.example.com/a/b.git') }],
  [
    'https://ada:s3cret@git.example.com/a/b/',
    { source: repository('https://git.example.com/a/b'), credentials: 'ada:s3cret' },
  ],
  ['https://tok%40en@github.com/acme/plugins', { source: github('acme/plugins'), credentials: 'tok@en:' }],
  ['http://localhost:8080/a.git', { source: repository('http://localhost:8080/a.git') }],
  ['ssh://git@git.example.com:22/a/b.git', { source: repository('ssh://git@git.example.com:22/a/b.git') }],
  ['git@git.example.com:a/b.git#main', { source: repository('git@git.example.com:a/b.git'), ref: 'main' }],
  ['file:///srv/plugins.git', { source: repository('file:///srv/plugins.git') }],
  ['./plugins', { source: folder('/src/plugins') }],
  ['../plugins', { source: folder('/plugins') }],
  ['.', { source: folder('/src') }],
  ['/srv/plugins', { source: folder('/srv/plugins') }],
  ['~/plugins', { source: folder(`${homedir()}/plugins`) }],
])('%s', (text, address) => {
  expect(parse(text)).toEqual(address)
})

test('a folder that is there is meant before a repository of that name', () => {
  expect(parse('dist/marketplace', ['/src/dist/marketplace']).source).toEqual(folder('/src/dist/marketplace'))
  expect(parse('dist/marketplace').source).toEqual(github('dist/marketplace'))
})

describe('refused', () => {
  test.each([
    ['--upload-pack=touch /tmp/x', 'is neither'],
    ['-oProxyCommand=x/y', 'is neither'],
    ['ext::sh -c touch% /tmp/x', 'names a helper program of git'],
    ['fd::17/x', 'names a helper program of git'],
    ['ext://sh/x', 'uses "ext:"'],
    ['git://git.example.com/a', 'uses "git:"'],
    ['http://git.example.com/a.git', 'is read without encryption'],
    ['http://127.0.0.1.evil.org/a.git', 'is read without encryption'],
    ['ssh://-oProxyCommand=x/a', 'begins with a dash'],
    ['ssh://git@-oProxyCommand/a', 'begins with a dash'],
    ['ssh://git@host/-x', 'begins with a dash'],
    ['https://host/%2Dx', 'begins with a dash'],
    ['-git@host:path', 'is neither'],
    ['git@-host:path', 'is neither'],
    ['git@host:-path', 'is neither'],
    ['ssh://git:s3cret@host/a', 'holds a password'],
    ['https://host/a?token=s3cret', 'has a query'],
    ['https://host/a b\nc', 'is no address'],
    ['https://host/marketplace.json', 'is a file'],
    ['ssh://', 'names no repository'],
    ['https://host', 'names no repository'],
    ['file:///', 'names no repository'],
    ['acme', 'is neither a folder, nor a git URL, nor owner/repo'],
    ['acme/plugins/more', 'is neither'],
    ['acme/plugins@--upload-pack=x', 'is not the name of a branch or tag'],
    ['acme/plugins@../../x', 'is not the name of a branch or tag'],
    [`https://host/${'x'.repeat(2_000)}`, 'is no address'],
  ])('%j: %s', (text, why) => {
    expect(() => parse(text)).toThrow(why)
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'marketplace-refused' }))
  })

  test('and no password is repeated', () => {
    for (const text of ['ssh://git:s3cret@host/a', 'ftp://ada:s3cret@host/a', 'https://s3cret@host/a?b'])
      expect(() => parse(text)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('s3cret') }))
  })

  test.each(['', '-x', 'a b', 'a..b', 'a@{1}', 'a:b', 'a.lock', 'a/', '/a', 'a//b', 'a\n', '^a', '+a', 'a~1', '*'])(
    'the ref %j',
    (ref) => {
      expect(() => checkRef(ref)).toThrow('is not the name of a branch or tag')
    },
  )
})

test('what git is given', () => {
  expect(gitUrl(parse('acme/plugins').source)).toBe('https://github.com/acme/plugins.git')
  expect(gitUrl(parse('git@host:a').source)).toBe('git@host:a')
  expect(() => parseGitAddress('./folder')).toThrow('is no git URL')
  expect(() => parseGitAddress('acme/plugins')).toThrow('is no git URL')
})

const PIECES = [
  '-',
  '--',
  'a',
  'git',
  '@',
  ':',
  '/',
  '//',
  '://',
  '#',
  '.',
  '..',
  '~',
  '%2d',
  ' ',
  'ssh',
  'https',
  'ext',
  '::',
  '?',
  '[',
  '\n',
  'é',
]

test('whatever is typed: an address that git takes for one, or a refusal', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }), (pieces) => {
      try {
        const { source, ref } = parse(pieces.join(''))
        expect(gitUrl(source)).not.toMatch(/^-|[\0\n]|^\w+::/)
        if (source.kind === 'git') expect(source.url).toMatch(/^(https?|ssh|file):\/\/|^\w[\w.-]*@\w/)
        if (ref !== undefined) expect(ref).toMatch(/^\w/)
      } catch (thrown) {
        if (!BackchannelError.is(thrown)) throw thrown
      }
    }),
    { numRuns: 5_000 },
  )
})

test('no user name and password of a URL is shown', () => {
  const word = fc.string({ minLength: 4, maxLength: 20 }).map((text) => `s${encodeURIComponent(text)}t`)
  fc.assert(
    fc.property(word, word, (user, password) => {
      const shown = hideCredentials(`fatal: unable to access 'https://${user}:${password}@host.example/a/b.git/': no`)
      expect(shown).toBe("fatal: unable to access 'https://…@host.example/a/b.git/': no")
    }),
  )
  expect(hideCredentials('ssh://git@host/a and git@host:a')).toBe('ssh://git@host/a and git@host:a')
})
