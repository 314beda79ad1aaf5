/**
 * What is asked and open, permissions and questions alike, and which answers count: only for an open id, in a chat where it
 * was asked, and once (contract 5). Pure; who may answer is decided by the caller.
 */
import type { PermissionRequest, Question } from '@backchannel/protocol'

/** The chats in which it was asked; nobody can answer what was asked nowhere. */
export interface Asked {
  readonly chats: readonly string[]
}

export interface OpenRequest extends PermissionRequest, Asked {}

export interface OpenQuestion extends Question, Asked {}

export interface OpenRequests<Request extends Asked> {
  /** Opens it. @returns the oldest, forgotten to make room; `undefined` where there was room */
  add(request: Request): Request | undefined
  /** The one that an answer from this chat would go to: asked there, and nobody has answered it through here. */
  find(id: string, chat: string): Request | undefined
  /** Takes the one answer that this very request gets. @returns false where it is closed or has got it */
  answer(request: Request): boolean
  /** Ends it; `undefined` for one that is not open. */
  close(id: string): Request | undefined
  /** Those that can be answered in that chat, oldest first. */
  list(chat: string): readonly Request[]
}

/** A host holds fewer open ones; past this the oldest are forgotten, and their answers with them. */
export const MOST_OPEN_REQUESTS = 1_000

export function createOpenRequests<Request extends Asked>(idOf: (request: Request) => string): OpenRequests<Request> {
  const open = new Map<string, Request>()
  /** Answered, and not ended yet: the host has the last word on who was first. */
  const answered = new Set<Request>()
  const close = (id: string) => {
    const found = open.get(id)
    open.delete(id)
    if (found) answered.delete(found)
    return found
  }
  const isAnswerable = (request: Request, chat: string) => !answered.has(request) && request.chats.includes(chat)
  return {
    add(request) {
      close(idOf(request))
      open.set(idOf(request), request)
      const [oldest] = open.keys()
      return open.size > MOST_OPEN_REQUESTS && oldest !== undefined ? close(oldest) : undefined
    },
    find(id, chat) {
      const found = open.get(id)
      return found && isAnswerable(found, chat) ? found : undefined
    },
    answer(request) {
      if (open.get(idOf(request)) !== request || answered.has(request)) return false
      answered.add(request)
      return true
    },
    close,
    list: (chat) => [...open.values()].filter((request) => isAnswerable(request, chat)),
  }
}
