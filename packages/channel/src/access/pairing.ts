/** Codes with which a sender gets on a list: shown to the sender, typed by the operator, short-lived and few. */
import { randomBytes } from 'node:crypto'

export interface PendingPairing {
  readonly code: string
  readonly sender: string
  readonly chat: string
  readonly name?: string
  /** In milliseconds since 1970. */
  readonly createdAt: number
  readonly expiresAt: number
}

export interface Pairings {
  /** The code of this sender: the one that is still good, or a new one; `full` where too many wait. */
  offer(who: Pick<PendingPairing, 'sender' | 'chat' | 'name'>): PendingPairing | 'full'
  /** Takes the code out; `undefined` for one that was never given, was used, or has expired. */
  take(code: string): PendingPairing | undefined
  /** Those that are still good, oldest first. */
  list(): readonly PendingPairing[]
}

export const PAIRING_LIFETIME_MS = 3_600_000
/** More at once are an attack or a mistake; the oldest of another sender does not have to give way to it. */
export const MOST_PENDING = 10
const CODE_BYTES = 3

export interface PairingOptions {
  now?(): number
  /** Six hexadecimal digits; from the kernel by default. */
  random?(): string
}

export function createPairings({ now = Date.now, random = randomCode }: PairingOptions = {}): Pairings {
  const pending = new Map<string, PendingPairing>()
  const prune = () => {
    // A clock that was set back does not make a code live longer than its time.
    for (const { code, createdAt, expiresAt } of pending.values()) {
      if (now() >= expiresAt || now() < createdAt) pending.delete(code)
    }
  }
  return {
    offer(who) {
      prune()
      const known = [...pending.values()].find(({ sender, chat }) => sender === who.sender && chat === who.chat)
      if (known) return known
      if (pending.size >= MOST_PENDING) return 'full'
      let code = random()
      while (pending.has(code)) code = random()
      const created = { ...who, code, createdAt: now(), expiresAt: now() + PAIRING_LIFETIME_MS }
      pending.set(code, created)
      return created
    },
    take(code) {
      prune()
      const found = pending.get(code.trim().toLowerCase())
      if (found) pending.delete(found.code)
      return found
    },
    list() {
      prune()
      return [...pending.values()]
    },
  }
}

function randomCode(): string {
  return randomBytes(CODE_BYTES).toString('hex')
}
