/** The grammar of a channel entry, as typed after `--channels` (contract 4). */
import { BackchannelError } from './errors.ts'
import { clip } from './quote.ts'

export type PluginEntry = {
  readonly kind: 'plugin'
  readonly name: string
  readonly marketplace: string
  /** A second account of the same kind: `plugin:telegram@backchannel#work`. */
  readonly instance?: string
}
export type ServerEntry = { readonly kind: 'server'; readonly name: string }
export type Entry = PluginEntry | ServerEntry

const PLUGIN = /^plugin:([A-Za-z0-9][\w.-]*)@([A-Za-z0-9][\w.-]*)(?:#([A-Za-z0-9][\w-]*))?$/
const SERVER = /^server:([^\s\p{Cc}"'`<>]+)$/u

/** True for text that is an entry, so that an argument list can tell an entry from a prompt. */
export function isEntry(text: string): boolean {
  return PLUGIN.test(text) || SERVER.test(text)
}

/**
 * Reads `plugin:NAME@MARKETPLACE[#INSTANCE]` or `server:NAME`.
 * @throws BackchannelError `entry-invalid`, with the nearest form that would be one.
 */
export function parseEntry(text: string): Entry {
  const plugin = PLUGIN.exec(text)
  if (plugin) {
    const [, name = '', marketplace = '', instance] = plugin
    return instance === undefined
      ? { kind: 'plugin', name, marketplace }
      : { kind: 'plugin', name, marketplace, instance }
  }
  const server = SERVER.exec(text)
  if (server) return { kind: 'server', name: server[1] ?? '' }
  throw new BackchannelError('entry-invalid', `"${clip(text)}" is not a channel entry.`, { hint: suggest(text) })
}

/** The text {@link parseEntry} reads back to the same entry. */
export function renderEntry(entry: Entry): string {
  if (entry.kind === 'server') return `server:${entry.name}`
  return `plugin:${entry.name}@${entry.marketplace}${entry.instance === undefined ? '' : `#${entry.instance}`}`
}

/** The name a person knows the channel by: `telegram`, `telegram#work`, `webhook`. */
export function entryName(entry: Entry): string {
  return entry.kind === 'plugin' && entry.instance !== undefined ? `${entry.name}#${entry.instance}` : entry.name
}

function suggest(text: string): string {
  const bare = text.replace(/^plugin:/, '')
  const example = /^[A-Za-z0-9][\w.-]{0,59}$/.test(bare) ? bare : 'fakechat'
  return `Write plugin:${example}@MARKETPLACE for an installed plugin (plugin:fakechat@backchannel) or server:NAME for a server of .mcp.json.`
}
