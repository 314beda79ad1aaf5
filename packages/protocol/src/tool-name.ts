/** How a channel's tools are named for the agent, as in Claude Code (contract 3). */
import { type Entry, entryName } from './entry.ts'

/**
 * `mcp__NAME__TOOL` for a bare server, `mcp__plugin_PLUGIN_SERVER__TOOL` for a plugin's; an instance replaces the server part.
 * Two tools of a server whose names differ only in what a name can't hold get one name: see {@link renderToolSegment}.
 */
export function renderToolName(server: { readonly entry: Entry; readonly server: string }, tool: string): string {
  return `${toolPrefix(server)}${renderToolSegment(tool)}`
}

/** The last part of a tool's name, as {@link renderToolName} writes it. */
export function renderToolSegment(tool: string): string {
  return safe(tool)
}

export function toolPrefix({ entry, server }: { readonly entry: Entry; readonly server: string }): string {
  if (entry.kind === 'server') return `mcp__${safe(entry.name)}__`
  return `mcp__plugin_${safe(entry.name)}_${safe(entry.instance ?? server)}__`
}

/** Model APIs take letters, digits, `_` and `-` in a tool's name. */
function safe(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '_')
}

/**
 * The `source` of each entry of a session, fixed for its whole life: the plugin's short name (`telegram#work` for an
 * instance), a bare server's own name, or `server:NAME` where a plugin's channel has that name already.
 */
export function sourceName(entry: Entry, taken: Iterable<Entry>): string {
  const name = entryName(entry)
  if (entry.kind === 'plugin') return name
  // A server that is itself called `server:NAME` must not get the source of the server NAME that was renamed.
  const bare = name.replace(/^(?:server:)+/, '')
  const clashes = [...taken].some((other) => other.kind === 'plugin' && entryName(other) === bare)
  return clashes ? `server:${name}` : name
}
