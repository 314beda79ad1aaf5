/**
 * Codes with which a sender gets on a list: shown to the sender, typed by the operator, short-lived and few. Where a
 * host passes the operator's word on they live in this process alone, so that nobody else can pair one.
 */
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

/** Whom a code is for. */
export type Candidate = Pick<PendingPairing, 'sender' | 'chat' | 'name'>

/** Where codes wait. Each throws what reading or changing its file throws. */
export interface Pairings {
  /** The code of this sender: the one that is still good, or a new one; `full` where too many wait. */
  offer(who: Candidate): Promise<PendingPairing | 'full'>
  /** `undefined` for one that was never given, was used, or has expired. */
  find(code: string): Promise<PendingPairing | undefined>
  /** Finds it and takes it out. */
  take(code: string): Promise<PendingPairing | undefined>
  /** Those that are still good, oldest first. */
  list(): Promise<readonly PendingPairing[]>
}

export const PAIRING_LIFETIME_MS = 3_600_000
/** More at once are an attack or a mistake; the oldest of another sender does not have to give way to it. */
export const MOST_PENDING = 10
/** After so many wrong codes in a row, none that waits is good any more: guessing gets nobody in. */
export const MOST_WRONG_TRIES = 10
const CODE_BYTES = 3

export interface PairingOptions {
  now?(): number
  /** Six hexadecimal digits; from the kernel by default. */
  random?(): string
}

export function createPairings({ now = Date.now, random = randomCode }: PairingOptions = {}): Pairings {
  const pending = new Map<string, PendingPairing>()
  let wrong = 0
  const prune = () => {
    for (const one of pending.values()) if (!isGood(one, now())) pending.delete(one.code)
  }
  const find = (code: string): PendingPairing | undefined => {
    prune()
    const found = pending.get(normalizeCode(code))
    wrong = found ? 0 : wrong + 1
    if (wrong < MOST_WRONG_TRIES) return found
    pending.clear()
    wrong = 0
    return undefined
  }
  return {
    async offer(who) {
      prune()
      const offered = offerAmong([...pending.values()], who, now(), random)
      if (offered !== 'full') pending.set(offered.code, offered)
      return offered
    },
    find: async (code) => find(code),
    async take(code) {
      const found = find(code)
      if (found) pending.delete(found.code)
      return found
    },
    async list() {
      prune()
      return [...pending.values()]
    },
  }
}

/** The sender's code among those that are good, or a new one. */
export function offerAmong(
  good: readonly PendingPairing[],
  { sender, chat, name }: Candidate,
  now: number,
  random: () => string = randomCode,
): PendingPairing | 'full' {
  const known = good.find((one) => one.sender === sender && one.chat === chat)
  if (known) return known
  if (good.length >= MOST_PENDING) return 'full'
  let code = random()
  while (good.some((one) => one.code === code)) code = random()
  const named = name === undefined ? {} : { name }
  return { code, sender, chat, ...named, createdAt: now, expiresAt: now + PAIRING_LIFETIME_MS }
}

/** A clock that was set back does not make a code live longer than its time. */
export function isGood({ createdAt, expiresAt }: PendingPairing, now: number): boolean {
  return createdAt <= now && now < expiresAt
}

/** As it was shown, however the operator typed it. */
export function normalizeCode(code: string): string {
  return code.trim().toLowerCase()
}

function randomCode(): string {
  return randomBytes(CODE_BYTES).toString('hex')
}
