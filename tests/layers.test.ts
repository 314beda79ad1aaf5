/** The layers of docs/architecture.md, arrows one way: walks every import of the repository and fails on a wrong one. */
import { describe, expect, it } from 'vitest'
import { findImports, type Import } from './support/imports.ts'
import { checkArrow, checkDependencies } from './support/layers.ts'
import { isSource, listFiles, listWorkspaces, readManifest, readText, type Workspace } from './support/repository.ts'

const files = listFiles()
const workspaces = listWorkspaces(files)
const sources = files.filter((path) => isSource(path) && workspaces.some(({ folder }) => path.startsWith(`${folder}/`)))
const imports = await findImports(new Map(sources.map((path) => [path, readText(path)])))

describe('the repository', () => {
  it('has the layers', () => {
    expect(workspaces.map(({ folder }) => folder)).toEqual(
      expect.arrayContaining([
        'examples/one-way',
        'examples/two-way',
        'packages/channel',
        'packages/cli',
        'packages/host',
        'packages/protocol',
        'packages/testkit',
        'plugins/fakechat',
        'plugins/webhook',
      ]),
    )
    expect(sources.length).toBeGreaterThan(50)
    expect([...imports.values()].flat().length).toBeGreaterThan(200)
  })

  it('has no wrong arrow', () => {
    const wrong = [...imports].flatMap(([path, named]) =>
      named.flatMap(({ specifier }) => checkArrow(path, specifier, workspaces) ?? []),
    )
    expect(wrong).toEqual([])
  })

  it('names every module in a way that is found', () => {
    const known = new Set(files)
    const missing = [...imports].flatMap(([path, named]) =>
      named
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => new URL(specifier, `file:///${path}`).pathname.slice(1))
        .filter((target) => !known.has(target))
        .map((target) => `${path} imports ${target}`),
    )
    expect(missing).toEqual([])
  })

  it.each(workspaces)('$folder declares what it imports, and no more', (workspace) => {
    const own = new Map([...imports].filter(([path]) => path.startsWith(`${workspace.folder}/`)))
    const problems = checkDependencies(workspace, own, readManifest('package.json'), jsxOf(workspace.folder))
    expect(problems).toEqual([])
  })
})

