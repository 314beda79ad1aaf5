/** Who holds an account and who is attached, for the doctor: read beside the holder, without the key of its socket. */
import { isAlive } from '../journal/owner.ts'
import { readAnnouncement } from './wire/announcement.ts'

export interface HubReport {
  readonly pid: number
  /** ISO 8601. */
  readonly since: string
  /** True for `backchannel up`: it holds the account with no session of its own. */
  readonly keeper: boolean
  readonly sessions: readonly {
    readonly name: string
    readonly pid: number
    readonly cwd: string
    readonly since: string
  }[]
}

/** `null` where nobody holds it now, or nobody who says so. */
export async function readHub(directory: string): Promise<HubReport | null> {
  const found = await readAnnouncement(directory).catch(() => undefined)
  if (!found || !isAlive(found.pid)) return null
  const { pid, since, keeper, sessions } = found
  const alive = sessions.filter((one) => isAlive(one.pid))
  return { pid, since, keeper, sessions: alive.map(({ id: _, ...rest }) => rest) }
}
