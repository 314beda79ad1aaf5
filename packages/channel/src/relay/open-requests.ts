/**
 * The permission requests that are open, and which verdicts count: only for an open id, in a chat where it was asked,
 * and once (contract 5). Pure; who may approve is decided by the caller.
 */
import type { PermissionRequest } from '@backchannel/protocol'

export interface OpenRequest extends PermissionRequest {
  /** The chats in which it was asked; nobody can answer one that was asked nowhere. */
  readonly chats: readonly string[]
}

export interface OpenRequests {
  /** Opens it. @returns the oldest, forgotten to make room; `undefined` where there was room */
  add(request: OpenRequest): OpenRequest | undefined
  /** The one that a verdict from this chat would answer: asked there, and nobody has answered it through here. */
  find(requestId: string, chat: string): OpenRequest | undefined
  /** Takes the one verdict that this very request gets. @returns false where it is closed or has got it */
  answer(request: OpenRequest): boolean
  /** Ends it; `undefined` for one that is not open. */
  close(requestId: string): OpenRequest | undefined
  /** Those that can be answered in that chat, oldest first. */
  list(chat: string): readonly OpenRequest[]
}

/** A host holds fewer open ones; past this the oldest are forgotten, and their verdicts with them. */
export const MOST_OPEN_REQUESTS = 1_000

export function createOpenRequests(): OpenRequests {
  const open = new Map<string, OpenRequest>()
  /** Answered, and not ended yet: the host has the last word on who was first. */
  const answered = new Set<OpenRequest>()
  const close = (requestId: string) => {
    const found = open.get(requestId)
    open.delete(requestId)
    if (found) answered.delete(found)
    return found
  }
  const isAnswerable = (request: OpenRequest, chat: string) => !answered.has(request) && request.chats.includes(chat)
  return {
    add(request) {
      close(request.requestId)
      open.set(request.requestId, request)
      const [oldest] = open.keys()
      return open.size > MOST_OPEN_REQUESTS && oldest !== undefined ? close(oldest) : undefined
    },
    find(requestId, chat) {
      const found = open.get(requestId)
      return found && isAnswerable(found, chat) ? found : undefined
    },
    answer(request) {
      if (open.get(request.requestId) !== request || answered.has(request)) return false
      answered.add(request)
      return true
    },
    close,
    list: (chat) => [...open.values()].filter((request) => isAnswerable(request, chat)),
  }
}
