/** What a reply to an event takes from it: the attributes that the reply tool has as arguments of the same name. */
import type { QueuedEvent } from '../channels/queue.ts'

export function replyAttributes(
  schema: Readonly<Record<string, unknown>>,
  { meta }: Pick<QueuedEvent, 'meta'>,
): Record<string, string> {
  const properties = Object.keys((schema['properties'] as object | null | undefined) ?? {})
  const known = properties.filter((name) => name !== 'text' && Object.hasOwn(meta, name))
  return Object.fromEntries(known.map((name) => [name, meta[name] ?? '']))
}
