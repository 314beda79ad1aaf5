/** Why a journal can't be written now, as far as that can be seen from outside of its process and without writing. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { toError } from '@backchannel/protocol'

/** What a group of events takes: some pages of the log, and some of its index. */
const ROOM_BYTES = 64 * 1024

/** @returns `null` where nothing stands in the way */
export function findWriteProblem(directory: string): string | null {
  try {
    for (const path of [directory, join(directory, 'journal.db')]) {
      if (existsSync(path)) accessSync(path, constants.W_OK)
    }
    const { bavail, bsize } = statfsSync(directory)
    const free = bavail * bsize
    return free < ROOM_BYTES ? `its disk is full (${Math.floor(free / 1024)} KB are free)` : null
  } catch (thrown) {
    return toError(thrown).message
  }
}
