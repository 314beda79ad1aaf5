/** A tool call in words for people: `fakechat reply (chat_id: web)` instead of `mcp__plugin_fakechat_fakechat__reply`. */
import { isRecord } from '@backchannel/protocol'
import { sanitizeLine } from './sanitize.ts'

const PREFIX = 'mcp__'
const PLUGIN_PREFIX = 'mcp__plugin_'
/** What these tools send is read where it arrives; the transcript shows that it was sent (contract 3). */
const SENDING_TOOLS = new Set(['reply', 'edit_message'])
const HIDDEN_ARGUMENTS = new Set(['text', 'content'])
const VALUE_COLUMNS = 60
const ARGUMENTS_SHOWN = 6

/** @param sources the channels of the session, by which a name with underscores is told apart */
export function toolLabel(name: string, sources: Iterable<string>): string {
  const { source, tool } = splitToolName(name, sources)
  return source === undefined ? tool : `${source} ${tool}`
}

/** The arguments as `key: value, …`, without the text of a message that is sent; empty where nothing is left to show. */
export function toolArguments(name: string, input: unknown): string {
  if (!isRecord(input)) return ''
  const tool = name.slice(name.lastIndexOf('__') + 1).replace(/^_/, '')
  const hides = name.startsWith(PREFIX) && SENDING_TOOLS.has(tool)
  const shown = Object.entries(input).filter(
    ([key, value]) => value !== undefined && !(hides && HIDDEN_ARGUMENTS.has(key)),
  )
  const [first, ...others] = shown
  if (first && others.length === 0 && !hides && typeof first[1] === 'string') return showValue(first[1])
  const parts = shown.slice(0, ARGUMENTS_SHOWN).map(([key, value]) => `${sanitizeLine(key, 30)}: ${showValue(value)}`)
  return [...parts, ...(shown.length > parts.length ? ['…'] : [])].join(', ')
}

function splitToolName(name: string, sources: Iterable<string>): { source?: string; tool: string } {
  if (!name.startsWith(PREFIX)) return { tool: name }
  const plugin = name.startsWith(PLUGIN_PREFIX)
  const rest = name.slice(plugin ? PLUGIN_PREFIX.length : PREFIX.length)
  for (const source of sources) {
    for (const server of serverNames(source, plugin)) {
      if (rest.startsWith(`${server}__`)) return { source, tool: rest.slice(server.length + 2) }
    }
  }
  const at = rest.indexOf('__')
  if (at <= 0) return { tool: name }
  const server = rest.slice(0, at)
  const half = server.slice(0, (server.length - 1) / 2)
  // A plugin's only server mostly has the plugin's name: said once.
  return { source: plugin && server === `${half}_${half}` ? half : server, tool: rest.slice(at + 2) }
}

/** How a source can appear in a tool's name: `telegram` as `telegram_telegram`, `telegram#work` as `telegram_work`. */
function serverNames(source: string, plugin: boolean): readonly string[] {
  const safe = (text: string) => text.replace(/[^A-Za-z0-9_-]/g, '_')
  if (!plugin) return [safe(source.replace(/^server:/, ''))]
  const [name = '', instance] = source.split('#')
  return [instance === undefined ? `${safe(name)}_${safe(name)}` : `${safe(name)}_${safe(instance)}`]
}

function showValue(value: unknown): string {
  if (typeof value === 'string') return sanitizeLine(value, VALUE_COLUMNS)
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    return sanitizeLine(value.join(', '), VALUE_COLUMNS)
  }
  try {
    return sanitizeLine(JSON.stringify(value) ?? '', VALUE_COLUMNS)
  } catch {
    // A cycle or a throwing toJSON: the call is shown without it.
    return '…'
  }
}
