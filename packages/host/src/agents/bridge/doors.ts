/** Where a bridge finds its host: a socket in a folder of this user alone, and for each channel a file with a token for it. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Doors {
  /** For `listen` and `connect` of node:net. */
  readonly address: string
  /** Makes the file for a channel. @returns its path */
  open(name: string): Promise<string>
  /** The channel that a token is for. */
  find(token: string): string | undefined
  /** Removes the folder. */
  remove(): Promise<void>
}

/** Systems take no longer path for a socket, the final zero included. */
const LONGEST_ADDRESS = 103
const SOCKET = 'tools.sock'
/** Of a channel's name in that of its file, for whoever reads a list of processes. */
const NAME_UNITS = 60

export async function createDoors(): Promise<Doors> {
  const folder = await createFolder()
  const address =
    process.platform === 'win32' ? `\\\\.\\pipe\\backchannel-${randomBytes(16).toString('hex')}` : join(folder, SOCKET)
  const doors = new Map<string, Buffer>()
  return {
    address,
    async open(name) {
      const token = randomBytes(32).toString('base64url')
      const file = join(folder, `${doors.size + 1}-${name.slice(0, NAME_UNITS)}.json`)
      await writeFile(file, JSON.stringify({ address, token }), { mode: 0o600, flag: 'wx' })
      doors.set(name, digest(token))
      return file
    },
    find(token) {
      const given = digest(token)
      return [...doors].find(([, wanted]) => timingSafeEqual(given, wanted))?.[0]
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Mode 0700 by the system. */
async function createFolder(): Promise<string> {
  const prefix = 'backchannel-'
  const fits = (base: string) => Buffer.byteLength(join(base, `${prefix}XXXXXX`, SOCKET)) <= LONGEST_ADDRESS
  const base = [tmpdir(), '/tmp'].find(fits) ?? tmpdir()
  return await mkdtemp(join(base, prefix))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
