/** What a tool call may do with nobody asked: read inside the project, and answer the chat that the turn came from. */
import type { ChannelTool } from '../channels/channel-set.ts'
import type { QueuedEvent } from '../channels/queue.ts'

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly why: string }

/** The host's own tools check their paths themselves; see `tools/project-files.ts`. */
export function decideChannelCall(
  tool: ChannelTool,
  input: Readonly<Record<string, unknown>>,
  events: readonly QueuedEvent[],
): Decision {
  const origin = events.find((event) => event.source === tool.source)
  if (tool.tool !== 'reply' || !origin) return refuse(`${tool.name} needs an approval`)
  const chat = input['chat_id']
  if (chat !== undefined && chat !== origin.meta['chat_id']) return refuse('a reply to another chat needs an approval')
  const files = input['files']
  if (Array.isArray(files) && files.length > 0) return refuse('an attachment needs an approval')
  return { allowed: true }
}

function refuse(why: string): Decision {
  return { allowed: false, why: `${why}, and this version has no dialog to ask for one yet.` }
}
