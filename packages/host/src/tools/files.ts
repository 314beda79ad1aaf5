/** Opens the file that was judged and no other: a link that took its place meanwhile is noticed. */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BackchannelError, isRecord, toError } from '@backchannel/protocol'
import { locate, type Place, realPath } from '../permissions/paths.ts'
import type { ToolContext } from './tool.ts'

const HINT = 'Check the path; list the folder to see what is there.'
const CHANGED = 'it was replaced meanwhile'

/** Where the path leads; the place that was judged, where there is one. */
export function placeOf(path: string, { cwd, home, place }: Pick<ToolContext, 'cwd' | 'home' | 'place'>): Place {
  return place ?? locate(path, { cwd, home })
}

/**
 * Opens a regular file for reading.
 * @throws BackchannelError `file-unreadable` with the reason
 */
export async function openToRead(path: string, context: ToolContext): Promise<FileHandle> {
  return await openRegular('Reading', path, constants.O_RDONLY, context)
}

/**
 * Opens a regular file for reading and writing; nothing of it is cut off yet.
 * @param create makes the file, and the folders on the way to it, where they are missing
 * @throws BackchannelError `file-unwritable` with the reason
 */
export async function openToWrite(path: string, create: boolean, context: ToolContext): Promise<FileHandle> {
  const { real } = placeOf(path, context)
  if (create) {
    await mkdir(dirname(real), { recursive: true }).catch((thrown: unknown) => {
      throw refused('Writing', path, explain(thrown))
    })
    if (realPath(dirname(real)) !== dirname(real)) throw refused('Writing', path, CHANGED)
  }
  return await openRegular('Writing', path, constants.O_RDWR | (create ? constants.O_CREAT : 0), context)
}

type Doing = 'Reading' | 'Writing'

async function openRegular(doing: Doing, path: string, mode: number, context: ToolContext): Promise<FileHandle> {
  const { real } = placeOf(path, context)
  // A link or a pipe that took the file's place since then is not followed and not waited for.
  const flags = mode | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const handle = await open(real, flags).catch((thrown: unknown) => {
    throw refused(doing, path, explain(thrown))
  })
  try {
    const status = await handle.stat()
    if (status.isDirectory()) throw refused(doing, path, 'it is a folder')
    if (!status.isFile()) throw refused(doing, path, 'it is no regular file')
    // Nor is a folder on the way that was replaced by a link.
    if (realPath(real) !== real) throw refused(doing, path, CHANGED)
    return handle
  } catch (thrown) {
    await handle.close()
    throw thrown
  }
}

/** Without the real path that the system's message holds. */
export function explain(thrown: unknown): string {
  switch (isRecord(thrown) ? thrown['code'] : undefined) {
    case 'ENOENT':
      return 'there is no such file'
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a part of the path is no folder'
    case 'EISDIR':
      return 'it is a folder'
    case 'ENXIO':
      return 'it is no regular file'
    case 'EACCES':
    case 'EPERM':
      return 'this user may not open it'
    case 'EROFS':
      return 'the disk is read-only'
    case 'ENOSPC':
      return 'the disk is full'
    case 'ELOOP':
      return 'its links lead in a circle'
    case 'ENAMETOOLONG':
      return 'the path is too long'
    case 'ERR_INVALID_ARG_VALUE':
      return 'that is no path'
    default:
      return toError(thrown).message
  }
}

export function refused(doing: Doing, path: string, why: string, hint: string = HINT): BackchannelError {
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path
  const code = doing === 'Reading' ? 'file-unreadable' : 'file-unwritable'
  return new BackchannelError(code, `${doing} ${shown} failed: ${why}.`, { hint })
}
