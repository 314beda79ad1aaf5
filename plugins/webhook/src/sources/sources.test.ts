/** Shows how the sources file is read, what is said of a wrong one, and that a change holds without a restart. */
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory, type TempDirectory } from '@backchannel/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { editSources } from './edit.ts'
import { parseSources } from './parse.ts'
import type { Sources } from './source.ts'
import { createSourceStore, readSources, type SourceStore } from './store.ts'

const SECRET = 'hunter2-hunter2-hunter2'
const GITHUB = { name: 'github', scheme: 'github', secrets: [SECRET] }
const parse = (value: unknown, env: Record<string, string> = {}) =>
  parseSources(value, { file: '/s/sources.json', env })
const parseOne = (source: object, env?: Record<string, string>) =>
  [...parse({ sources: [source] }, env).byPath.values()][0]

let folder: TempDirectory
let file: string
const stores: SourceStore[] = []
beforeEach(async () => {
  folder = await createTempDirectory()
  file = join(folder.path, 'sources.json')
})
afterEach(async () => {
  for (const store of stores.splice(0)) store.close()
  await folder.remove()
})
const save = async (value: unknown, mode = 0o600) => {
  await writeFile(`${file}.next`, typeof value === 'string' ? value : JSON.stringify(value))
  await chmod(`${file}.next`, mode)
  await rename(`${file}.next`, file)
}

