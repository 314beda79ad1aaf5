/** What a channel's tool may do with nobody asked: answer the chat that the turn came from. */
import { isAbsolute } from 'node:path'
import type { ChannelTool } from '../agents/agent.ts'
import type { QueuedEvent } from '../channels/queue.ts'

/**
 * A `reply` with text and otherwise nothing but what the turn's own events say: their chat, their message, their thread;
 * and files that may be read with nobody asked.
 * @returns why it is not that: what needs an approval
 */
export function checkOwnReply(
  tool: Pick<ChannelTool, 'source' | 'tool'> & { readonly name: string },
  input: Readonly<Record<string, unknown>>,
  events: readonly QueuedEvent[],
  mayAttach: (file: string) => boolean,
): string | undefined {
  const origins = events.filter((event) => event.source === tool.source)
  if (tool.tool !== 'reply' || origins.length === 0) return `${tool.name} needs an approval`
  for (const [key, value] of Object.entries(input)) {
    if (key === 'text' || isNothing(value) || origins.some(({ meta }) => isOwn(meta, key, value))) continue
    if (key === 'chat_id') return 'a reply to another chat needs an approval'
    if (key !== 'files') return `a reply with "${key.slice(0, 40)}" needs an approval`
    if (!isFileList(value) || !value.every(mayAttach)) return 'an attachment needs an approval'
  }
  return undefined
}

/** A channel may run in another folder, where a relative path would name another file. */
function isFileList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((file) => typeof file === 'string' && isAbsolute(file))
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
}

/** A quote of one of the turn's messages names it by its id. */
function isOwn(meta: Readonly<Record<string, string>>, key: string, value: unknown): boolean {
  const attribute = key === 'reply_to' ? 'message_id' : key
  return typeof value === 'string' && Object.hasOwn(meta, attribute) && meta[attribute] === value
}
