/** What is known of the sessions of the holder before this one. */
import { isAlive } from '../journal/owner.ts'
import type { Dispatch } from './routing/dispatch.ts'
import type { SessionInfo } from './routing/seats.ts'
import type { Announcement } from './wire/announcement.ts'

/** Those that were attached to the holder before, and live. */
export function othersOf(before: Announcement | undefined, own: string): readonly SessionInfo[] {
  if (!before || before.pid === process.pid) return []
  return before.sessions.filter(({ id, pid }) => id !== own && pid !== before.pid && isAlive(pid))
}

/** Names of those that ended with the holder before, of which nobody could be told. */
export function leftWith(before: Announcement | undefined, dispatch: Dispatch, keeper: boolean): readonly string[] {
  if (!before || (keeper && before.keeper)) return []
  const here = new Set(dispatch.sessions().map(({ id }) => id))
  return before.sessions.filter(({ id }) => !here.has(id)).map(({ name }) => name)
}
