/** Two bots that answer each other never end: after a few messages of bots in a row a person has to write. */
import type { InboundMessage } from '../platform/inbound.ts'

export interface LoopGuard {
  /** Whether this message of a bot is one too many in its chat; a person's begins the count again. */
  isTooMany(message: Pick<InboundMessage, 'chat' | 'sender' | 'ts'>): boolean
}

/** Messages of bots in a row that are heard in one chat. */
export const MOST_IN_A_ROW = 10
/** A row ends where nothing came for this long. */
const QUIET_MS = 60 * 60_000
const MOST_CHATS = 1_000

export function createLoopGuard(now: () => number = Date.now): LoopGuard {
  const rows = new Map<string, { count: number; at: number }>()
  return {
    isTooMany({ chat, sender }) {
      if (sender?.isBot !== true) {
        rows.delete(chat.id)
        return false
      }
      const before = rows.get(chat.id)
      const count = before && now() - before.at < QUIET_MS ? before.count + 1 : 1
      rows.delete(chat.id)
      rows.set(chat.id, { count, at: now() })
      const [oldest] = rows.keys()
      if (rows.size > MOST_CHATS && oldest !== undefined) rows.delete(oldest)
      return count > MOST_IN_A_ROW
    },
  }
}
