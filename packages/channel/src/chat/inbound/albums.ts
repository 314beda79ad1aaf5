/** Messages that were sent as one come as many: they are one once none has come for a moment. */
import type { InboundMessage } from '../platform/inbound.ts'

export interface Albums {
  /**
   * @returns what gives the whole album, for the first of it; `joined` for another one of an album that is being collected
   */
  add(chatId: string, albumId: string, message: InboundMessage): (() => Promise<readonly InboundMessage[]>) | 'joined'
}

const QUIET_MS = 700
/** A platform that goes on for longer is not sending one album. */
const LONGEST_MS = 5_000

export function createAlbums(quietMs: number = QUIET_MS, signal: AbortSignal): Albums {
  const open = new Map<string, { readonly parts: InboundMessage[]; readonly since: number; touched: number }>()

  const waitFor = async (key: string): Promise<readonly InboundMessage[]> => {
    for (let album = open.get(key); album; album = open.get(key)) {
      const until = Math.min(album.touched + quietMs, album.since + LONGEST_MS)
      const left = until - Date.now()
      if (left <= 0) break
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, left)
      signal.addEventListener('abort', () => resolve(), { once: true })
      await promise
      clearTimeout(timer)
      signal.throwIfAborted()
    }
    const parts = open.get(key)?.parts ?? []
    open.delete(key)
    return parts
  }
  return {
    add(chatId, albumId, message) {
      const key = JSON.stringify([chatId, albumId])
      const album = open.get(key)
      if (album) {
        album.parts.push(message)
        album.touched = Date.now()
        return 'joined'
      }
      open.set(key, { parts: [message], since: Date.now(), touched: Date.now() })
      return () => waitFor(key)
    },
  }
}
