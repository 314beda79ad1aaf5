/** What sessions say that they have, or had, of events that were not looked at yet: with another holder, or a journal that opens late. */
import type { Outcome } from '../session-end.ts'

export interface Claims {
  note(sessionId: string, outcome: Outcome): void
  /** What a session said of an event; it is forgotten then. */
  take(eventId: string): { readonly sessionId: string; readonly outcome: Outcome } | undefined
  /** The session is gone. */
  forget(sessionId: string): void
}

export function createClaims(): Claims {
  const claims = new Map<string, { readonly sessionId: string; readonly outcome: Outcome }>()
  return {
    note: (sessionId, outcome) => void claims.set(outcome.eventId, { sessionId, outcome }),
    take(eventId) {
      const found = claims.get(eventId)
      claims.delete(eventId)
      return found
    },
    forget(sessionId) {
      for (const [eventId, claim] of claims) if (claim.sessionId === sessionId) claims.delete(eventId)
    },
  }
}