describe('the rules', () => {
  const some = (...pairs: [folder: string, name: string][]): Workspace[] =>
    pairs.map(([folder, name]) => ({ folder, manifest: { name } }))
  const all = some(
    ['packages/protocol', '@backchannel/protocol'],
    ['packages/channel', '@backchannel/channel'],
    ['packages/host', '@backchannel/host'],
    ['packages/testkit', '@backchannel/testkit'],
    ['packages/cli', 'backchannel'],
    ['plugins/fakechat', '@backchannel/plugin-fakechat'],
    ['plugins/webhook', '@backchannel/plugin-webhook'],
    ['examples/one-way', '@backchannel/example-one-way'],
  )

  it.each([
    ['packages/protocol/src/tag.ts', '@backchannel/channel', 'protocol may not import channel'],
    ['packages/protocol/src/tag.test.ts', '@backchannel/testkit', 'protocol may not import testkit'],
    ['packages/protocol/src/tag.ts', 'node:fs', 'protocol is pure'],
    ['packages/protocol/src/tag.ts', 'fs', 'protocol is pure'],
    ['packages/channel/src/serve.ts', '@backchannel/host', 'channel may not import host'],
    ['packages/channel/src/serve.ts', '@backchannel/testkit', 'the test kit outside a test'],
    ['packages/channel/src/serve.test.ts', '@backchannel/host', 'channel may not import host'],
    ['packages/host/src/session.ts', '@backchannel/channel', 'host may not import channel'],
    ['packages/host/src/session.ts', '@backchannel/channel/http', 'host may not import channel'],
    ['packages/host/src/session.ts', '@backchannel/plugin-fakechat', 'host may not import plugin'],
    ['packages/host/src/session.ts', 'backchannel', 'host may not import cli'],
    ['packages/testkit/src/index.ts', '@backchannel/host', 'testkit may not import host'],
    ['packages/cli/src/index.ts', '@backchannel/channel', 'cli may not import channel'],
    ['packages/cli/src/index.ts', '@backchannel/plugin-webhook', 'cli may not import plugin'],
    ['packages/cli/src/index.ts', '@backchannel/testkit', 'the test kit outside a test'],
    ['plugins/fakechat/src/channel.ts', '@backchannel/protocol', 'plugin may not import protocol'],
    ['plugins/fakechat/src/channel.ts', '@backchannel/host', 'plugin may not import host'],
    ['plugins/fakechat/src/channel.test.ts', '@backchannel/host', 'plugin may not import host'],
    ['plugins/fakechat/src/channel.ts', '@backchannel/plugin-webhook', 'plugin may not import plugin'],
    ['plugins/fakechat/src/channel.ts', '@backchannel/testkit', 'the test kit outside a test'],
    ['plugins/fakechat/src/channel.ts', 'backchannel', 'plugin may not import cli'],
    ['plugins/fakechat/src/channel.ts', '../../webhook/src/server.ts', 'reaches out of plugins/fakechat'],
    ['plugins/fakechat/src/channel.ts', '../../../packages/host/src/index.ts', 'reaches out of plugins/fakechat'],
    ['plugins/fakechat/src/channel.ts', '/etc/x.ts', 'reaches out of plugins/fakechat'],
    ['examples/one-way/channel.ts', '@backchannel/protocol', 'example may not import protocol'],
    ['packages/host/src/session.ts', 'vitest', 'outside a test'],
    ['packages/channel/src/serve.ts', 'fast-check', 'outside a test'],
    ['packages/unknown/src/index.ts', 'ws', 'is in no workspace'],
  ])('refuse %s → %s', (path, specifier, problem) => {
    expect(checkArrow(path, specifier, all)).toContain(problem)
  })

  it.each([
    ['packages/protocol/src/tag.ts', './tag-name.ts'],
    ['packages/protocol/src/wire/read.ts', '../quote.ts'],
    ['packages/protocol/src/wire/read.ts', 'valibot'],
    ['packages/protocol/src/index.test.ts', 'node:fs'],
    ['packages/protocol/src/index.test.ts', 'vitest'],
    ['packages/channel/src/serve.ts', '@backchannel/protocol'],
    ['packages/channel/src/serve.ts', 'node:http'],
    ['packages/host/src/session.ts', '@backchannel/protocol'],
    ['packages/host/src/session.test.ts', '@backchannel/testkit'],
    ['packages/testkit/src/index.ts', '@backchannel/channel'],
    ['packages/testkit/src/suite.ts', 'vitest'],
    ['packages/cli/src/index.ts', '@backchannel/host/terminal'],
    ['plugins/fakechat/src/server.ts', '@backchannel/channel/http'],
    ['plugins/fakechat/page/app.tsx', '../src/frames.ts'],
    ['plugins/fakechat/src/contract.test.ts', '@backchannel/testkit'],
    ['plugins/fakechat/src/chat.fixture.ts', '@backchannel/testkit'],
    ['examples/one-way/channel.ts', '@backchannel/channel'],
  ])('allow %s → %s', (path, specifier) => {
    expect(checkArrow(path, specifier, all)).toBeUndefined()
  })

  it('refuse a folder that is no layer', () => {
    expect(checkArrow('packages/extra/src/index.ts', 'ws', some(['packages/extra', '@backchannel/extra']))).toContain(
      'is no layer',
    )
  })

  it('compare manifests with imports, both ways', () => {
    const workspace: Workspace = {
      folder: 'plugins/x',
      manifest: {
        name: 'x',
        dependencies: { ws: '1', idle: '1' },
        devDependencies: { '@types/ws': '1', preact: '1', '@types/busboy': '1', 'types-of-mine': '1' },
      },
    }
    const named = (...specifiers: string[]): Import[] => specifiers.map((specifier) => ({ specifier, typeOnly: false }))
    const own = new Map<string, Import[]>([
      [
        'plugins/x/src/index.ts',
        [...named('ws', 'node:fs', './a.ts', 'busboy', 'preact'), { specifier: 'types-of-mine', typeOnly: true }],
      ],
      ['plugins/x/src/index.test.ts', named('vitest', 'unknown')],
      ['plugins/x/page/app.tsx', named('preact/hooks')],
    ])
    expect(checkDependencies(workspace, own, { name: 'root', devDependencies: { vitest: '1' } }, undefined)).toEqual([
      'plugins/x/src/index.ts imports busboy, which is not declared in plugins/x/package.json',
      'plugins/x/src/index.ts imports preact, which is declared for development only in plugins/x/package.json',
      'plugins/x/src/index.test.ts imports unknown, which is not declared in plugins/x/package.json',
      'plugins/x/package.json declares idle, which no file imports',
    ])
  })
})

/** JSX imports a runtime that no line names: the one of the nearest configuration that has JSX. */
function jsxOf(folder: string): string | undefined {
  const configurations = files
    .filter((path) => path.startsWith(`${folder}/`) && path.endsWith('/tsconfig.json'))
    .map(readText)
  const withJsx = configurations.find((text) => /"jsx": *"react-jsx"/.test(text))
  if (withJsx === undefined || !sources.some((path) => path.startsWith(`${folder}/`) && path.endsWith('.tsx')))
    return undefined
  return /"jsxImportSource": *"([^"]+)"/.exec(withJsx)?.[1] ?? 'react'
}
