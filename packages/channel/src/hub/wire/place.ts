/** Where the local socket of a hub lies: in a folder of its owner alone, under a path that is short enough for a socket. */
import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'

/** The shortest limit of the systems we run on is 104 bytes with the closing zero (macOS). */
export const MOST_SOCKET_BYTES = 103

/** The folder of an account's hub, below the channel's state directory. */
export function hubFolder(directory: string): string {
  return join(directory, 'hub')
}

/**
 * Paths to listen on, best first; nothing is created. On Windows the one name of a pipe.
 * @param directory the channel's state directory, absolute
 */
export function socketPaths(directory: string, platform: NodeJS.Platform = process.platform): readonly string[] {
  const name = createHash('sha256').update(`${userInfo().username}\0${directory}`).digest('hex').slice(0, 16)
  if (platform === 'win32') return [`\\\\.\\pipe\\backchannel-${name}`]
  const folders = [tmpdir(), '/tmp'].map((folder) => join(folder, `backchannel-${process.getuid?.() ?? 'user'}`))
  const all = [join(hubFolder(directory), 'socket'), ...folders.map((folder) => join(folder, name))]
  return [...new Set(all)].filter((path) => Buffer.byteLength(path) <= MOST_SOCKET_BYTES)
}

/**
 * Makes a folder for its owner alone, or takes one that is.
 * @throws BackchannelError `hub-unsafe` for a folder of another user, a link, or one that others may enter and that can't be closed
 */
export async function ensureOwnFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  if (process.platform === 'win32') return
  const found = await lstat(path)
  if (!found.isDirectory()) throw unsafe(path, 'it is no folder')
  assertOwner(path, found.uid)
  if ((found.mode & 0o077) !== 0) await chmod(path, 0o700)
}

/**
 * Looks at a file or socket before it is trusted.
 * @throws BackchannelError `hub-unsafe` where it belongs to another user, or others may use it
 */
export async function assertOwn(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const { uid, mode } = await lstat(path)
  assertOwner(path, uid)
  if ((mode & 0o077) !== 0) throw unsafe(path, 'other users may use it')
}

function assertOwner(path: string, uid: number): void {
  const own = process.getuid?.()
  if (own !== undefined && uid !== own) throw unsafe(path, `it belongs to the user ${uid}`)
}

function unsafe(path: string, problem: string): BackchannelError {
  return new BackchannelError('hub-unsafe', `${path} can't be used to share an account: ${problem}.`, {
    hint: 'Move it away; it is made anew, for you alone.',
  })
}
