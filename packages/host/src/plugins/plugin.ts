/** Reads a plugin folder as Claude Code lays it out: `.claude-plugin/plugin.json`, `.mcp.json`, and which server is the channel. */
import { join } from 'node:path'
import { BackchannelError, isRecord } from '@backchannel/protocol'
import { JsonField } from '../json/field.ts'
import { type JsonSource, readJsonFile } from '../json/read.ts'
import { isWrapped, parseServers, type ServerList, type ServerProblem, type ServerSpec } from '../mcp/config.ts'
import { quote } from '../text/quote.ts'
import { resolveInside } from './folder.ts'
import { parseUserConfig, type UserOption } from './format/user-config.ts'

export interface Plugin {
  readonly name: string
  readonly version: string | undefined
  /** Its folder, as a real path: the value of `CLAUDE_PLUGIN_ROOT`. */
  readonly root: string
  /** Unexpanded. */
  readonly servers: readonly ServerSpec[]
  readonly problems: readonly ServerProblem[]
  /** Servers that the manifest's `channels` names; empty if it has none. */
  readonly channels: readonly string[]
  /** What it asks its user for: of the plugin, and of its channels. */
  readonly options: readonly UserOption[]
}

export const MANIFEST = '.claude-plugin/plugin.json'
const SERVERS = '.mcp.json'
const CHANNEL_KEYS = ['server', 'displayName', 'userConfig']

/**
 * @param root the plugin's folder, a real path.
 * @param name the name that the marketplace lists; the manifest is optional and may call itself otherwise.
 * @throws BackchannelError `plugin-invalid`, naming file, field, what was expected and what came.
 */
export async function readPlugin(root: string, name: string): Promise<Plugin> {
  const manifest = await readManifest(root)
  const version = manifest.member('version')
  const channels = readChannels(manifest.member('channels'))
  const lists = [await readServers(root, SERVERS), ...(await readNamedServers(root, manifest.member('mcpServers')))]
  return {
    name,
    version: version.present ? version.string() : undefined,
    root,
    ...mergeLists(lists),
    channels: channels.map(({ server }) => server),
    options: mergeOptions([parseUserConfig(manifest.member('userConfig')), ...channels.map(({ options }) => options)]),
  }
}

/** The manifest of a plugin's folder, an empty one where there is none. @throws BackchannelError `plugin-invalid` */
export async function readManifest(root: string): Promise<JsonField> {
  const manifest = (await readInside(root, MANIFEST)) ?? openField({}, join(root, MANIFEST))
  manifest.record('an object')
  return manifest
}

/** Entries of `channels`. Claude Code takes no unknown members in them, and neither do we. */
export function readChannels(field: JsonField): readonly { server: string; options: readonly UserOption[] }[] {
  if (!field.present) return []
  return field.items('a list of channels').map((item) => {
    for (const name of Object.keys(item.record('an object with "server"')))
      if (!CHANNEL_KEYS.includes(name))
        throw item.member(name).refuse(`absent: a channel has ${CHANNEL_KEYS.join(', ')}`, 'it')
    return { server: item.member('server').string(), options: parseUserConfig(item.member('userConfig')) }
  })
}

/** One key is one answer, wherever it is asked for; the first says how. */
function mergeOptions(lists: readonly (readonly UserOption[])[]): readonly UserOption[] {
  const options = new Map<string, UserOption>()
  for (const option of lists.flat()) if (!options.has(option.key)) options.set(option.key, option)
  return [...options.values()]
}

/**
 * The one server that is the plugin's channel: the one that `channels` of the manifest names, else the one named like
 * the plugin, else the only one.
 * @throws BackchannelError `plugin-invalid` if there is none, or several and no way to tell.
 */
export function channelServer(plugin: Plugin): ServerSpec {
  const wanted = channelName(plugin)
  const server = plugin.servers.find(({ name }) => name === wanted)
  if (server !== undefined) return server
  const broken = plugin.problems.find((problem) => problem.server === wanted)
  throw broken === undefined ? explainMissing(plugin, wanted) : new BackchannelError('plugin-invalid', broken.message)
}

function channelName({ name, channels, servers, problems }: Plugin): string {
  const [first] = channels
  if (first !== undefined) return channels.includes(name) ? name : first
  const names = new Set([...servers.map((server) => server.name), ...problems.flatMap(({ server }) => server ?? [])])
  const [only] = names
  return names.size === 1 && only !== undefined ? only : name
}

function explainMissing({ name, root, servers, channels }: Plugin, wanted: string): BackchannelError {
  const names = servers.map((server) => quote(server.name)).join(', ') || 'no server'
  if (channels.length > 0)
    return new BackchannelError(
      'plugin-invalid',
      `${join(root, MANIFEST)}: channels[0].server must be a server of the plugin (${names}), got ${quote(wanted)}.`,
    )
  if (servers.length === 0)
    return new BackchannelError('plugin-invalid', `The plugin "${name}" in ${root} has no MCP server.`, {
      hint: `Name one in ${join(root, SERVERS)}.`,
    })
  return new BackchannelError(
    'plugin-invalid',
    `The plugin "${name}" has several servers (${names}), and none has its name.`,
    { hint: `Name the channel in ${join(root, MANIFEST)}: "channels": [{ "server": "NAME" }].` },
  )
}

/** `mcpServers` of the manifest: servers, the path of a file with servers, or a list of either. */
async function readNamedServers(root: string, field: JsonField): Promise<readonly ServerList[]> {
  if (!field.present) return []
  const items = Array.isArray(field.value) ? field.items() : [field]
  return await Promise.all(
    items.map(async (item) => {
      if (isRecord(item.value)) return parseServers(item, createSource(join(root, MANIFEST)))
      const path = item.string('servers by name, or the path of a file with them')
      if (/^https?:|\.(mcpb|dxt)$/i.test(path))
        throw item.refuse(
          'servers by name, or the path of a .json file',
          `the bundle ${quote(path)}, which is not supported here`,
        )
      const list = await readServers(root, path)
      if (list !== undefined) return list
      throw item.refuse('the path of a file inside the plugin', `${quote(path)}, which does not exist`)
    }),
  )
}

async function readServers(root: string, path: string): Promise<ServerList | undefined> {
  const field = await readInside(root, path)
  if (field === undefined) return undefined
  return parseServers(isWrapped(field.value) ? field.member('mcpServers') : field, createSource(join(root, path)))
}

/** Later lists win over earlier ones, server by server. */
function mergeLists(lists: readonly (ServerList | undefined)[]): ServerList {
  const found = lists.filter((list) => list !== undefined)
  const servers = new Map(found.flatMap((list) => list.servers.map((server) => [server.name, server])))
  return { servers: [...servers.values()], problems: found.flatMap((list) => list.problems) }
}

async function readInside(root: string, path: string): Promise<JsonField | undefined> {
  const file = await resolveInside(root, path, root)
  const found = file === undefined ? undefined : await readJsonFile(createSource(file))
  return file === undefined || found === undefined ? undefined : openField(found.value, file)
}

function openField(value: unknown, file: string): JsonField {
  return new JsonField(value, createSource(file))
}

function createSource(file: string): JsonSource {
  return { file, code: 'plugin-invalid' }
}
