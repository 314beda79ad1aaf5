/** What a tool call may do with nobody asked: read inside the project, and answer the chat that the turn came from. */
import type { ChannelTool } from '../channels/channel-set.ts'
import type { QueuedEvent } from '../channels/queue.ts'

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly why: string }

/**
 * A `reply` with text and otherwise nothing but what the turn's own events say: their chat, their message, their thread.
 * The host's own tools check their paths themselves; see `tools/project-files.ts`.
 */
export function decideChannelCall(
  tool: Pick<ChannelTool, 'name' | 'source' | 'tool'>,
  input: Readonly<Record<string, unknown>>,
  events: readonly QueuedEvent[],
): Decision {
  const origins = events.filter((event) => event.source === tool.source)
  if (tool.tool !== 'reply' || origins.length === 0) return refuse(`${tool.name} needs an approval`)
  for (const [key, value] of Object.entries(input)) {
    if (key === 'text' || isNothing(value) || origins.some(({ meta }) => isOwn(meta, key, value))) continue
    if (key === 'chat_id') return refuse('a reply to another chat needs an approval')
    if (key === 'files') return refuse('an attachment needs an approval')
    return refuse(`a reply with "${key.slice(0, 40)}" needs an approval`)
  }
  return { allowed: true }
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
}

/** A quote of one of the turn's messages names it by its id. */
function isOwn(meta: Readonly<Record<string, string>>, key: string, value: unknown): boolean {
  const attribute = key === 'reply_to' ? 'message_id' : key
  return typeof value === 'string' && Object.hasOwn(meta, attribute) && meta[attribute] === value
}

function refuse(why: string): Decision {
  return { allowed: false, why: `${why}, and this version has no dialog to ask for one yet.` }
}
