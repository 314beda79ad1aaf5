/** Our one reaction to a message: Discord keeps each that is added, so the one before is taken away. */
import type { MessageTarget } from '@backchannel/channel/chat'
import type { Call } from '../api/client.ts'
import { CODES, DiscordError } from '../api/errors.ts'

export type React = (target: MessageTarget, emoji: string | undefined, signal: AbortSignal) => Promise<void>

const MOST_REMEMBERED = 1_000
/** `<:name:id>` and `<a:name:id>`, as the emoji of a server stand in a text. */
const CUSTOM = /^<a?:(\w{1,64}:\d{1,25})>$/

export function createReactions(call: Call): React {
  const ours = new Map<string, string>()
  return async ({ chatId, messageId }, emoji, signal) => {
    const key = `${chatId}/${messageId}`
    const before = ours.get(key)
    const after = emoji === undefined ? undefined : toName(emoji)
    if (after !== undefined) {
      await call((api, ended) => api.channels.addMessageReaction(chatId, messageId, after, { signal: ended }), {
        signal,
      })
      ours.delete(key)
      ours.set(key, after)
      const [oldest] = ours.keys()
      if (ours.size > MOST_REMEMBERED && oldest !== undefined) ours.delete(oldest)
    } else ours.delete(key)
    if (before === undefined || before === after) return
    const remove = call(
      (api, ended) => api.channels.deleteOwnMessageReaction(chatId, messageId, before, { signal: ended }),
      { signal },
    )
    await remove.catch((thrown) => {
      // It was taken away by somebody else.
      if (!(thrown instanceof DiscordError) || thrown.code === CODES.unknownMessage || thrown.kind !== 'refused')
        throw thrown
    })
  }
}

function toName(emoji: string): string {
  return CUSTOM.exec(emoji)?.[1] ?? emoji
}
