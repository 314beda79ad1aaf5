/** Where a permission request or question comes from: the event that caused its turn (contract 8, feature `origin`). */
import * as v from 'valibot'

export interface Origin {
  readonly source: string
  readonly chatId?: string
  readonly eventId?: string
}

export const originSchema: v.GenericSchema<unknown, Origin> = v.pipe(
  v.unknown(),
  v.looseObject({
    source: v.string(),
    chat_id: v.nullish(v.string()),
    event_id: v.nullish(v.string()),
  }),
  v.transform(({ source, chat_id, event_id }) => ({
    source,
    ...(typeof chat_id === 'string' ? { chatId: chat_id } : {}),
    ...(typeof event_id === 'string' ? { eventId: event_id } : {}),
  })),
)

export function renderOrigin(origin: Origin): Record<string, string> {
  return {
    source: origin.source,
    ...(origin.chatId === undefined ? {} : { chat_id: origin.chatId }),
    ...(origin.eventId === undefined ? {} : { event_id: origin.eventId }),
  }
}
