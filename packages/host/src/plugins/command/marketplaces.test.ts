/** Marketplaces as the operator adds, updates and removes them: names stay bound to where they came from. */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeFiles } from '../../testing/folder.ts'
import { commitFiles, createPluginHome, GIT_ENVIRONMENT, marketplaceFiles } from '../../testing/plugins.ts'

/** Files of a repository that is a marketplace. */
const repositoryFiles = (name: string, version = '1.0.0') =>
  Object.fromEntries(
    Object.entries(
      marketplaceFiles('x', name, { chat: { '.claude-plugin/plugin.json': { name: 'chat', version } } }),
    ).map(([file, content]) => [file.slice(2), content]),
  )

test('a folder is read where it is', async () => {
  const home = await createPluginHome(marketplaceFiles('acme', 'acme'))
  expect(await home.done('marketplace add ../acme')).toBe(
    `The marketplace acme was added: 1 plugin from ${home.root}/acme.\n` +
      'See them: plugin list --available. Install one: plugin install NAME@acme',
  )
  expect(await home.done('marketplace add ../acme')).toContain('acme is up to date')
  await writeFiles(home.root, marketplaceFiles('acme', 'acme', { chat: {}, more: {} }))
  expect(await home.done('list --available')).toContain('more@acme')
  expect(await home.done('marketplace update')).toBe('acme is read in its folder, always as it is.')
})

test('a repository is fetched, and moves on when it is told to', async () => {
  const home = await createPluginHome()
  const repository = join(home.root, 'repository')
  const first = await commitFiles(repository, repositoryFiles('acme'))
  expect(await home.done(`marketplace add ${first.url}`)).toContain(`1 plugin from ${first.url}`)
  expect(home.steps).toEqual([`Fetching ${first.url}`])
  const second = await commitFiles(repository, repositoryFiles('acme', '2.0.0'))
  const short = (commit: string) => commit.slice(0, 12)
  expect(await home.done('marketplace update acme')).toBe(
    `acme moved from ${short(first.commit)} to ${short(second.commit)}.`,
  )
  expect(await home.done('marketplace update')).toBe('acme is up to date.')
  expect((await home.run('marketplace list --json')).data).toMatchObject({
    marketplaces: [{ name: 'acme', kind: 'git', source: first.url, commit: second.commit }],
  })
  // This process has not used the first revision, so it is gone.
  expect(await readdir(join(home.ports.folders.marketplaces, 'acme'))).toEqual([second.commit])
})

test('owner/repo@branch is a repository on GitHub', async () => {
  const home = await createPluginHome()
  const repository = join(home.root, 'acme/plugins.git')
  await commitFiles(repository, repositoryFiles('acme'), { tag: 'v1' })
  await commitFiles(repository, repositoryFiles('acme', '2.0.0'))
  await writeFiles(home.root, {
    gitconfig: `[url "file://${home.root}/"]\n  insteadOf = https://github.com/\n`,
  })
  const env = { ...GIT_ENVIRONMENT, GIT_CONFIG_GLOBAL: join(home.root, 'gitconfig') }
  const there = await createPluginHome({}, { env, folders: home.ports.folders })
  expect(await there.done('marketplace add acme/plugins@v1')).toContain('from acme/plugins, following v1')
  expect(await there.done('install chat')).toContain('chat@acme 1.0.0 was installed')
  expect(await there.done('marketplace add https://github.com/acme/plugins')).toContain('acme is up to date')
  expect(await there.done('install chat')).toContain('updated from 1.0.0')
  const elsewhere = { source: 'url', url: `file://${repository}` }
  await commitFiles(repository, {
    '.claude-plugin/marketplace.json': {
      name: 'acme',
      owner: { name: 'A' },
      plugins: [{ name: 'chat', source: elsewhere }],
    },
  })
  await there.done('marketplace update acme')
  expect((await there.run('install chat')).text).toContain('plugins[0].source names a place on this machine')
})

