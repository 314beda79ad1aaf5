/** Reads `.mcp.json` and the file of `--mcp-config`: which servers there are, as written, and which entries are broken. */
import { BackchannelError, isRecord, renderError } from '@backchannel/protocol'
import { JsonField } from '../json/field.ts'
import { type JsonSource, parseJson, readJsonFile } from '../json/read.ts'
import { describeKind, quote } from '../text/quote.ts'

/** How to start one MCP server. As read it is unexpanded; `expandServer` fills in the variables. */
export interface ServerSpec {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Relative to the session's folder. Default: the session's folder. */
  readonly cwd?: string
  /** The file that names it. */
  readonly file: string
}

/** What keeps one server, or a part of a file, from being used. */
export interface ServerProblem {
  readonly server?: string
  readonly message: string
}

export interface ServerList {
  readonly servers: readonly ServerSpec[]
  readonly problems: readonly ServerProblem[]
}

const TRANSPORTS = ['http', 'sse', 'streamable-http', 'ws', 'websocket']
const LONGEST_NAME = 128
const HINT = 'Write { "mcpServers": { "NAME": { "command": "node", "args": ["./server.js"] } } }.'

/**
 * @param optional a missing file is an empty list (the project's `.mcp.json`), not an error (`--mcp-config`).
 * @throws BackchannelError `mcp-config-invalid` where the file as a whole cannot be used. A broken entry is a problem
 * of that server alone.
 */
export async function readMcpConfig(
  file: string,
  { optional = false }: { readonly optional?: boolean } = {},
): Promise<ServerList> {
  const source = createSource(file)
  const found = await readJsonFile(source)
  if (found !== undefined) return parseWrapped(found.value, source)
  if (optional) return { servers: [], problems: [] }
  throw new BackchannelError('mcp-config-invalid', `The MCP configuration ${file} does not exist.`, {
    hint: 'Check the path after --mcp-config.',
  })
}

/** As {@link readMcpConfig}, for text that is already there. */
export function parseMcpConfig(text: string, file: string): ServerList {
  const source = createSource(file)
  return parseWrapped(parseJson(text, source), source)
}

/** The servers of one `mcpServers` object; plugins also write that object bare. */
export function parseServers(servers: JsonField, source: JsonSource): ServerList {
  const entries = Object.keys(servers.record('an object of servers by name')).map((name) => {
    try {
      return { spec: parseServer(name, servers.member(name), source.file) }
    } catch (error) {
      return { problem: { server: name, message: renderError(error) } }
    }
  })
  return {
    servers: entries.flatMap(({ spec }) => spec ?? []),
    problems: entries.flatMap(({ problem }) => problem ?? []),
  }
}

function createSource(file: string): JsonSource {
  return { file, code: 'mcp-config-invalid' }
}

function parseWrapped(value: unknown, source: JsonSource): ServerList {
  const root = new JsonField(value, source)
  const keys = Object.keys(root.record('an object with "mcpServers"'))
  const servers = root.member('mcpServers')
  if (servers.present) return parseServers(servers, source)
  if (keys.length === 0) return { servers: [], problems: [] }
  throw root.refuse(
    'an object with "mcpServers"',
    `only ${keys
      .slice(0, 5)
      .map((key) => quote(key))
      .join(', ')}`,
    HINT,
  )
}

function parseServer(name: string, field: JsonField, file: string): ServerSpec {
  if (name.trim() === '' || name.length > LONGEST_NAME || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name))
    throw field.refuse(`named with 1 to ${LONGEST_NAME} visible characters`, quote(name))
  const entry = field.record('an object with "command"')
  refuseTransport(field, entry)
  const command = parseText(field.member('command'), 'the name or path of a program')
  if (command.trim() === '') throw field.member('command').refuse('the name or path of a program')
  const cwd = field.member('cwd')
  return {
    name,
    command,
    args: parseArguments(field.member('args')),
    env: parseEnvironment(field.member('env')),
    ...(cwd.present ? { cwd: parseText(cwd, 'the path of a folder') } : {}),
    file,
  }
}

function refuseTransport(field: JsonField, entry: Record<string, unknown>): void {
  const type = field.member('type')
  const isRemote = typeof type.value === 'string' && TRANSPORTS.includes(type.value)
  if (isRemote || (!type.present && Object.hasOwn(entry, 'url') && !Object.hasOwn(entry, 'command')))
    throw field.refuse(
      'a server that is started as a command (stdio)',
      `a remote one (${isRemote ? String(type.value) : 'url'}), which is not supported here`,
      'Use a stdio server, or a stdio bridge to the remote one.',
    )
  if (type.present) type.oneOf(['stdio'])
}

function parseArguments(field: JsonField): readonly string[] {
  return field.present ? field.items('a list of strings').map((item) => parseText(item, 'a string')) : []
}

function parseEnvironment(field: JsonField): Readonly<Record<string, string>> {
  if (!field.present) return {}
  const names = Object.keys(field.record('an object of strings by variable name'))
  return Object.fromEntries(names.map((name) => [name, parseVariable(name, field.member(name))]))
}

function parseVariable(name: string, field: JsonField): string {
  if (name === '' || /[=\0]/.test(name)) throw field.refuse('a variable with a name free of "="', quote(name))
  // The value may be a secret, so a refusal names its kind only.
  if (typeof field.value !== 'string') throw field.refuse('a string', describeKind(field.value))
  return parseText(field, 'a string')
}

/** Text for a command line: the system takes no NUL in it. */
function parseText(field: JsonField, expected: string): string {
  const text = field.string(expected)
  if (text.includes('\0')) throw field.refuse(`${expected} without a NUL character`, 'one with a NUL character')
  return text
}

/** True for a value that holds servers below `mcpServers`, not bare. */
export function isWrapped(value: unknown): boolean {
  return isRecord(value) && Object.hasOwn(value, 'mcpServers')
}
