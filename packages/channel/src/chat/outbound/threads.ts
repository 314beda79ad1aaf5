/** In which topic of a chat an answer belongs: that of the message it answers, or the last one in which somebody wrote. */

export interface Threads {
  note(chatId: string, messageId: string, threadId: string | undefined): void
  find(chatId: string, replyTo: string | undefined): string | undefined
}

const MOST_MESSAGES = 2_000

export function createThreads(): Threads {
  const ofMessage = new Map<string, string | undefined>()
  const last = new Map<string, string | undefined>()
  const keep = (map: Map<string, string | undefined>, key: string, threadId: string | undefined) => {
    map.delete(key)
    map.set(key, threadId)
    const [oldest] = map.keys()
    if (map.size > MOST_MESSAGES && oldest !== undefined) map.delete(oldest)
  }
  const keyOf = (chatId: string, messageId: string) => JSON.stringify([chatId, messageId])
  return {
    note(chatId, messageId, threadId) {
      keep(ofMessage, keyOf(chatId, messageId), threadId)
      keep(last, chatId, threadId)
    },
    find(chatId, replyTo) {
      const key = replyTo === undefined ? undefined : keyOf(chatId, replyTo)
      return key !== undefined && ofMessage.has(key) ? ofMessage.get(key) : last.get(chatId)
    },
  }
}
