/** Variables of a command line: the host's own first, then the environment, once, and never silently empty. */
import { expect, test } from 'vitest'
import type { ServerSpec } from './config.ts'
import { expandServer } from './expand.ts'

const FILE = '/project/.mcp.json'
const server = (fields: Partial<ServerSpec>): ServerSpec => ({
  name: 'hooks',
  command: 'node',
  args: [],
  env: {},
  file: FILE,
  ...fields,
})
/** `${name}`, written so that it is not taken for a template. */
const ref = (name: string) => ['$', '{', name, '}'].join('')

test('every field, with the host’s variables before the environment', () => {
  const expanded = expandServer(
    server({
      command: ref('BACKCHANNEL_RUNTIME:-node'),
      args: [`${ref('CLAUDE_PLUGIN_ROOT')}/server.js`, `${ref('A')}-${ref('A')}`, 'plain'],
      env: { URL: `http://${ref('HOST:-localhost')}:${ref('PORT:-8788')}/` },
      cwd: ref('CLAUDE_PLUGIN_ROOT'),
    }),
    {
      variables: new Map([['CLAUDE_PLUGIN_ROOT', '/plugins/x']]),
      env: { CLAUDE_PLUGIN_ROOT: '/elsewhere', A: 'a', HOST: 'example.org' },
    },
  )
  expect(expanded).toEqual({
    server: {
      name: 'hooks',
      command: 'node',
      args: ['/plugins/x/server.js', 'a-a', 'plain'],
      env: { URL: 'http://example.org:8788/' },
      cwd: '/plugins/x',
      file: FILE,
    },
    problems: [],
  })
})

test('an unset variable without a default is a problem that names it, once', () => {
  const { server: expanded, problems } = expandServer(server({ args: [ref('TOKEN'), ref('TOKEN')] }), { env: {} })
  expect(expanded.args).toEqual([ref('TOKEN'), ref('TOKEN')])
  expect(problems).toEqual([
    {
      server: 'hooks',
      message: `${FILE}: hooks: args[0] uses ${ref('TOKEN')}, which is not set. Set it, or write ${ref('TOKEN:-default')}.`,
    },
  ])
})

test('empty takes the default, and is a value where there is none', () => {
  const { server: expanded, problems } = expandServer(server({ args: [ref('E:-d'), `x${ref('E')}`, ref('N:-')] }), {
    env: { E: '' },
  })
  expect(expanded.args).toEqual(['d', 'x', ''])
  expect(problems).toEqual([])
})

test('what a variable holds is not expanded again, and patterns in it mean nothing', () => {
  const { server: expanded } = expandServer(server({ args: [ref('A'), `[${ref('B')}]`] }), {
    env: { A: ref('SECRET'), SECRET: 's', B: '$& $1 $$' },
  })
  expect(expanded.args).toEqual([ref('SECRET'), '[$& $1 $$]'])
})

test('other uses of the dollar sign stay', () => {
  const args = ['$HOME', ref('x%y'), ref('1'), '$$', ref('user_config.token'), ref('A').slice(0, -1)]
  expect(expandServer(server({ args }), { env: { HOME: '/x', A: 'a' } })).toMatchObject({
    server: { args },
    problems: [],
  })
})

test('a default that holds a variable is refused, not garbled', () => {
  for (const env of [{ B: 'b' }, { A: 'a', B: 'b' }]) {
    const { problems } = expandServer(server({ command: ref(`A:-${ref('B')}`) }), { env })
    expect(problems[0]!.message).toContain('holds another variable')
  }
})

test('prototype names are unset variables', () => {
  const { problems } = expandServer(server({ args: [ref('constructor'), ref('__proto__')] }), { env: {} })
  expect(problems).toHaveLength(2)
})

test('an answer of its user means something in a plugin only', () => {
  const written = server({ args: [ref('user_config.room'), ref('user_config.none:-x')] })
  expect(expandServer(written, { env: {} })).toEqual({ server: written, problems: [] })
  const variables = new Map([['user_config.room', ref('HOME')]])
  const { server: expanded, problems } = expandServer(written, { variables, env: { HOME: '/x' } })
  expect([expanded.args, problems]).toEqual([[ref('HOME'), 'x'], []])
  const { problems: missing } = expandServer(server({ command: ref('user_config.rom') }), { variables, env: {} })
  expect(missing.map(({ message }) => message)).toEqual([
    `${FILE}: hooks: command uses ${ref('user_config.rom')}, and the plugin's manifest asks for no such value.`,
  ])
})
