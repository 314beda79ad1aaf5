/**
 * Where codes wait. Towards a host that passes the operator's word on, in this process alone, so that nobody else can
 * pair one; towards any other in `access.json`, since another program pairs them there.
 */
import type { AccessFile } from './access-file.ts'
import { renderAccess } from './access-file.ts'
import {
  type Candidate,
  isGood,
  normalizeCode,
  type Offer,
  offerAmong,
  type PairingClock,
  type PendingPairing,
} from './pairing.ts'

/** Each throws what reading or changing its file throws. */
export interface Pairings {
  /** The code of this sender: the one that is still good, or a new one. */
  offer(who: Candidate): Promise<Offer>
  /** `undefined` for one that was never given, was used, or has expired. */
  find(code: string): Promise<PendingPairing | undefined>
  /** Finds it and takes it out. */
  take(code: string): Promise<PendingPairing | undefined>
  /** Those that are still good, oldest first. */
  list(): Promise<readonly PendingPairing[]>
}

export type PairingOptions = Partial<PairingClock>

/** After so many wrong codes in a row, none that waits is good any more: guessing gets nobody in. */
export const MOST_WRONG_TRIES = 10

export function createPairings({ now = Date.now, random }: PairingOptions = {}): Pairings {
  const clock = { now, ...(random ? { random } : {}) }
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
      const offer = offerAmong([...pending.values()], who, clock)
      for (const code of offer.gaveWay) pending.delete(code)
      pending.set(offer.pairing.code, offer.pairing)
      return offer
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

/** What the codes of a file need of it. */
export interface PairingFile {
  /** @throws BackchannelError `state-invalid`, `state-unwritable` */
  load(): Promise<AccessFile>
  /** @throws as {@link load}; nothing is written where `make` returns nothing */
  change(make: (access: AccessFile) => Record<string, unknown> | undefined): Promise<void>
}

export function createFilePairings(file: PairingFile, { now = Date.now, random }: PairingOptions = {}): Pairings {
  const clock = { now, ...(random ? { random } : {}) }
  /** Oldest first, which the order of an object's keys is not: codes of digits alone come before all others. */
  const good = ({ pending }: AccessFile) =>
    pending.filter((one) => isGood(one, now())).sort((one, other) => one.createdAt - other.createdAt)
  const overdue = ({ pending }: AccessFile) =>
    new Set(pending.filter(({ expiresAt }) => expiresAt <= now()).map(({ code }) => code))
  const findIn = (access: AccessFile, code: string) => good(access).find((one) => one.code === normalizeCode(code))

  return {
    async offer(who) {
      const { promise, resolve } = Promise.withResolvers<Offer>()
      await file.change((access) => {
        const offer = offerAmong(good(access), who, clock)
        resolve(offer)
        if (!offer.told) return undefined
        return renderAccess(access, {
          without: new Set([...overdue(access), ...offer.gaveWay]),
          offered: offer.pairing,
        })
      })
      return promise
    },
    find: async (code) => findIn(await file.load(), code),
    async take(code) {
      let taken: PendingPairing | undefined
      await file.change((access) => {
        taken = findIn(access, code)
        return taken && renderAccess(access, { without: overdue(access).add(taken.code) })
      })
      return taken
    },
    list: async () => good(await file.load()),
  }
}
