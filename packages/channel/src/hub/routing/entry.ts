/** An event on its way to a session, as far as the hub has to know it; its content stays in the journal until it is offered. */
import type { StoredEvent } from '../../journal/store.ts'
import type { Place } from './router.ts'

export interface Entry {
  readonly seq: number
  readonly eventId: string
  readonly place: Place
  /** It may have reached a session. */
  readonly offered: boolean
  /** Milliseconds since 1970. */
  readonly storedAt: number
}

/** @param wanted the session that the channel says an event is for */
export function toEntry(event: StoredEvent, wanted?: (meta: StoredEvent['meta']) => string | undefined): Entry {
  const { seq, eventId, meta, state, storedAt } = event
  const { chat_id: chat, thread_id: thread, parent_chat_id: parent, reply_to_message_id: replyTo } = meta
  const name = wanted?.(meta)
  const label = meta['parent_title'] ?? meta['chat_title'] ?? meta['user']
  return {
    ...{ seq, eventId, storedAt, offered: state !== 'stored' },
    place: {
      ...(chat === undefined ? {} : { chat }),
      ...(thread === undefined ? {} : { thread }),
      ...(parent === undefined ? {} : { parent }),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(name === undefined ? {} : { wanted: name }),
      ...(label === undefined ? {} : { label }),
    },
  }
}

/** Keeps a queue in the order in which its events were stored; most come last. */
export function insertInOrder(queue: Entry[], entry: Entry): void {
  let at = queue.length
  while (at > 0 && (queue[at - 1] as Entry).seq > entry.seq) at -= 1
  queue.splice(at, 0, entry)
}