describe('the file', () => {
  it('may say nothing at all', () => {
    expect(parse({})).toEqual({ takesOthers: true, byPath: new Map(), warnings: [] })
    expect(parse({ default: false, host: '0.0.0.0', sources: [] })).toMatchObject({
      takesOthers: false,
      host: '0.0.0.0',
    })
  })

  it('gives a source its defaults', () => {
    expect(parseOne(GITHUB)).toMatchObject({
      name: 'github',
      path: '/github',
      secrets: [SECRET],
      settings: { toleranceSeconds: 300 },
      meta: [],
    })
    expect(
      parseOne({ name: 'a', scheme: 'hmac', secrets: [SECRET], hmac: { header: 'X-Proof', algorithm: 'sha1' } })
        ?.settings.hmac,
    ).toEqual({
      header: 'x-proof',
      algorithm: 'sha1',
      encoding: 'hex',
      prefix: '',
    })
  })

  it('names secrets by variable, and each source fails alone', () => {
    const sources = [
      { name: 'a', scheme: 'bearer', secrets: ['env:WEBHOOK_A', 'env:WEBHOOK_B'] },
      { name: 'b', scheme: 'bearer', secrets: ['env:WEBHOOK_B'] },
      { name: 'c', scheme: 'standard', secrets: ['env:WEBHOOK_C'] },
    ]
    const { byPath, warnings } = parse({ sources }, { WEBHOOK_A: ` ${SECRET}\n`, WEBHOOK_C: SECRET })
    expect(byPath.get('/a')).toMatchObject({ secrets: [SECRET], written: ['env:WEBHOOK_A', 'env:WEBHOOK_B'] })
    expect(byPath.get('/a')?.refused).toBeUndefined()
    expect(byPath.get('/b')).toMatchObject({ secrets: [], refused: 'The source "b" has no secret it could use now.' })
    expect(byPath.get('/c')).toMatchObject({ secrets: [], refused: expect.any(String) })
    expect(warnings).toEqual([
      'the source "a": WEBHOOK_B is not set',
      'the source "b": WEBHOOK_B is not set',
      expect.stringMatching(/^the source "c": the secret in WEBHOOK_C can't be used: it is not "whsec_"/),
    ])
    expect(warnings.join()).not.toContain('hunter2')
  })

  it.each<[string, unknown, string]>([
    ['a list', [], '/s/sources.json: the file: expected an object with host, default, sources, got a list.'],
    [
      'an unknown key',
      { source: [] },
      '/s/sources.json: source: expected one of the keys host, default, sources, got a key that is not known.',
    ],
    [
      'a wrong host',
      { host: 'http://x' },
      '/s/sources.json: host: expected an address or host name, got the text "http://x".',
    ],
    [
      'an approver with no secret',
      { sources: [{ name: 'a', scheme: 'none', approver: true }] },
      'sources[0].approver: expected a source with a secret, got the scheme "none", which has none.',
    ],
    [
      'an approver with a secret that a script could read',
      { sources: [{ name: 'a', scheme: 'standard', secrets: [`whsec_${'A'.repeat(44)}`], approver: true }] },
      'sources[0].approver: expected secrets that are public keys (whpk_…), since every program of yours can read this file',
    ],
    [
      'an approver of a scheme without key pairs',
      { sources: [{ ...GITHUB, approver: true }] },
      'sources[0].approver: expected the scheme "standard" and public keys beside it, got "github".',
    ],
    [
      'a private key in the file',
      { sources: [{ name: 'a', scheme: 'standard', secrets: [`whsk_${'A'.repeat(86)}==`], approver: true }] },
      'sources[0].secrets[0]: expected a secret for the scheme "standard", got one of which it is a private key',
    ],
    [
      'a source where another is answered',
      {
        sources: [
          { name: 'a', scheme: 'standard', secrets: [`whpk_${'A'.repeat(43)}=`], approver: true },
          { ...GITHUB, path: '/A/Verdict' },
        ],
      },
      'sources: expected no source at "/A/Verdict", where requests of "/a" are answered, got one.',
    ],
    ['a wrong flag', { default: 'no' }, '/s/sources.json: default: expected true or false, got the text "no".'],
    [
      'no name',
      { sources: [{ scheme: 'none' }] },
      'sources[0].name: expected a name of small letters, digits, "-" and "_", got nothing.',
    ],
    ['the built-in name', { sources: [{ name: 'default', scheme: 'none' }] }, 'got the one of the built-in source.'],
    [
      'an unknown scheme',
      { sources: [{ ...GITHUB, scheme: 'git' }] },
      'sources[0].scheme: expected one of github, gitlab, slack, stripe, standard, hmac, bearer, none, got the text "git".',
    ],
    [
      'a misspelt rule',
      { sources: [{ ...GITHUB, fliter: {} }] },
      'sources[0].fliter: expected one of the keys name, path',
    ],
    [
      'no secrets',
      { sources: [{ name: 'a', scheme: 'github' }] },
      'sources[0].secrets: expected a list of 1 to 10 entries, got nothing.',
    ],
    [
      'an empty list of secrets',
      { sources: [{ ...GITHUB, secrets: [] }] },
      'sources[0].secrets: expected a list of 1 to 10 entries, got 0 entries.',
    ],
    [
      'secrets without a scheme for them',
      { sources: [{ ...GITHUB, scheme: 'none' }] },
      'sources[0].secrets: expected no secrets',
    ],
    [
      'a short secret',
      { sources: [{ ...GITHUB, secrets: ['hunter2'] }] },
      'sources[0].secrets[0]: expected a secret for the scheme "github", got one of which it has 7 characters',
    ],
    [
      'a secret that is a number',
      { sources: [{ ...GITHUB, secrets: [12345678901] }] },
      'sources[0].secrets[0]: expected a secret as a text, or "env:" and a variable, got a number.',
    ],
    [
      'a path without slash',
      { sources: [{ ...GITHUB, path: 'github' }] },
      'sources[0].path: expected a path such as "/github", got the text "github".',
    ],
    ['a path with a query', { sources: [{ ...GITHUB, path: '/a?b' }] }, 'sources[0].path: expected a path'],
    [
      "the channel's own path",
      { sources: [{ ...GITHUB, path: '/Events' }] },
      "sources[0].path: expected a path of its own, got the channel's own.",
    ],
    [
      'two of a name',
      { sources: [GITHUB, { ...GITHUB, path: '/b' }] },
      'sources[1].name: expected a name of its own, got the text "github".',
    ],
    [
      'two of a path',
      { sources: [GITHUB, { ...GITHUB, name: 'b', path: '/GitHub' }] },
      'sources[1].path: expected a path of its own, got the text "/GitHub" beside "/github".',
    ],
    [
      'hmac of another scheme',
      { sources: [{ ...GITHUB, hmac: {} }] },
      'sources[0].hmac: expected the scheme "hmac" beside it, got "github".',
    ],
    [
      'a window of another scheme',
      { sources: [{ ...GITHUB, tolerance_s: 60 }] },
      'sources[0].tolerance_s: expected a scheme that signs the time, got "github".',
    ],
    [
      'a window too wide',
      { sources: [{ ...GITHUB, scheme: 'slack', tolerance_s: 1e9 }] },
      'sources[0].tolerance_s: expected a whole number from 10 to 86400, got the number 1000000000.',
    ],
    [
      'an algorithm',
      { sources: [{ ...GITHUB, scheme: 'hmac', hmac: { algorithm: 'md5' } }] },
      'sources[0].hmac.algorithm: expected one of sha1, sha256, sha384, sha512, got the text "md5".',
    ],
    [
      'a limit',
      { sources: [{ ...GITHUB, limit: { per_minute: 0 } }] },
      'sources[0].limit.per_minute: expected a whole number from 1 to 100000, got the number 0.',
    ],
    [
      'too many sources',
      { sources: Array.from({ length: 101 }, (_, index) => ({ ...GITHUB, name: `a${index}` })) },
      'sources: expected a list of 0 to 100 entries, got 101 entries.',
    ],
  ])('is refused whole for %s', (_, value, message) => {
    let problem: unknown
    try {
      parse(value)
    } catch (thrown) {
      problem = thrown
    }
    expect(problem).toMatchObject({ code: 'settings-invalid', message: expect.stringContaining(message) })
    expect(String(problem)).not.toContain('hunter2')
  })

  it('says where a template is wrong', async () => {
    for (const [rules, message] of [
      [
        { template: 'x {{ body' },
        'sources[0].template: expected a Liquid template, got one that can\'t be read: output "{{ body" not closed',
      ],
      [
        { template: '{% nope %}' },
        'sources[0].template: expected a Liquid template, got one that can\'t be read: tag "nope" not found',
      ],
      [
        { meta: { a: '{{ x | nope }}' } },
        "sources[0].meta.a: expected a Liquid template, got one that can't be read: undefined filter: nope",
      ],
      [{ coalesce: { key: '{{' } }, 'sources[0].coalesce.key: expected a Liquid template'],
      [
        { coalesce: { key: 'a', window_ms: 60_000 } },
        'sources[0].coalesce.window_ms: expected a whole number from 10 to 8000',
      ],
    ] as const) {
      await save({ sources: [{ ...GITHUB, ...rules }] })
      await expect(readSources(file, {})).rejects.toThrow(message)
    }
  })

  it('is not quoted where it is no JSON: there may be a secret in it', async () => {
    await save(`{"sources": [\n  {"secrets": ["${SECRET}" "x"]}\n]}`)
    const problem = await readSources(file, {}).catch((thrown: unknown) => thrown)
    expect(problem).toMatchObject({
      code: 'settings-invalid',
      message: expect.stringMatching(/is not valid JSON(: look at line 2, column \d+)?\.$/),
    })
    expect(String(problem)).not.toContain('hunter2')
    await writeFile(file, Buffer.from([0x7b, 0xff, 0x7d]))
    await expect(readSources(file, {})).rejects.toThrow('not UTF-8')
    await writeFile(file, `{"a":"${'x'.repeat(1_100_000)}"}`)
    await expect(readSources(file, {})).rejects.toThrow('1048576 are the most')
  })

  it.runIf(process.platform !== 'win32')(
    'is not trusted where others can write it, and warned of where they can read it',
    async () => {
      await save({ sources: [GITHUB] }, 0o620)
      await expect(readSources(file, {})).rejects.toMatchObject({
        message: expect.stringContaining('others can write it (mode 620)'),
        hint: expect.stringContaining('chmod 600'),
      })
      await save({ sources: [GITHUB] }, 0o644)
      expect((await readSources(file, {})).warnings).toEqual([
        expect.stringContaining('can be read by others (mode 644)'),
      ])
      await save({ sources: [GITHUB] })
      expect((await readSources(file, {})).warnings).toEqual([])
    },
  )

  it('is unusable where it is a directory', async () => {
    await mkdir(file)
    const store = createSourceStore({ file, env: {}, tell: () => {} })
    stores.push(store)
    expect((await store.current()).broken).toMatchObject({ code: 'settings-invalid' })
  })
})

describe('the store', () => {
  const open = () => {
    const told: Sources[] = []
    const store = createSourceStore({ file, env: {}, tell: (sources) => void told.push(sources) })
    stores.push(store)
    return { store, told }
  }

  it('reads a change at once, tells it once, and takes nothing while the file is broken', async () => {
    const { store, told } = open()
    expect(await store.current()).toMatchObject({ takesOthers: true, byPath: new Map() })
    await save({ sources: [GITHUB] })
    expect([...(await store.current()).byPath.keys()]).toEqual(['/github'])
    expect(store.current()).not.toBeInstanceOf(Promise)
    await save({ sources: [GITHUB, { name: 'x' }] })
    expect(await store.current()).toMatchObject({
      broken: { message: expect.stringContaining('sources[1].scheme') },
      takesOthers: false,
      byPath: new Map(),
    })
    await save({ default: false, sources: [{ ...GITHUB, path: '/b' }] })
    expect([...(await store.current()).byPath.keys()]).toEqual(['/b'])
    await rm(file)
    expect(await store.current()).toMatchObject({ takesOthers: true, byPath: new Map() })
    expect(told.map(({ broken, byPath }) => (broken ? 'broken' : [...byPath.keys()].join()))).toEqual([
      '',
      '/github',
      'broken',
      '/b',
      '',
    ])
  })

  it('answers requests that come while a change is read with the change', async () => {
    await save({ sources: [GITHUB] })
    const { store, told } = open()
    const all = await Promise.all(Array.from({ length: 20 }, () => store.current()))
    expect(new Set(all).size).toBe(1)
    expect(told).toHaveLength(1)
  })

  it('looks by itself, so that a mistake is told without a request', async () => {
    const { told } = open()
    await save('{')
    await expect.poll(() => told.at(-1)?.broken, { timeout: 10_000 }).toBeDefined()
  })
})

describe('editing', () => {
  const edit = (change: (written: Record<string, unknown>) => Record<string, unknown>) => editSources(file, {}, change)

  it('makes a file, and a folder, that only their owner can read', async () => {
    file = join(folder.path, 'deep/state/sources.json')
    await edit(() => ({ sources: [GITHUB] }))
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ sources: [GITHUB] })
    if (process.platform === 'win32') return
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder.path, 'deep/state'))).mode & 0o777).toBe(0o700)
  })

  it('writes nothing where the file is broken, or would be', async () => {
    await save('{ broken')
    await expect(edit(() => ({}))).rejects.toMatchObject({ code: 'settings-invalid' })
    expect(await readFile(file, 'utf8')).toBe('{ broken')
    await save({ sources: [GITHUB] })
    await expect(edit(() => ({ sources: [{ name: 'x' }] }))).rejects.toMatchObject({ code: 'settings-invalid' })
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ sources: [GITHUB] })
    await edit((written) => ({ ...written, default: false }))
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ sources: [GITHUB], default: false })
  })

  it('loses no change of two at once', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, (_, index) =>
        edit((written) => ({
          sources: [...((written['sources'] as object[]) ?? []), { ...GITHUB, name: `n${index}` }],
        })),
      ),
    )
    const done = outcomes.filter(({ status }) => status === 'fulfilled').length
    expect(done).toBeGreaterThan(0)
    expect(JSON.parse(await readFile(file, 'utf8')).sources).toHaveLength(done)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ hint: expect.stringContaining('Try again') })
    }
  })
})
