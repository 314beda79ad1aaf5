/** The note of the holder beside its socket: where it listens, the key that its peers prove to know, and who is attached. */
import { join } from 'node:path'
import { isRecord } from '@backchannel/protocol'
import { readJsonState, renderState, writeState } from '../../state/atomic-file.ts'
import { assertOwn, hubFolder } from './place.ts'

/** A session as others see it. */
export interface SessionNote {
  readonly id: string
  readonly name: string
  readonly pid: number
  /** Its folder. */
  readonly cwd: string
  /** ISO 8601. */
  readonly since: string
}

export interface Announcement {
  readonly pid: number
  /** ISO 8601. */
  readonly since: string
  readonly socket: string
  /** Hex of 32 random bytes; whoever can read this file is its owner. */
  readonly key: string
  /** True for a process that holds the account with no session of its own. */
  readonly keeper: boolean
  readonly sessions: readonly SessionNote[]
}

const KEY = /^[0-9a-f]{64}$/
const MOST_SESSIONS = 1_000

export function announcementFile(directory: string): string {
  return join(hubFolder(directory), 'hub.json')
}

/** @throws BackchannelError `state-unwritable` */
export async function writeAnnouncement(directory: string, announcement: Announcement): Promise<void> {
  await writeState(announcementFile(directory), renderState({ version: 1, ...announcement }))
}

/**
 * @returns `undefined` where there is none that can be read: nobody has held the account yet, or an older version does
 * @throws BackchannelError `hub-unsafe` where somebody else could have written it
 */
export async function readAnnouncement(directory: string): Promise<Announcement | undefined> {
  const file = announcementFile(directory)
  try {
    await assertOwn(file)
    return parseAnnouncement(await readJsonState(file))
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw thrown
  }
}

/** Loose: a newer version may say more. */
export function parseAnnouncement(value: unknown): Announcement | undefined {
  if (!isRecord(value)) return undefined
  const { pid, since, socket, key, keeper, sessions } = value
  if (!isPid(pid) || typeof socket !== 'string' || typeof key !== 'string' || !KEY.test(key)) return undefined
  const notes = Array.isArray(sessions) ? sessions.slice(0, MOST_SESSIONS) : []
  return {
    ...{ pid, socket, key },
    since: String(since),
    keeper: keeper === true,
    sessions: notes.flatMap((note) => parseSessionNote(note) ?? []),
  }
}

export function parseSessionNote(value: unknown): SessionNote | undefined {
  if (!isRecord(value)) return undefined
  const { id, name, pid, cwd, since } = value
  if (typeof id !== 'string' || typeof name !== 'string' || typeof cwd !== 'string' || !isPid(pid)) return undefined
  return { id, name, pid, cwd, since: String(since) }
}

function isPid(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}
