/**
 * Messages that came while no connection was there. The gateway keeps them for a session that is resumed; after a new login
 * they are read from the history of each chat that is heard, from the last one that was settled.
 */
import type { Log } from '@backchannel/channel'
import { PlatformError, pause } from '@backchannel/channel/chat'
import type { APIMessage } from '@discordjs/core/http-only'
import type { Call } from '../api/client.ts'
import { idAt, isLater } from '../inbound/snowflakes.ts'

export interface CatchUpOptions {
  readonly call: Call
  readonly log: Log
  readonly signal: AbortSignal
  readonly now: () => number
  /** Gives one message on, as the gateway would; resolves once it is settled. */
  give(message: APIMessage): Promise<void>
}

/** Older messages helped nobody any more, and the journal forgets that it had them. */
const OLDEST_MS = 24 * 60 * 60_000
const PAGE = 100
const MOST_MESSAGES = 500
/** Waits between tries, in milliseconds; then the chat goes on without. */
const AGAIN_MS: readonly number[] = [500, 1_000, 2_000, 4_000, 8_000]

/**
 * @param after the last message that is settled
 * @returns the last one that was read, which the gateway may tell as well. Never rejects: what could not be read is told.
 */
export async function catchUp(chatId: string, after: string, options: CatchUpOptions): Promise<string> {
  const { call, log, signal, now, give } = options
  const oldest = idAt(now() - OLDEST_MS)
  let last = isLater(oldest, after) ? oldest : after
  let count = 0
  for (let failures = 0; !signal.aborted; ) {
    try {
      const query = { after: last, limit: PAGE }
      const page = await call((api, ended) => api.channels.getMessages(chatId, query, { signal: ended }), { signal })
      const messages = page.toSorted((one, other) => (isLater(one.id, other.id) ? 1 : -1))
      for (const message of messages) await give({ ...message, channel_id: chatId })
      last = messages.at(-1)?.id ?? last
      count += messages.length
      if (messages.length < PAGE) return last
      if (count < MOST_MESSAGES) continue
      log.warn(`more than ${MOST_MESSAGES} messages came into the chat ${chatId} meanwhile: the rest stays unread here`)
      return last
    } catch (thrown) {
      if (signal.aborted) return last
      const error = PlatformError.is(thrown) ? thrown : undefined
      // No such chat any more, or none that the bot may read.
      if (error?.kind === 'refused' || error?.kind === 'unauthorized') return last
      const wait = AGAIN_MS[failures]
      if (wait === undefined) {
        const why = error?.message ?? 'it failed'
        log.warn(`what came into the chat ${chatId} meanwhile could not be read, and may be missing: ${why}`)
        return last
      }
      failures += 1
      await pause(Math.max(wait, Math.min(error?.retryAfterMs ?? 0, 60_000)), signal)
    }
  }
  return last
}