describe('a name', () => {
  test('that is reserved is refused, and another may be given', async () => {
    const home = await createPluginHome(marketplaceFiles('copy', 'backchannel'))
    expect(await home.run('marketplace add ../copy')).toMatchObject({
      ok: false,
      text: expect.stringMatching(/^The name "backchannel" cannot be used .*--name NAME/),
    })
    expect(await home.done('marketplace add ../copy --name mine')).toContain('The marketplace mine was added')
    expect((await home.run('marketplace add ../copy --name claude-plugins-official')).text).toContain('is kept for')
  })

  test('belongs to its source until the operator confirms another', async () => {
    const home = await createPluginHome({ ...marketplaceFiles('one', 'acme'), ...marketplaceFiles('two', 'acme') })
    await home.done('marketplace add ../one')
    const { ok, text } = await home.run('marketplace add ../two')
    expect([ok, text]).toEqual([
      false,
      `The name "acme" belongs to ${home.root}/one, and this one comes from ${home.root}/two. ` +
        'If it has really moved, repeat the command with --replace. To have both, add --name NAME.',
    ])
    expect(await home.done('marketplace list')).toContain(`${home.root}/one`)
    await home.done('marketplace add ../two --replace')
    expect(await home.done('marketplace list')).toContain(`${home.root}/two`)
  })

  test('that changes inside is refused, and the old revision stands', async () => {
    const home = await createPluginHome()
    const repository = join(home.root, 'repository')
    const { url, commit } = await commitFiles(repository, repositoryFiles('acme'))
    await home.done(`marketplace add ${url}`)
    await commitFiles(repository, repositoryFiles('backchannel'))
    const { ok, text } = await home.run('marketplace update')
    expect([ok, text]).toEqual([
      false,
      expect.stringContaining('now calls itself "backchannel", and was added as "acme"'),
    ])
    expect((await home.run('marketplace list --json')).data).toMatchObject({ marketplaces: [{ commit }] })
  })
})

describe('what fails changes nothing', () => {
  test.each([
    ['marketplace add ../none', /cannot be read \(ENOENT\)/],
    ['marketplace add ..', /is not a marketplace: .*marketplace.json does not exist/],
    ['marketplace add --upload-pack=x', /Unknown option '--upload-pack'/],
    ['marketplace add -- --upload-pack=x', /is neither a folder, nor a git URL/],
    ['marketplace add ext::sh', /names a helper program of git/],
    ['marketplace add file:///nonexistent/x', /could not be fetched/],
    ['marketplace update acme', /No marketplace "acme" was added here/],
    ['marketplace remove backchannel', /It comes with the command and changes with it/],
  ])('%s', async (line, words) => {
    const home = await createPluginHome()
    const { ok, text } = await home.run(line)
    expect([ok, text]).toEqual([false, expect.stringMatching(words)])
    expect(await home.done('marketplace list')).toContain('No marketplace was added.')
    expect(await readdir(home.ports.folders.staging).catch(() => [])).toEqual([])
  })

  test('an interrupted fetch', async () => {
    const stop = new AbortController()
    const home = await createPluginHome({}, { signal: stop.signal, progress: () => stop.abort() })
    const { url } = await commitFiles(join(home.root, 'repository'), repositoryFiles('acme'))
    await expect(home.run(`marketplace add ${url}`)).rejects.toMatchObject({ name: 'AbortError' })
    expect(await readdir(home.ports.folders.staging)).toEqual([])
    await expect(stat(home.ports.folders.marketplacesFile)).rejects.toThrow('ENOENT')
  })
})

test('removed when no plugin of it is left', async () => {
  const home = await createPluginHome(marketplaceFiles('acme', 'acme'))
  await home.done('marketplace add ../acme')
  await home.done('install chat')
  expect((await home.run('marketplace remove acme')).text).toContain('while its plugins are installed: chat.')
  await home.done('uninstall chat')
  expect(await home.done('marketplace remove acme')).toBe(`The marketplace acme (${home.root}/acme) was removed.`)
  expect((await home.run('marketplace remove acme')).text).toContain('No marketplace "acme" was added here.')
})

test('a broken marketplace does not hide the others', async () => {
  const home = await createPluginHome({ ...marketplaceFiles('one', 'one'), ...marketplaceFiles('two', 'two') })
  await home.done('marketplace add ../one')
  await home.done('marketplace add ../two')
  await rm(join(home.root, 'one'), { recursive: true })
  const text = await home.done('list --available')
  expect(text).toContain('chat@two')
  expect(text).toContain(`one: The marketplace ${home.root}/one cannot be read (ENOENT).`)
  expect(await home.done('install chat@two')).toContain('was installed')
})
