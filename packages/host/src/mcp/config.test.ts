/** `.mcp.json` as people and hostile repositories write it: one broken entry never takes the others down. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFolder, rejection } from '../testing/folder.ts'
import { parseMcpConfig, readMcpConfig } from './config.ts'

/** `${KEY}`, written so that it is not taken for a template. */
const REFERENCE = ['$', '{KEY}'].join('')
const FILE = '/project/.mcp.json'
const parse = (value: unknown) => parseMcpConfig(typeof value === 'string' ? value : JSON.stringify(value), FILE)
const good = { command: 'node', args: ['./webhook.js'] }

test('servers as written, in their order', () => {
  expect(
    parse({
      mcpServers: {
        webhook: good,
        other: { type: 'stdio', command: 'bun', env: { PORT: '1', KEY: REFERENCE }, cwd: 'sub', unknown: true },
      },
    }),
  ).toEqual({
    servers: [
      { name: 'webhook', command: 'node', args: ['./webhook.js'], env: {}, file: FILE },
      { name: 'other', command: 'bun', args: [], env: { PORT: '1', KEY: REFERENCE }, cwd: 'sub', file: FILE },
    ],
    problems: [],
  })
})

describe('a broken entry is a problem of that server alone', () => {
  test.each([
    ['a string', 'must be an object with "command", got the string "a string".'],
    [{}, '.command must be the name or path of a program, got nothing.'],
    [{ command: '  ' }, '.command must be the name or path of a program, got the string "  ".'],
    [{ command: ['node'] }, '.command must be the name or path of a program, got a list of 1.'],
    [{ command: 'a\0b' }, '.command must be the name or path of a program without a NUL character'],
    [{ command: 'node', args: 'x.js' }, '.args must be a list of strings, got the string "x.js".'],
    [{ command: 'node', args: [1] }, '.args[0] must be a string, got 1.'],
    [{ command: 'node', env: [] }, '.env must be an object of strings by variable name, got a list of 0.'],
    [{ command: 'node', env: { 'A=B': 'x' } }, 'must be a variable with a name free of "=", got "A=B".'],
    [{ command: 'node', cwd: 5 }, '.cwd must be the path of a folder, got 5.'],
    [{ type: 'http', url: 'https://example.com' }, 'a remote one (http), which is not supported here'],
    [{ type: 'sse', url: 'https://example.com' }, 'a remote one (sse), which is not supported here'],
    [{ url: 'https://example.com' }, 'a remote one (url), which is not supported here'],
    [{ type: 'pipe', command: 'node' }, '.type must be one of "stdio", got the string "pipe".'],
  ])('%j', (server, words) => {
    const { servers, problems } = parse({ mcpServers: { broken: server, webhook: good } })
    expect(servers.map(({ name }) => name)).toEqual(['webhook'])
    expect(problems).toEqual([{ server: 'broken', message: expect.stringContaining(words) }])
    expect(problems[0]!.message.startsWith(`${FILE}: mcpServers.broken`)).toBe(true)
  })

  test('the value of a variable is never shown', () => {
    const { problems } = parse({ mcpServers: { broken: { command: 'x', env: { TOKEN: 123456 } } } })
    expect(problems[0]!.message).toContain('mcpServers.broken.env.TOKEN must be a string, got a number.')
    expect(problems[0]!.message).not.toContain('123456')
  })

  test('names that would drive the terminal, and names that are too long', () => {
    const { servers, problems } = parse({
      mcpServers: { '': good, 'a\u001b[2J': good, '\u202eb': good, [`${'x'.repeat(129)}`]: good },
    })
    expect(servers).toEqual([])
    expect(problems).toHaveLength(4)
    expect(problems.map(({ message }) => message).join('')).not.toMatch(/[\u001b\u202e]/)
  })
})

test('prototype keys are names like any other', () => {
  const text =
    '{"mcpServers": {"__proto__": {"command": "a"}, "constructor": {"command": "b", "env": {"__proto__": "c"}}}}'
  const { servers } = parse(text)
  expect(servers.map(({ name, command }) => [name, command])).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ])
  expect(Object.entries(servers[1]!.env)).toEqual([['__proto__', 'c']])
  expect(parse('{"mcpServers": {"x": {"__proto__": {"command": "evil"}}}}').servers).toEqual([])
})

describe('the whole file', () => {
  test('nothing in it is no server', () => {
    expect(parse({})).toEqual({ servers: [], problems: [] })
    expect(parse({ mcpServers: {} })).toEqual({ servers: [], problems: [] })
  })

  test.each([
    [
      '{"mcpServers": {',
      `${FILE} is not valid JSON: line 1, column 17: expected a key or "}", got the end of the file.`,
    ],
    ['[]', `${FILE}: the file must hold an object with "mcpServers", got a list of 0.`],
    ['{"mcpServers": []}', `${FILE}: mcpServers must be an object of servers by name, got a list of 0.`],
    [
      '{"webhook": {"command": "node"}}',
      `${FILE}: the file must hold an object with "mcpServers", got only "webhook".`,
    ],
  ])('%s', (text, message) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'mcp-config-invalid', message, hint: expect.any(String) }),
    )
  })

  test('from a file; missing only where it may be', async () => {
    const folder = await createFolder({ '.mcp.json': { mcpServers: { webhook: good } } })
    const file = join(folder, '.mcp.json')
    expect((await readMcpConfig(file)).servers[0]).toMatchObject({ name: 'webhook', file })
    expect(await readMcpConfig(join(folder, 'none.json'), { optional: true })).toEqual({ servers: [], problems: [] })
    expect(await rejection(readMcpConfig(join(folder, 'none.json')))).toMatchObject({
      code: 'mcp-config-invalid',
      message: `The MCP configuration ${join(folder, 'none.json')} does not exist.`,
    })
  })
})
