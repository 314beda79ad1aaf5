/** Reads a marketplace folder as Claude Code lays it out: `.claude-plugin/marketplace.json` and what it lists. */
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { BackchannelError, isEntry, isRecord } from '@backchannel/protocol'
import { JsonField } from '../json/field.ts'
import { errorCode, type JsonSource, readJsonFile } from '../json/read.ts'
import { resolveInside } from './folder.ts'
import { type PluginSource, parsePluginSource } from './format/plugin-source.ts'

export interface Marketplace {
  readonly name: string
  readonly owner: string
  /** Its folder, as a real path. */
  readonly root: string
  /** Its manifest. */
  readonly file: string
  readonly plugins: readonly ListedPlugin[]
  /** Entries that cannot be used; the others can. */
  readonly problems: readonly { readonly plugin: string | undefined; readonly error: BackchannelError }[]
}

export interface ListedPlugin {
  readonly name: string
  readonly description: string | undefined
  /** Of the entry; the plugin's own counts before it. */
  readonly version: string | undefined
  readonly source: PluginSource
  /** The entry as written: it stands for the manifest of a plugin that has none. */
  readonly entry: Readonly<Record<string, unknown>>
  /** Where it is in the manifest, for messages. */
  readonly field: string
}

/** @throws BackchannelError `plugin-invalid`, naming file, field, what was expected and what came. */
export async function readMarketplace(folder: string): Promise<Marketplace> {
  const root = await realpath(folder).catch((cause: unknown) => {
    throw new BackchannelError('plugin-invalid', `The marketplace ${folder} cannot be read (${errorCode(cause)}).`, {
      cause,
    })
  })
  const named = '.claude-plugin/marketplace.json'
  const file = join(root, named)
  const source: JsonSource = { file, code: 'plugin-invalid' }
  const found = (await resolveInside(root, named, file)) === undefined ? undefined : await readJsonFile(source)
  if (found === undefined)
    throw new BackchannelError('plugin-invalid', `${root} is not a marketplace: ${file} does not exist.`)
  return { root, file, ...parseMarketplace(new JsonField(found.value, source)) }
}

/** The real folder of a plugin that lies in the marketplace itself. @throws BackchannelError `plugin-invalid` */
export async function pluginFolder(marketplace: Marketplace, plugin: ListedPlugin): Promise<string> {
  const field = `${marketplace.file}: ${plugin.field}.source`
  if (plugin.source.kind !== 'path')
    throw new BackchannelError('plugin-invalid', `${field} names a place outside the marketplace.`)
  const folder = await resolveInside(marketplace.root, plugin.source.path, field)
  if (folder !== undefined) return folder
  throw new BackchannelError(
    'plugin-invalid',
    `${field}: ${join(marketplace.root, plugin.source.path)} does not exist.`,
  )
}

function parseMarketplace(root: JsonField): Pick<Marketplace, 'name' | 'owner' | 'plugins' | 'problems'> {
  const plugins = new Map<string, ListedPlugin>()
  const problems: { plugin: string | undefined; error: BackchannelError }[] = []
  const prefix = parsePrefix(root.member('metadata'))
  for (const item of root.member('plugins').items('a list of plugins')) {
    try {
      const plugin = parseListed(item, prefix)
      if (plugins.has(plugin.name)) throw item.member('name').refuse('a name that no other plugin of the list has')
      plugins.set(plugin.name, plugin)
    } catch (error) {
      if (!BackchannelError.is(error)) throw error
      const name = isRecord(item.value) ? item.value['name'] : undefined
      problems.push({ plugin: typeof name === 'string' ? name : undefined, error })
    }
  }
  return {
    name: parseName(root.member('name')),
    owner: root.member('owner').member('name').string(),
    plugins: [...plugins.values()],
    problems,
  }
}

function parseListed(item: JsonField, prefix: string): ListedPlugin {
  const [description, version] = [item.member('description'), item.member('version')]
  return {
    name: parseName(item.member('name')),
    description: description.present ? description.string() : undefined,
    version: version.present ? version.string() : undefined,
    source: parsePluginSource(item.member('source'), prefix),
    entry: item.record(),
    field: item.path,
  }
}

/** A name that can stand in `plugin:NAME@MARKETPLACE`. */
function parseName(field: JsonField): string {
  const expected = 'a name of letters, digits, "-", "_" and "."'
  const name = field.string(expected)
  if (!isEntry(`plugin:${name}@${name}`)) throw field.refuse(expected)
  return name
}

function parsePrefix(metadata: JsonField): string {
  const prefix = metadata.present ? metadata.member('pluginRoot') : metadata
  if (!prefix.present) return ''
  const expected = 'a path that starts with "./"'
  const path = prefix.string(expected)
  if (!path.startsWith('./')) throw prefix.refuse(expected)
  return path.replace(/\/+$/, '')
}
