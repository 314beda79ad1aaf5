/**
 * The permission requests that are open, and which verdicts count: only for an open id, from an approver, in a chat
 * where it was asked (contract 5). Pure; who may approve is decided by the caller.
 */
import type { PermissionRequest } from '@backchannel/protocol'

export interface OpenRequest extends PermissionRequest {
  /** The chats in which it was asked; nobody can answer one that was asked nowhere. */
  readonly chats: readonly string[]
}

export interface OpenRequests {
  /** The same id again takes the place of the old one, which is returned: only a host that lost its memory does that. */
  add(request: OpenRequest): OpenRequest | undefined
  find(requestId: string): OpenRequest | undefined
  /** True where it is open and was asked in that chat. */
  isOpenIn(requestId: string, chat: string): boolean
  /** Ends it; `undefined` for one that is not open. */
  close(requestId: string): OpenRequest | undefined
  /** Those asked in that chat, oldest first; all of them without one. */
  list(chat?: string): readonly OpenRequest[]
}

/** A host holds fewer open ones; past this the oldest are forgotten, and their verdicts with them. */
export const MOST_OPEN_REQUESTS = 1_000

export function createOpenRequests(): OpenRequests {
  const open = new Map<string, OpenRequest>()
  return {
    add(request) {
      const before = open.get(request.requestId)
      open.delete(request.requestId)
      open.set(request.requestId, request)
      if (open.size <= MOST_OPEN_REQUESTS) return before
      const [oldest] = open.keys()
      if (oldest !== undefined) open.delete(oldest)
      return before
    },
    find: (requestId) => open.get(requestId),
    isOpenIn: (requestId, chat) => open.get(requestId)?.chats.includes(chat) ?? false,
    close(requestId) {
      const found = open.get(requestId)
      open.delete(requestId)
      return found
    },
    list: (chat) => [...open.values()].filter(({ chats }) => chat === undefined || chats.includes(chat)),
  }
}
