/**
 * Codes in `access.json`, as the official servers keep them: towards a host that does not pass the operator's word on,
 * another program pairs them, so the file alone says which are good.
 */
import { changeJsonState, readJsonState } from '../state/atomic-file.ts'
import { type AccessFile, parseAccess, renderAccess } from './access-file.ts'
import {
  isGood,
  normalizeCode,
  offerAmong,
  PAIRING_LIFETIME_MS,
  type PairingOptions,
  type Pairings,
  type PendingPairing,
} from './pairing.ts'

/** @param file the absolute path of `access.json` */
export function createFilePairings(file: string, { now = Date.now, random }: PairingOptions = {}): Pairings {
  /**
   * A code in the file that claims to live longer than any of ours was not made by a channel. Oldest first, which the
   * order of an object's keys is not: codes of digits alone come before all others.
   */
  const good = ({ pending }: AccessFile) =>
    pending
      .filter((one) => isGood(one, now()) && one.expiresAt - now() <= PAIRING_LIFETIME_MS)
      .sort((one, other) => one.createdAt - other.createdAt)
  const overdue = ({ pending }: AccessFile) =>
    new Set(pending.filter(({ expiresAt }) => expiresAt <= now()).map(({ code }) => code))
  const read = async () => parseAccess(await readJsonState(file), file)
  const findIn = (access: AccessFile, code: string) => good(access).find((one) => one.code === normalizeCode(code))

  return {
    async offer(who) {
      let offered: PendingPairing | 'full' = 'full'
      await changeJsonState(file, (value) => {
        const access = parseAccess(value, file)
        const before = good(access)
        offered = offerAmong(before, who, now(), random)
        if (offered === 'full' || before.includes(offered)) return undefined
        return renderAccess(access, { without: overdue(access), offered })
      })
      return offered
    },
    find: async (code) => findIn(await read(), code),
    async take(code) {
      let taken: PendingPairing | undefined
      await changeJsonState(file, (value) => {
        const access = parseAccess(value, file)
        taken = findIn(access, code)
        return taken && renderAccess(access, { without: overdue(access).add(taken.code) })
      })
      return taken
    },
    list: async () => good(await read()),
  }
}
